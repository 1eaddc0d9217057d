"""Tallies: they match the rows, cover only closed weeks, and go with the first deleted row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import joined_option_bits, option_bits
from screening.storage import submissions, tallies, weeks
from screening.storage.database import db
from screening.storage.tables import Tally
from tests.storage.test_submissions import files
from tests.support.figure_samples import NOW, VERSIONS, Shared, blocks, fill

WEEKS = blocks()[-1]
FIRST, SECOND = WEEKS[:2]
MYSELF = {"who": ("myself",), "what": ("bread", "cheese"), "more": ("pears",)}
NONE = {"what": ("none",)}
SHARED: list[Shared] = [
    *[(FIRST, 0, MYSELF)] * 9,
    *[(FIRST, 0, NONE)] * 4,
    (FIRST, 0, {}),
    *[(FIRST, 1, {"who": ("nobody",)})] * 3,
    *[(SECOND, 0, NONE)] * 2,
]


def counts(place: int, in_weeks: Sequence[int] = WEEKS) -> Counter[str]:
    """Count who picked each option of a version, and who shared at all."""
    options = [option.id for question in VERSIONS[place].questions for option in question.options]
    told: Counter[str] = Counter()
    for week in tallies.read_tallies(db.session, VERSIONS[place].version, in_weeks, NOW):
        told["all"] += week.number
        told.update({option: bits.bit_count() for option, bits in zip(options, week.chosen, strict=True)})
    return +told


def kept() -> set[int]:
    """Return the weeks that have a tally."""
    with db.sessionmaker() as session:
        return set(session.scalars(select(Tally.week)))


def test_they_count_what_lies_in_the_rows_of_each_version(site: Flask) -> None:
    fill(site, SHARED)
    assert counts(0) == {"all": 16, "myself": 9, "bread": 9, "cheese": 9, "pears": 9, "none": 6}
    assert counts(1) == {"all": 3, "nobody": 3}
    assert counts(0, [SECOND]) == {"all": 2, "none": 2}
    assert tallies.versions_in(db.session, WEEKS, NOW) == [one.version for one in VERSIONS]
    assert tallies.versions_in(db.session, [SECOND], NOW) == [VERSIONS[0].version]
    assert kept() == {FIRST, SECOND}


SPOILT = ["", "0", "000 ", "0000", "zzz", "00\u00e9", "\u00e9\u00e9\u00e9", b"000", b"\xff"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("answers", SPOILT)
def test_what_cannot_be_read_is_told_and_the_rest_is_counted(site: Flask, answers: str | bytes) -> None:
    refs = fill(site, SHARED)
    change = text("UPDATE submission SET answers = :answers WHERE ref IN (:nobody, :none)")
    db.session.execute(change, {"answers": answers, "nobody": refs[14], "none": refs[-1]})
    db.session.commit()
    for _ in range(2):
        assert counts(0) == {"all": 15, "myself": 9, "bread": 9, "cheese": 9, "pears": 9, "none": 5}
        assert counts(1) == {"all": 2, "nobody": 2}
        told = [tallies.read_tallies(db.session, one.version, WEEKS, NOW) for one in VERSIONS]
        assert [[week.unreadable for week in read] for read in told] == [[0, 1], [1]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_week_of_which_nothing_can_be_read_is_told_too(site: Flask) -> None:
    fill(site, [(FIRST, 0, MYSELF)])
    db.session.execute(text("UPDATE submission SET answers = 'broken'"))
    db.session.commit()
    (week,) = tallies.read_tallies(db.session, VERSIONS[0].version, WEEKS, NOW)
    assert (week.number, set(week.chosen), week.unreadable) == (0, {0}, 1)


def test_two_options_together_are_counted_by_their_bits(site: Flask) -> None:
    fill(site, SHARED)
    (first, _) = tallies.read_tallies(db.session, VERSIONS[0].version, WEEKS, NOW)
    options = [option.id for question in VERSIONS[0].questions for option in question.options]
    chosen = dict(zip(options, first.chosen, strict=True))
    assert (chosen["pears"] & chosen["bread"]).bit_count() == 9
    assert chosen["none"] & chosen["bread"] == 0


def test_an_open_week_is_not_counted(site: Flask) -> None:
    fill(site, [(weeks.week_of(NOW), 0, MYSELF)])
    with pytest.raises(ValueError, match="open week"):
        tallies.read_tallies(db.session, VERSIONS[0].version, [FIRST, weeks.week_of(NOW)], NOW)
    with pytest.raises(ValueError, match="open week"):
        tallies.versions_in(db.session, [weeks.week_of(NOW)], NOW)
    assert kept() == set()


def test_they_are_built_once(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(site, SHARED)
    before = counts(0)
    monkeypatch.setattr(tallies, "joined_option_bits", None)
    assert counts(0) == before


def test_a_deletion_takes_the_tallies_of_its_week_along_and_no_others(site: Flask) -> None:
    refs = fill(site, SHARED)
    counts(0)
    assert submissions.remove_submission(db.session, WEEKS, [refs[0]])
    assert kept() == {SECOND}
    assert counts(0)["myself"] == 8


def test_a_deletion_that_finds_nothing_takes_nothing_along(site: Flask) -> None:
    fill(site, SHARED)
    counts(0)
    assert not submissions.remove_submission(db.session, WEEKS, [bytes(16)])
    assert kept() == {FIRST, SECOND}


def test_row_and_tally_go_in_one_transaction(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = fill(site, SHARED)
    counts(0)

    def fail(_: Session) -> None:
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", fail)
        with pytest.raises(OperationalError):
            submissions.remove_submission(db.session, WEEKS, refs[:1])
        db.session.rollback()
        with pytest.raises(OperationalError):
            submissions.purge_submissions(db.session, WEEKS[-1])
        db.session.rollback()
    assert kept() == {FIRST, SECOND}
    assert counts(0)["all"] == 16


def test_a_purge_takes_the_tallies_of_its_weeks_along(site: Flask) -> None:
    fill(site, SHARED)
    counts(0)
    assert submissions.purge_submissions(db.session, SECOND) == 17
    assert kept() == {SECOND}
    assert counts(0) == {"all": 2, "none": 2}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_files_no_longer_hold_a_tally_that_went(site: Flask, tmp_path: Path) -> None:
    refs = fill(site, [(FIRST, 0, MYSELF if number % 3 else NONE) for number in range(400)])
    counts(0)
    (bits,) = db.session.scalars(select(Tally.bits))
    db.session.rollback()
    assert bits[:50] in files(tmp_path)
    submissions.remove_submission(db.session, WEEKS, refs[:1])
    assert bits[:50] not in files(tmp_path)


def test_what_is_deleted_while_a_week_is_counted_is_not_counted(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    refs = fill(site, SHARED)
    deleting: list[Thread] = []

    def delete() -> None:
        with site.app_context():
            submissions.remove_submission(db.session, WEEKS, refs[:1])

    def count_while_one_goes(questionnaire: Questionnaire, joined: str) -> Iterator[int]:
        if not deleting:
            deleting.append(Thread(target=delete))
            deleting[0].start()
            # Long enough for it to finish, if nothing blocks it.
            deleting[0].join(0.5)
        return joined_option_bits(questionnaire, joined)

    monkeypatch.setattr(tallies, "joined_option_bits", count_while_one_goes)
    counts(0, [FIRST])
    deleting[0].join()
    assert counts(0, [FIRST])["myself"] == 8


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_in_them_tells_who_came_first(site: Flask) -> None:
    fill(site, SHARED)
    in_order = [version for (version,) in db.session.execute(text("SELECT answers FROM submission ORDER BY week, ref"))]
    counts(0)
    (bits, *_) = db.session.execute(text("SELECT bits FROM tally ORDER BY week, version")).scalars()
    rows = [answers for answers in in_order[:17] if not answers.startswith("4")][:14]
    assert bits == b"".join(one.to_bytes(2) for one in option_bits(VERSIONS[0], rows))
