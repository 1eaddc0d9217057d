"""The list's query: exactly what a naive filter finds, page by page, within the limit of rows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from random import Random

import pytest
from flask import Flask
from sqlalchemy import insert
from sqlalchemy.sql.compiler import SQLCompiler

from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import pack, unpack
from screening.storage import questionnaire_versions, submission_search, submissions
from screening.storage.database import db
from screening.storage.submission_search import PagePosition, SearchPage, SubmissionQuery
from screening.storage.submissions import ReviewState, Submitted
from screening.storage.tables import Submission
from tests.support.figure_samples import VERSIONS

WEEKS = (202644, 202645, 202646, 202647)
ANSWERS = tuple(
    (question.id, option.id) for one in VERSIONS for question in one.questions for option in question.options
)


def walked(dice: Random, place: int) -> str:
    """Generate any answers to a version."""
    answers = {
        question.id: tuple(
            option.id
            for option in dice.sample(question.options, dice.randint(0, len(question.options) if question.many else 1))
        )
        for question in VERSIONS[place].questions
    }
    return pack(Journey(VERSIONS[place], answers))


def fill(dice: Random, number: int) -> list[Submitted]:
    """Store this many of any week, version and state; return them in the list's order."""
    known = [questionnaire_versions.store_version(db.session, one, date(2026, 11, 21)) for one in VERSIONS]
    records = []
    for _ in range(number):
        place = dice.randrange(len(VERSIONS))
        records.append(
            Submitted(
                dice.choice(WEEKS),
                dice.randbytes(16),
                VERSIONS[place].version,
                walked(dice, place),
                dice.choice([*ReviewState]),
            )
        )
    rows = [
        {
            "week": one.week,
            "ref": one.ref,
            "version": known[[one.version for one in VERSIONS].index(one.version)],
            "state": one.state.value,
            "answers": one.answers,
        }
        for one in records
    ]
    db.session.execute(insert(Submission), rows)
    db.session.commit()
    return sorted(records, key=lambda one: one.week_and_ref, reverse=True)


def wishes(dice: Random) -> SubmissionQuery:
    """Generate any query."""
    oldest, newest = sorted(dice.choices(WEEKS, k=2))
    hashes = tuple(one.version for one in VERSIONS)
    chosen = dice.choice([None, None, hashes, hashes[:1], hashes[1:]])
    return SubmissionQuery(
        dice.choice([*ReviewState]), newest, oldest, chosen, tuple(dice.sample(ANSWERS, dice.choice([0, 1, 1, 2])))
    )


def fits(wanted: SubmissionQuery, record: Submitted) -> bool:
    """Decide naively whether a record matches."""
    (version,) = (one for one in VERSIONS if one.version == record.version)
    picked = unpack(version, record.answers)
    return (
        record.state is wanted.state
        and wanted.oldest <= record.week <= wanted.newest
        and (wanted.versions is None or record.version in wanted.versions)
        and all(option in picked.get(question, ()) for question, option in wanted.answers)
    )


def pages(wanted: SubmissionQuery, size: int, most: int) -> Iterator[SearchPage]:
    """Fetch all pages, one after the other."""
    after: PagePosition | None = None
    while True:
        found = submission_search.search_page(db.session, wanted, after, size, most)
        yield found
        if found.goes_on is None:
            return
        assert after is None or found.goes_on < after
        after = found.goes_on


@pytest.mark.parametrize("seed", range(3))
def test_pages_together_are_what_a_plain_filter_finds(site: Flask, seed: int) -> None:
    dice = Random(seed)
    stored = fill(dice, 60)
    for _ in range(40):
        wanted, size, most = wishes(dice), dice.randint(1, 9), dice.randint(1, 70)
        several = list(pages(wanted, size, most))
        assert [one for found in several for one in found.records] == [one for one in stored if fits(wanted, one)]
        for found in several:
            assert len(found.records) <= size
            assert found.is_cut <= (found.goes_on is not None)


def test_no_more_rows_are_read_than_may_be_and_the_next_page_goes_on_from_there(site: Flask) -> None:
    stored = fill(Random(9), 50)
    wanted = SubmissionQuery(ReviewState.REVIEWED, WEEKS[-1], versions=("ab" * 32,))
    assert [found.goes_on for found in pages(wanted, 5, 20)] == [stored[19].week_and_ref, stored[39].week_and_ref, None]
    assert [found.is_cut for found in pages(wanted, 5, 25)] == [True, False]


def test_what_an_index_holds_is_read_to_its_end(site: Flask) -> None:
    stored = fill(Random(10), 50)
    unread = [one for one in stored if one.state is ReviewState.UNREAD]
    assert submission_search.search_page(
        db.session, SubmissionQuery(ReviewState.UNREAD, WEEKS[-1]), None, 50, 1
    ) == SearchPage(unread)


def test_pages_show_each_unread_record_once_though_others_are_marked_meanwhile(site: Flask) -> None:
    unread = [one for one in fill(Random(11), 60) if one.state is ReviewState.UNREAD]
    wanted, seen, after = SubmissionQuery(ReviewState.UNREAD, WEEKS[-1]), list[Submitted](), None
    while more := submission_search.search_page(db.session, wanted, after, 4).records:
        seen += more
        after = more[-1].week_and_ref
        assert submissions.set_review_state(db.session, more[0], ReviewState.REVIEWED)
    assert seen == unread


def test_weeks_are_counted_by_state_up_to_a_bound(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = [one for one in fill(Random(12), 60) if one.week in WEEKS[:2]]
    for state in ReviewState:
        wanted = SubmissionQuery(state, WEEKS[1], WEEKS[0])
        number = sum(one.state is state for one in stored)
        read = 0 if state is ReviewState.UNREAD else len(stored)
        for most, most_read, is_more in (
            (500, 20_000, False),
            (number, read, False),
            (number - 1, read, True),
            (number, read - 1, state is not ReviewState.UNREAD),
        ):
            monkeypatch.setattr(submission_search, "MAX_COUNTED", most)
            monkeypatch.setattr(submission_search, "MAX_READ_TO_COUNT", most_read)
            found = submission_search.count_submissions(db.session, wanted)
            assert submission_search.count_by_state(db.session, wanted)[state] == found
            assert found.is_more is is_more
            assert found.number == min(number, most) or (is_more and found.number < number)
    assert submission_search.count_submissions(db.session, SubmissionQuery(ReviewState.REVIEWED, 202001)) == (0, False)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("state", "index"),
    [(ReviewState.UNREAD, "USING INDEX ix_submission_unread"), (ReviewState.REVIEWED, "USING PRIMARY KEY")],
)
def test_a_page_reads_an_index_between_two_ends_and_sorts_nothing(site: Flask, state: ReviewState, index: str) -> None:
    wanted = SubmissionQuery(state, WEEKS[-1], WEEKS[0], answers=(("who", "myself"),))
    ends = (WEEKS[2], os.urandom(16)), (WEEKS[1], os.urandom(16))
    picked = submission_search._matches_content(db.session, wanted)
    for query in (
        submission_search.page_query(wanted, picked, *ends),
        submission_search.last_query(wanted, ends[0], 5),
    ):
        asked = query.compile(db.engine, compile_kwargs={"render_postcompile": True})
        assert isinstance(asked, SQLCompiler)
        values = tuple(asked.params[name] for name in asked.positiontup or ())
        with db.engine.connect() as connection:
            told = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", values)]
        assert any(f"{index} ((week,ref)>(?,?) AND (week,ref)<(?,?))" in line for line in told), told
        assert not any("TEMP B-TREE" in line or line.startswith("SCAN submission") for line in told), told
