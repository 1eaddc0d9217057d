"""Exports: every record of closed weeks, only the details of the chosen level, and a meaningless order."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text

from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level, short_version
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack
from screening.storage import export_rows, questionnaire_versions, submissions, weeks
from screening.storage.database import db
from screening.storage.export_rows import Export, ExportQuery
from screening.storage.submissions import ReviewState
from screening.storage.tables import Submission
from tests.exports.test_formats import anything, picked
from tests.support.export_reader import Read, kit_files_of, read
from tests.support.figure_samples import VERSIONS, empty
from tests.support.made_questionnaires import made, question, questionnaires
from tests.support.sample_submissions import CLOSED_WEEK, NOW, OPEN_WEEK, WEEK_BEFORE

YEAR_BEFORE = weeks.week_of(weeks.monday(CLOSED_WEEK) - timedelta(weeks=53))
EVERYTHING = ExportQuery("made")
Stored = tuple[int, Questionnaire, ReviewState, str]


def store(stored: Sequence[Stored]) -> list[bytes]:
    """Store records, and return their refs."""
    versions = {one.version: one for _, one, _, _ in stored}
    ids = {name: questionnaire_versions.store_version(db.session, one, NOW.date()) for name, one in versions.items()}
    rows = [
        {"week": week, "ref": os.urandom(16), "version": ids[one.version], "state": state.value, "answers": answers}
        for week, one, state, answers in stored
    ]
    if rows:
        db.session.execute(insert(Submission), rows)
    db.session.commit()
    return [row["ref"] for row in rows]  # type: ignore[misc]


def answers(**picked: tuple[str, ...]) -> str:
    return pack(Journey(VERSIONS[0], picked))


def export(name: str, level: Level, wanted: ExportQuery = EVERYTHING) -> tuple[bytes, list[Questionnaire]]:
    """Return the file, whose length must be as announced, and its versions."""
    with db.sessionmaker() as session:
        made = Export(session, wanted, level, NOW, 0)
        size = made.size(FORMATS[name])
        content = b"".join(made.parts(FORMATS[name]))
        assert size == len(content)
        assert made.written == made.number
        return content, made.versions


def revealed(level: Level, week: int, questionnaire: Questionnaire, state: ReviewState) -> tuple[str, ...]:
    year = str(weeks.monday(week).isocalendar().year)
    if level is Level.YEAR_ONLY:
        return (year,)
    return year, weeks.format_week(week), str(weeks.monday(week)), short_version(questionnaire.version), state.word


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_stored_is_read_back(site: Flask, name: str, level: Level, data: st.DataObject) -> None:
    empty(site)
    several = data.draw(st.lists(questionnaires(), min_size=1, max_size=3))
    chance = Random(data.draw(st.integers(0, 10**6)))
    stored: list[Stored] = []
    for _ in range(chance.randint(0, 20)):
        one = chance.choice(several)
        week = chance.choice((OPEN_WEEK, CLOSED_WEEK, WEEK_BEFORE, YEAR_BEFORE))
        stored.append((week, one, chance.choice([*ReviewState]), anything(one, chance)))
    store(stored)
    expected = Counter[Read](
        (revealed(level, week, one, state), picked(one, packed))
        for week, one, state, packed in stored
        if week != OPEN_WEEK
    )
    content, found = export(name, level)
    assert read(name, content, found, level) == expected


@pytest.mark.parametrize("name", FORMATS)
def test_the_year_is_all_that_is_told_beside_the_answers(site: Flask, name: str) -> None:
    chance = Random(7)
    lots: list[Stored] = [
        (chance.choice((CLOSED_WEEK, WEEK_BEFORE)), chance.choice(VERSIONS), chance.choice([*ReviewState]), packed)
        for packed in [answers(who=("myself",), what=("bread",)), answers()] * 20
    ]
    refs = store(lots)
    content, found = export(name, Level.YEAR_ONLY)
    whole = content
    if name == "kit":  # Its other files name every version that was answered, as the codebook does.
        content = kit_files_of(content)["data.csv"]
    for secret in [*refs, *(ref.hex().encode() for ref in refs)]:
        assert secret not in content
        assert secret.upper() not in content
    for week in (CLOSED_WEEK, WEEK_BEFORE):
        for form in (f"{week}", weeks.format_week(week), f"{weeks.monday(week)}", f"W{week % 100:02}"):
            assert form.encode() not in content
    for version in found:
        assert version.version[:6].encode() not in content
    # Records of the same year with the same answers are indistinguishable.
    empty(site)
    store([(CLOSED_WEEK, VERSIONS[1], ReviewState.UNREAD, packed) for *_, packed in lots])
    again, found_again = export(name, Level.YEAR_ONLY)
    assert read(name, again, found_again, Level.YEAR_ONLY) == read(name, whole, found, Level.YEAR_ONLY)


@pytest.mark.parametrize("level", Level)
def test_no_ref_is_told_at_any_level(site: Flask, level: Level) -> None:
    refs = store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, answers())] * 20)
    for name in FORMATS:
        content, _ = export(name, level)
        assert not any(ref in content or ref.hex().encode() in content for ref in refs)


@pytest.mark.parametrize("level", Level)
def test_the_order_is_another_one_each_time_and_not_the_tables(site: Flask, level: Level) -> None:
    chance = Random(8)
    store(
        [
            (chance.choice((CLOSED_WEEK, WEEK_BEFORE)), VERSIONS[0], ReviewState.UNREAD, anything(VERSIONS[0], chance))
            for _ in range(200)
        ]
    )
    once, _ = export("ndjson", level)
    again, _ = export("ndjson", level)
    with db.sessionmaker() as session:
        made = Export(session, EVERYTHING, level, NOW, 0)
        as_stored = b"".join(part for _, part in made._batches(FORMATS["ndjson"], made._rows(), made.number))
    lines = [one.splitlines() for one in (once, again, as_stored)]
    assert sorted(lines[0]) == sorted(lines[1]) == sorted(lines[2])
    assert lines[0] != lines[1]
    assert lines[2] not in lines[:2]


def test_where_a_record_lies_in_the_table_says_nothing_of_its_place_in_the_file(site: Flask) -> None:
    first, *others = [answers(what=("cheese",)), *[answers()] * 3]
    store([(WEEK_BEFORE, VERSIONS[0], ReviewState.UNREAD, first)])
    store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, one) for one in others])
    places = Counter(
        next(place for place, line in enumerate(export("ndjson", Level.YEAR_ONLY)[0].splitlines()) if b"cheese" in line)
        for _ in range(200)
    )
    # 50 each, within seven standard deviations.
    assert min(places[place] for place in range(4)) > 50 - 7 * 6.2


def test_a_weekly_export_is_limited_by_weeks_version_and_state(site: Flask) -> None:
    store(
        [
            (week, version, state, answers())
            for week in (WEEK_BEFORE, CLOSED_WEEK, OPEN_WEEK)
            for version in VERSIONS
            for state in ReviewState
        ]
    )
    wanted = ExportQuery("made", CLOSED_WEEK, OPEN_WEEK, VERSIONS[1].version, ReviewState.REVIEWED)
    content, found = export("wide", Level.WEEKLY, wanted)
    assert list(read("wide", content, found, Level.WEEKLY)) == [
        (revealed(Level.WEEKLY, CLOSED_WEEK, VERSIONS[1], ReviewState.REVIEWED), frozenset())
    ]
    assert {one.version for one in found} == {one.version for one in VERSIONS}, "all have the same columns"
    assert (
        sum(read("wide", *export("wide", Level.WEEKLY, ExportQuery("made", last=WEEK_BEFORE)), Level.WEEKLY).values())
        == 6
    )
    assert export("ndjson", Level.WEEKLY, ExportQuery("another"))[0] == b""


def test_another_questionnaire_is_another_file(site: Flask) -> None:
    store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, answers())])
    assert [(one.questionnaire, one.number) for one in export_rows.answered_versions(db.session, NOW, 0)] == [
        ("made", 1)
    ]
    assert export("ndjson", Level.YEAR_ONLY, ExportQuery("another"))[0] == b""


def test_what_is_deleted_while_a_file_is_written_is_whole_in_it(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rows, "EXPORT_BATCH", 20)
    refs = store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, answers(who=("myself",)))] * 101)
    with db.sessionmaker() as session:
        made = Export(session, EVERYTHING, Level.YEAR_ONLY, NOW, 0)
        size, parts = made.size(FORMATS["wide"]), made.parts(FORMATS["wide"])
        submissions.remove_submission(db.session, [CLOSED_WEEK], refs[::4])
        content = next(parts) + next(parts)
        submissions.remove_submission(db.session, [CLOSED_WEEK], refs[::2])
        content += b"".join(parts)
    assert len(content) == size
    assert sum(read("wide", content, made.versions, Level.YEAR_ONLY).values()) == len(refs)
    assert export_rows.answered_versions(db.session, NOW, 0)[0].number == 50


def test_the_size_that_is_likely_is_about_what_it_is(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rows, "SIZE_SAMPLE", 100)
    chance = Random(9)
    store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, anything(VERSIONS[0], chance)) for _ in range(300)])
    for form in FORMATS.values():
        with db.sessionmaker() as session:
            made = Export(session, EVERYTHING, Level.WEEKLY, NOW, 0)
            assert made.likely_size(form, made.number) == pytest.approx(made.size(form), rel=0.2)


def test_of_nothing_a_file_has_its_head(site: Flask) -> None:
    assert export("long", Level.YEAR_ONLY)[0] == b"record_number,shared_year,question,option\r\n"


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", FORMATS)
def test_no_part_of_a_file_is_longer_than_64_kb_and_damaged_records_change_no_length(
    site: Flask, name: str, level: Level
) -> None:
    store([(CLOSED_WEEK, VERSIONS[0], ReviewState.UNREAD, answers(who=("myself",), what=("bread", "cheese")))] * 2500)
    db.session.execute(text("UPDATE submission SET answers = '???' WHERE ref IN (SELECT ref FROM submission LIMIT 7)"))
    db.session.commit()
    with db.sessionmaker() as session:
        file = Export(session, EVERYTHING, level, NOW, 0)
        size, parts = file.size(FORMATS[name]), list(file.parts(FORMATS[name]))
    assert max(map(len, parts)) <= 64 * 1024
    assert sum(map(len, parts)) == size
    assert (file.left_out, file.written) == (7, 2500)
    assert sum(read(name, b"".join(parts), file.versions, level).values()) == 2493


def test_one_record_longer_than_64_kb_is_split_too(site: Flask) -> None:
    many = made([question("what", {f"option-{number:050}-{number}": {} for number in range(2000)})])
    store(
        [
            (
                CLOSED_WEEK,
                many,
                ReviewState.UNREAD,
                pack(Journey(many, {"what": tuple(o.id for o in many.questions[0].options)})),
            )
        ]
    )
    for form in FORMATS.values():
        with db.sessionmaker() as session:
            export_ = Export(session, EVERYTHING, Level.WEEKLY, NOW, 0)
            size, parts = export_.size(form), list(export_.parts(form))
        assert max(map(len, parts)) <= 64 * 1024 < sum(map(len, parts)) == size
