"""Submissions on both databases: stored once, found by code, paginated, marked by one reviewer, deleted completely."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from screening.authoring.loader import Collection
from screening.storage import questionnaire_versions, submissions
from screening.storage.database import SQLITE_SETTINGS, db
from screening.storage.submissions import Added, ReviewState, Submitted

WEEK = 202647


@pytest.fixture
def record(site: Flask, collection: Collection) -> Submitted:
    """A record of a stored version, not stored itself."""
    questionnaire = collection.questionnaires[0]
    questionnaire_versions.store_version(db.session, questionnaire, date(2026, 11, 21))
    return Submitted(WEEK, os.urandom(16), questionnaire.version, "0" * 18)


def others(record: Submitted, number: int, week: int = WEEK) -> list[Submitted]:
    """Stored records of other people."""
    several = [replace(record, ref=os.urandom(16), week=week) for _ in range(number)]
    for one in several:
        assert submissions.add_submission(db.session, one) is Added.STORED
    return several


def test_a_record_is_stored_as_it_is_and_found_by_its_ref(record: Submitted) -> None:
    assert submissions.add_submission(db.session, record) is Added.STORED
    others(record, 3)
    assert submissions.find_stored(db.session, [202646, WEEK], [os.urandom(16), record.ref]) == record
    assert submissions.find_stored(db.session, [202646], [record.ref]) is None
    assert submissions.find_stored(db.session, [WEEK], [os.urandom(16)]) is None


def test_of_several_new_records_all_are_stored_or_none(record: Submitted) -> None:
    several = [replace(record, ref=os.urandom(16)) for _ in range(3)]
    submissions.add_submissions(db.session, several)
    assert [submissions.find_stored(db.session, [WEEK], [one.ref]) for one in several] == several
    with pytest.raises(IntegrityError):
        submissions.add_submissions(db.session, [record, several[0]])
    db.session.rollback()
    assert submissions.find_stored(db.session, [WEEK], [record.ref]) is None


def test_the_same_record_again_is_one_row(record: Submitted) -> None:
    assert submissions.add_submission(db.session, record) is Added.STORED
    assert submissions.add_submission(db.session, record) is Added.THERE
    assert submissions.count_older(db.session, WEEK + 1) == 1


def test_other_answers_under_a_used_ref_are_refused_and_change_nothing(record: Submitted) -> None:
    submissions.add_submission(db.session, record)
    assert submissions.add_submission(db.session, replace(record, answers="1" * 18)) is Added.DIFFERENT
    assert submissions.find_stored(db.session, [WEEK], [record.ref]) == record


def test_the_same_answers_to_other_questions_are_other_answers(record: Submitted, collection: Collection) -> None:
    changed = replace(collection.questionnaires[0], version="ab" * 32)
    questionnaire_versions.store_version(db.session, changed, date(2026, 11, 21))
    submissions.add_submission(db.session, record)
    assert submissions.add_submission(db.session, replace(record, version=changed.version)) is Added.DIFFERENT


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_row_has_a_number_that_counts_up(record: Submitted) -> None:
    made = db.session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'submission'"))
    assert made.strip().endswith("WITHOUT ROWID")


def test_a_record_reviewed_meanwhile_is_still_the_same_record(record: Submitted) -> None:
    submissions.add_submission(db.session, record)
    submissions.set_review_state(db.session, record, ReviewState.REVIEWED)
    assert submissions.add_submission(db.session, record) is Added.THERE


def test_eight_at_once_are_one_row(site: Flask, record: Submitted) -> None:
    def share(_: int) -> Added:
        with db.sessionmaker() as session:
            return submissions.add_submission(session, record)

    def in_context(number: int) -> Added:
        with site.app_context():
            return share(number)

    with ThreadPoolExecutor(8) as pool:
        came_of = list(pool.map(in_context, range(8)))
    assert sorted(one.name for one in came_of) == ["STORED", *["THERE"] * 7]
    assert submissions.count_older(db.session, WEEK + 1) == 1


def test_a_version_that_was_never_kept_is_an_error_and_not_a_record(record: Submitted) -> None:
    with pytest.raises(IntegrityError):
        submissions.add_submission(db.session, replace(record, version="ab" * 32))
    assert submissions.count_older(db.session, WEEK + 1) == 0


def test_of_two_marks_on_what_both_have_read_the_second_is_told(record: Submitted) -> None:
    submissions.add_submission(db.session, record)
    assert submissions.set_review_state(db.session, record, ReviewState.REVIEWED)
    assert not submissions.set_review_state(db.session, record, ReviewState.SET_ASIDE)
    found = submissions.find_stored(db.session, [WEEK], [record.ref])
    assert found == replace(record, state=ReviewState.REVIEWED)


def test_a_deleted_record_is_gone_and_was_there_once(record: Submitted) -> None:
    submissions.add_submission(db.session, record)
    (other,) = others(record, 1)
    assert submissions.remove_submission(db.session, [WEEK], [record.ref])
    assert not submissions.remove_submission(db.session, [WEEK], [record.ref])
    assert submissions.find_stored(db.session, [WEEK], [record.ref]) is None
    assert submissions.find_stored(db.session, [WEEK], [other.ref]) == other


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_files_no_longer_hold_what_was_deleted(site: Flask, record: Submitted, tmp_path: Path) -> None:
    marked = [replace(record, ref=os.urandom(16), answers=f"{number:018}") for number in range(200)]
    for one in marked:
        submissions.add_submission(db.session, one)
    kept = marked.pop()
    for one in marked[:20]:
        submissions.remove_submission(db.session, [WEEK], [one.ref])
    for one in marked[20:]:
        db.session.execute(text("DELETE FROM submission WHERE ref = :ref"), {"ref": one.ref})
    db.session.commit()
    submissions.purge_submissions(db.session, 202601)
    assert submissions.find_stored(db.session, [WEEK], [kept.ref]) == kept
    assert kept.ref in files(tmp_path)
    assert [one.ref for one in marked if one.ref in files(tmp_path)] == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_purge_the_file_does_not_tell_who_came_first(record: Submitted, tmp_path: Path) -> None:
    came = others(record, 40)
    file = tmp_path / "screening.sqlite"
    submissions.purge_submissions(db.session, 202601)
    content = file.read_bytes()
    assert [path.name for path in tmp_path.glob("screening.sqlite-wal") if path.stat().st_size] == []
    lie = sorted((one.ref for one in came), key=content.rindex)
    assert lie in (sorted(lie), sorted(lie, reverse=True))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_deleted_while_another_read_leaves_the_file_with_the_next_purge(
    record: Submitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SQLITE_SETTINGS, "busy_timeout", "50")
    db.session.close()
    db.engine.dispose()
    submissions.add_submission(db.session, record)
    with db.engine.connect() as reader:
        reader.exec_driver_sql("BEGIN")
        reader.execute(text("SELECT count(*) FROM submission"))
        submissions.remove_submission(db.session, [WEEK], [record.ref])
        assert record.ref in files(tmp_path)
    submissions.purge_submissions(db.session, 202601)
    assert record.ref not in files(tmp_path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_others_can_share_while_a_deletion_meets_a_long_reader(record: Submitted) -> None:
    submissions.add_submission(db.session, record)
    times: list[float] = []
    with db.engine.connect() as reader, db.sessionmaker() as sharing:
        reader.exec_driver_sql("BEGIN")
        reader.execute(text("SELECT count(*) FROM submission"))
        deleting = Thread(target=submissions.remove_submission, args=(db.session, [WEEK], [record.ref]))
        deleting.start()
        while deleting.is_alive() or not times:
            begun = time.monotonic()
            submissions.add_submission(sharing, replace(record, ref=os.urandom(16)))
            times.append(time.monotonic() - begun)
    # It waited five seconds, the timeout of all writers.
    assert max(times) < 2.5
    with db.engine.connect() as connection:
        assert connection.execute(text("PRAGMA busy_timeout")).scalar() == 5000


def files(folder: Path) -> bytes:
    """Return the bytes of all of SQLite's files."""
    return b"".join(path.read_bytes() for path in folder.glob("screening.sqlite*"))


def test_every_record_of_a_code_is_deleted_in_whichever_week_it_lies(record: Submitted) -> None:
    for week in (202646, WEEK):
        submissions.add_submission(db.session, replace(record, week=week))
    assert submissions.remove_submission(db.session, [202646, WEEK], [os.urandom(16), record.ref])
    assert submissions.count_older(db.session, WEEK + 1) == 0


def test_a_purge_deletes_what_lies_before_a_week(record: Submitted) -> None:
    others(record, 3, week=202633)
    others(record, 2, week=202634)
    assert submissions.count_older(db.session, 202634) == 3
    assert submissions.purge_submissions(db.session, 202634) == 3
    assert submissions.count_older(db.session, WEEK) == 2
    assert submissions.purge_submissions(db.session, 202634) == 0
