"""The grammar as JSON Schema, so that an editor completes keys and finds slips while they are made.

It knows one file at a time, and no words: what takes two files, the path or the wording list is the check's.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import DictSchema, LiteralSchema, NullableSchema, WithDefaultSchema

from screening.authoring import schema
from screening.authoring.translation import ENGLISH, TRANSLATION, TRANSLATIONS

# What the checks ask beyond the grammar, as far as one file shows it.
_RULES: dict[type[schema.SchemaNode], tuple[JsonSchemaValue, ...]] = {
    schema.QuestionnaireFile: ({"required": ["governance"]},),
    schema.QuestionPart: (
        {"oneOf": [{"required": ["choose_one"]}, {"required": ["choose_any"]}]},
        {"properties": {"choose_one": {"additionalProperties": {"properties": {"alone": False}}}}},
    ),
    schema.TopicsFile: (
        {"properties": {"topics": {"contains": {"required": ["always"]}}}},
        {"required": ["risks", "box"]},
    ),
    schema.TopicPart: ({"required": ["card"]},),
    schema.SourcePart: (
        {
            "oneOf": [
                {"required": ["headings"], "properties": {"url": False, "checked": False}},
                {"required": ["url", "checked"], "properties": {"headings": False}},
            ]
        },
    ),
    schema.ParagraphPart: ({"oneOf": [{"required": ["general"]}, {"required": ["sources"]}]},),
    schema.SentencePart: (
        {
            "oneOf": [
                {"properties": {"kind": {"const": "general"}}, "not": {"required": ["sources"]}},
                {"properties": {"kind": {"not": {"const": "general"}}}, "required": ["sources"]},
            ]
        },
    ),
    schema.LinePart: ({"anyOf": [{"required": ["call"]}, {"required": ["text"]}, {"required": ["chat"]}]},),
    schema.WordingFile: ({"properties": {"refuse": {"items": {"properties": {"allow": False}}}}},),
    schema.PatternPart: ({"anyOf": [{"required": ["en"]}, {"required": ["es"]}]},),
}


def file_schema(kind: str, reserved_slugs: Set[str]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one of `FILE_KINDS`, or of a translation.

    Source: https://json-schema.org/draft/2020-12/schema, with the `errorMessage` that yaml-language-server shows.
    """
    if kind in TRANSLATIONS:
        return {"$schema": GenerateJsonSchema.schema_dialect, **_translation(kind)}
    made = schema.FILE_KINDS[kind].model_json_schema(schema_generator=_ForEditors)
    parts = made.get("$defs", {}) | {schema.FILE_KINDS[kind].__name__: made}
    no_page = {"properties": {"slug": {"not": {"enum": sorted(reserved_slugs)}}}}
    for part, rules in (_RULES | {schema.QuestionnaireFile: (no_page, *_RULES[schema.QuestionnaireFile])}).items():
        if part.__name__ in parts:
            parts[part.__name__]["allOf"] = list(rules)
    for part in parts.values():
        del part["title"]
    return {"$schema": GenerateJsonSchema.schema_dialect, **made}


def _translation(language: str) -> dict[str, Any]:
    """Words by id, to any depth; each text, or each of a list, beside its English."""
    described = {ENGLISH: "The English that it was made from.", language: f"The same in {TRANSLATIONS[language]}."}
    texts = {name: {"type": "string", "minLength": 1, "description": what} for name, what in described.items()}
    text = {"type": "object", "properties": texts, "required": [*texts], "additionalProperties": False}
    by_id = {
        "type": "object",
        "propertyNames": {"not": {"enum": [*texts]}},
        "additionalProperties": {"$ref": "#/$defs/words"},
    }
    words = {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}, by_id]}
    answers_for = schema.TranslationPart.model_json_schema(schema_generator=_ForEditors)
    return {"$defs": {"text": text, "words": words}, **by_id, "properties": {TRANSLATION: answers_for}}


class _ForEditors(GenerateJsonSchema):
    """An editor reads values as YAML 1.2 does, where the checks keep what was typed."""

    def literal_schema(self, schema: LiteralSchema) -> JsonSchemaValue:
        expected = schema["expected"]
        as_read = {"true": True, "false": False} | {word: int(word) for word in expected if word.isdecimal()}
        return {"enum": [*(as_read[word] for word in expected if word in as_read), *expected]}

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        # Patterns of properties would pass over a key that matches none of them.
        made: JsonSchemaValue = {"type": "object", "propertyNames": self.generate_inner(schema["keys_schema"])}
        made["additionalProperties"] = self.generate_inner(schema["values_schema"])
        self.update_with_validations(made, schema, self.ValidationsMapping.object)
        return made

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        # A key is left out, or has a value: nothing after its colon is a slip.
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:  # noqa: ARG002  # pydantic says what it is given
        return False
