"""Meaning of exported files: a codebook for people, and a JSON Schema for programs. Neither holds any answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from screening.exports.csv_cells import LINE_END, csv_line
from screening.exports.formats import RECORD_NUMBER, Level, MergedQuestion, merged_questions, short_version
from screening.questionnaire.model import Question, Questionnaire

# Without it, Excel on Windows does not read the file as UTF-8 and garbles characters such as apostrophes.
BYTE_ORDER_MARK = "\ufeff"
CODEBOOK_HEADER = tuple("version section question question_words type option option_words alone column value".split())
FIELDS = {
    RECORD_NUMBER: "Which lines belong together. It means nothing else, and is another one in the next export.",
    "shared_year": "The year in which it was shared. Its weeks are whole ones, as ISO 8601 counts them.",
    "shared_week": "The week in which it was shared, as ISO 8601 counts them.",
    "week_begins": "The Monday of that week.",
    "questions_version": "In which words the questions were asked: see the column version here.",
    "review_state": "What staff did with it: unread, reviewed or set-aside.",
}
NO_ANSWER = "No answer. Somebody who skipped the question and somebody who was not asked it are the same here."
NOT_PICKED = (
    "Not picked, though something else was. In a year-only file also: not offered in the version that was asked. "
    "In a weekly file that is an empty cell."
)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def codebook(versions: Sequence[Questionnaire]) -> str:
    """Return a CSV that explains every column and value of the files, in the words of each version, newest first."""
    rows: list[Sequence[str]] = [CODEBOOK_HEADER]
    rows += [("", "", "", words, "", "", "", "", name, "") for name, words in FIELDS.items()]
    asked = {one.id: one for one in merged_questions(versions)}
    for version in versions:
        for question in version.questions:
            rows += _rows(version, question, asked[question.id])
    return BYTE_ORDER_MARK + "".join(csv_line(row) + LINE_END for row in rows)


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


def _rows(version: Questionnaire, question: Question, asked: MergedQuestion) -> Iterator[Sequence[str]]:
    kind = "choose any" if question.many else "choose one"
    common = (
        short_version(version.version),
        version.section_of[question.section].title,
        question.id,
        question.ask,
        kind,
    )
    yield (*common, "", NO_ANSWER, "", " ".join(asked.columns), "")
    for option in question.options:
        column, value = (f"{question.id}.{option.id}", "1") if asked.many else (question.id, option.id)
        alone = "yes" if option.alone else "no"
        yield (*common, option.id, option.say, alone, column, value)
    if asked.many:
        yield (*common, "", NOT_PICKED, "", " ".join(asked.columns), "0")


def _answer(asked: MergedQuestion) -> dict[str, Any]:
    limit = {} if asked.many else {"maxItems": 1}
    return {"type": "array", "items": {"enum": [*asked.options]}, "minItems": 1, "uniqueItems": True, **limit}


def _object(properties: dict[str, Any], required: bool = True) -> dict[str, Any]:
    required_names = {"required": [*properties]} if required else {}
    return {"type": "object", "properties": properties, **required_names, "additionalProperties": False}
