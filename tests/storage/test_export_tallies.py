"""The bit sets of an export: the records of its file, and no others."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import text

from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.storage import weeks
from screening.storage.database import db
from screening.storage.export_rows import Export, ExportQuery
from screening.storage.export_tallies import export_tallies
from screening.storage.submissions import ReviewState
from tests.exports.test_formats import anything
from tests.storage.test_export_rows import store
from tests.support.export_reader import read
from tests.support.figure_samples import VERSIONS
from tests.support.sample_submissions import CLOSED_WEEK, NOW, OPEN_WEEK, WEEK_BEFORE

READABLE = [weeks.week_of(weeks.monday(CLOSED_WEEK) - timedelta(weeks=4)), WEEK_BEFORE, CLOSED_WEEK]
QUERIES = [
    (Level.YEAR_ONLY, ExportQuery("made")),
    (Level.WEEKLY, ExportQuery("made")),
    (Level.WEEKLY, ExportQuery("made", first=CLOSED_WEEK)),
    (Level.WEEKLY, ExportQuery("made", last=WEEK_BEFORE, version=VERSIONS[1].version)),
    (Level.WEEKLY, ExportQuery("made", state=ReviewState.REVIEWED)),
    (Level.WEEKLY, ExportQuery("made", CLOSED_WEEK, CLOSED_WEEK, VERSIONS[0].version, ReviewState.UNREAD)),
]
Records = Counter[tuple[str, frozenset[tuple[str, str]]]]
"""Week, or the year of a year-only file, and picks."""


def stocked() -> list[bytes]:
    chance = Random(4)
    return store(
        [
            (week, version, chance.choice([*ReviewState]), anything(version, chance))
            for week in (*READABLE, OPEN_WEEK)
            for version in VERSIONS
            for _ in range(40)
        ]
    )


def in_bits(level: Level, query: ExportQuery) -> Records:
    """Read the records off the bit sets, one by one."""
    found: Records = Counter()
    asked = [week for week in READABLE if (query.first or 0) <= week <= (query.last or week)]
    with db.sessionmaker() as session:
        export = Export(session, query, level, NOW, 0)
        for questionnaire, tally in export_tallies(export, asked, NOW):
            picks = [(one.id, option.id) for one in questionnaire.questions for option in one.options]
            for place in range(tally.number):
                picked = (pick for pick, bits in zip(picks, tally.chosen, strict=True) if bits >> place & 1)
                when = weeks.format_week(tally.week) if level is Level.WEEKLY else f"{tally.week // 100}"
                found[when, frozenset(picked)] += 1
    return found


def in_file(level: Level, query: ExportQuery) -> Records:
    with db.sessionmaker() as session:
        export = Export(session, query, level, NOW, 0)
        content = b"".join(export.parts(FORMATS["ndjson"]))
        records = read("ndjson", content, export.versions, level)
    found: Records = Counter()
    for (told, picks), number in records.items():
        found[told[1] if level is Level.WEEKLY else told[0], frozenset(picks)] += number
    return found


@pytest.mark.parametrize(("level", "query"), QUERIES)
def test_the_records_are_those_of_the_file(site: Flask, level: Level, query: ExportQuery) -> None:
    stocked()
    assert in_bits(level, query) == in_file(level, query) != Counter()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("level", "query"), QUERIES)
def test_damaged_records_are_in_neither(site: Flask, level: Level, query: ExportQuery) -> None:
    refs = stocked()
    whole = in_file(level, query)
    for column, value, several in (
        ("answers", "'???'", refs[::7]),
        ("answers", "x'ff'", refs[1::11]),
        ("state", "9", refs[2::5]),
        ("week", "202600", refs[3::29]),
    ):
        db.session.execute(
            text(f"UPDATE submission SET {column} = {value} WHERE ref = :ref"), [{"ref": ref} for ref in several]
        )
    db.session.commit()
    assert in_bits(level, query) == in_file(level, query) != whole


def test_of_no_records_there_are_no_bits(site: Flask) -> None:
    stocked()
    assert in_bits(Level.WEEKLY, ExportQuery("made", 202001, 202002)) == Counter()
    assert in_bits(Level.WEEKLY, ExportQuery("another", state=ReviewState.UNREAD)) == Counter()
