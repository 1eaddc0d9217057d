"""JSON Schema of the records in an NDJSON export. It holds no answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from screening.exports.codebook import FIELDS, NO_ANSWER
from screening.exports.formats import Level, MergedQuestion, merged_questions, short_version
from screening.questionnaire.model import Questionnaire

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def record_schema(versions: Sequence[Questionnaire], level: Level) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one line of NDJSON."""
    text = {"type": "string"}
    field_types: dict[str, Any] = {
        "shared_year": {"type": "integer"},
        "shared_week": text | {"pattern": "^[0-9]{4}-W[0-9]{2}$"},
        "week_begins": text | {"format": "date"},
        "questions_version": {"enum": [short_version(version.version) for version in versions]},
        "review_state": {"enum": ["unread", "reviewed", "set-aside"]},
    }
    fields = {name: {"description": FIELDS[name], **field_types[name]} for name in level.fields}
    answers = {asked.id: _answer(asked) for asked in merged_questions(versions)}
    return {
        "$schema": DIALECT,
        "title": f"A record of a {level.value} export",
        **_object(fields | {"answers": {"description": f"Left out: {NO_ANSWER}", **_object(answers, required=False)}}),
    }


def _answer(asked: MergedQuestion) -> dict[str, Any]:
    limit = {} if asked.many else {"maxItems": 1}
    return {"type": "array", "items": {"enum": [*asked.options]}, "minItems": 1, "uniqueItems": True, **limit}


def _object(properties: dict[str, Any], required: bool = True) -> dict[str, Any]:
    required_names = {"required": [*properties]} if required else {}
    return {"type": "object", "properties": properties, **required_names, "additionalProperties": False}
