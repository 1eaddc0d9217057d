"""Reads exported files back, knowing only what their codebook says."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from jsonschema import Draft202012Validator

from screening.exports.codebook import codebook
from screening.exports.formats import Level
from screening.exports.record_schema import record_schema
from screening.questionnaire.model import Questionnaire
from screening.reports.fhir import questionnaire_resource
from tests.support.response_reader import read_responses

Read: TypeAlias = tuple[tuple[str, ...], frozenset[tuple[str, str]]]
"""What is told of a record, and the questions with the options that were picked."""


def table(content: bytes) -> list[dict[str, str]]:
    """Parse CSV into rows, as Excel and Python do."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def read(name: str, content: bytes, versions: Sequence[Questionnaire], level: Level) -> Counter[Read]:
    """Parse the records of a file in this format."""
    reader = {"wide": _wide, "long": _long, "ndjson": _lines, "fhir": _responses, "kit": _kit}[name]
    return Counter(reader(content, versions, level))


def _wide(content: bytes, versions: Sequence[Questionnaire], level: Level) -> Iterator[Read]:
    meaning = {
        (row["column"], row["value"]): (row["question"], row["option"])
        for row in table(codebook(versions).encode())
        if row["option"]
    }
    for row in table(content):
        picked = frozenset(meaning[cell] for cell in row.items() if cell in meaning)
        unknown = {cell for cell in row.items() if cell[0] not in level.fields and cell[1] not in ("", "0")}
        assert unknown <= meaning.keys()
        yield tuple(row[field] for field in level.fields), picked


def _long(content: bytes, _versions: Sequence[Questionnaire], level: Level) -> Iterator[Read]:
    records: dict[int, list[dict[str, str]]] = {}
    for row in table(content):
        records.setdefault(int(row["record_number"]), []).append(row)
    assert list(records) == list(range(1, len(records) + 1))
    for rows in records.values():
        (told,) = {tuple(row[field] for field in level.fields) for row in rows}
        yield told, frozenset((row["question"], row["option"]) for row in rows if row["question"])


def _lines(content: bytes, versions: Sequence[Questionnaire], level: Level) -> Iterator[Read]:
    wanted = record_schema(versions, level)
    Draft202012Validator.check_schema(wanted)
    validator = Draft202012Validator(wanted)
    # Validation takes long, and many records are alike.
    for text in dict.fromkeys(content.decode().splitlines()):
        validator.validate(json.loads(text))
    for text in content.decode().splitlines():
        record = json.loads(text)
        answers = record.pop("answers")
        picked = frozenset((question, option) for question, several in answers.items() for option in several)
        yield tuple(str(record[field]) for field in level.fields), picked


def _responses(content: bytes, versions: Sequence[Questionnaire], level: Level) -> Iterator[Read]:
    return read_responses(content, [questionnaire_resource(one, None, is_served=False) for one in versions], level)


def _kit(content: bytes, _versions: Sequence[Questionnaire], level: Level) -> Iterator[Read]:
    files = kit_files_of(content)
    # Where nothing was answered there is no codebook.
    original = {row["name"]: row["original_id"] for row in table(files.get("codebook.csv", b""))}
    for row in table(files["data.csv"]):
        fields = tuple(row.pop(field) for field in level.fields)
        picked = (original[name].split(".") for name, value in row.items() if value == "1")
        yield fields, frozenset((question, option) for question, option in picked)


def kit_files_of(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}
