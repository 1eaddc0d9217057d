"""The schema as JSON Schema, so that an editor completes keys and shows mistakes while an author types.

It covers one file at a time, and not its wording. The checks cover what needs two files, the path or the wording list.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import DictSchema, LiteralSchema, NullableSchema, WithDefaultSchema

from screening.authoring import schema
from screening.authoring.translation import ENGLISH, TRANSLATION, TRANSLATIONS

# Rules of the checks beyond the schema that can be verified in a single file.
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
    """Return the JSON Schema (2020-12) of one of `FILE_KINDS`, or of a translation.

    Source: https://json-schema.org/draft/2020-12/schema, with the `errorMessage` that yaml-language-server shows.
    """
    if kind in TRANSLATIONS:
        return {"$schema": GenerateJsonSchema.schema_dialect, **_translation(kind)}
    generated = schema.FILE_KINDS[kind].model_json_schema(schema_generator=_ForEditors)
    parts = generated.get("$defs", {}) | {schema.FILE_KINDS[kind].__name__: generated}
    not_reserved = {"properties": {"slug": {"not": {"enum": sorted(reserved_slugs)}}}}
    for part, rules in (_RULES | {schema.QuestionnaireFile: (not_reserved, *_RULES[schema.QuestionnaireFile])}).items():
        if part.__name__ in parts:
            parts[part.__name__]["allOf"] = list(rules)
    for part in parts.values():
        del part["title"]
    return {"$schema": GenerateJsonSchema.schema_dialect, **generated}


def _translation(language: str) -> dict[str, Any]:
    """Describe texts by id, to any depth. Each text, or each in a list, is next to its English."""
    described = {ENGLISH: "The English original.", language: f"The same in {TRANSLATIONS[language]}."}
    texts = {name: {"type": "string", "minLength": 1, "description": what} for name, what in described.items()}
    text = {"type": "object", "properties": texts, "required": [*texts], "additionalProperties": False}
    by_id = {
        "type": "object",
        "propertyNames": {"not": {"enum": [*texts]}},
        "additionalProperties": {"$ref": "#/$defs/words"},
    }
    words = {"anyOf": [{"$ref": "#/$defs/text"}, {"type": "array", "items": {"$ref": "#/$defs/text"}}, by_id]}
    authorship = schema.TranslationAuthorship.model_json_schema(schema_generator=_ForEditors)
    return {"$defs": {"text": text, "words": words}, **by_id, "properties": {TRANSLATION: authorship}}


class _ForEditors(GenerateJsonSchema):
    """A generator for editors. They parse values as YAML 1.2, whereas the checks keep what was typed."""

    def literal_schema(self, schema: LiteralSchema) -> JsonSchemaValue:
        expected = schema["expected"]
        parsed = {"true": True, "false": False} | {word: int(word) for word in expected if word.isdecimal()}
        return {"enum": [*(parsed[word] for word in expected if word in parsed), *expected]}

    def dict_schema(self, schema: DictSchema) -> JsonSchemaValue:
        # "patternProperties" would ignore a key that matches no pattern.
        mapping: JsonSchemaValue = {"type": "object", "propertyNames": self.generate_inner(schema["keys_schema"])}
        mapping["additionalProperties"] = self.generate_inner(schema["values_schema"])
        self.update_with_validations(mapping, schema, self.ValidationsMapping.object)
        return mapping

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        # A key is left out or has a value. A colon with no value after it is a mistake.
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: CoreSchema | Any) -> bool:  # noqa: ARG002  # the signature is pydantic's
        return False
