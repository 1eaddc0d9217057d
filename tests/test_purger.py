"""Retention: the purge runs by command, at start and every hour."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from screening import purger
from screening.authoring.loader import Collection
from screening.storage import questionnaire_versions, saved_drafts, submissions, weeks
from screening.storage.database import db
from screening.storage.expiry import Expired
from screening.storage.saved_drafts import DraftSlot
from screening.storage.submissions import Submitted
from screening.storage.tables import Installation
from tests.support.site_changes import change_site


@pytest.fixture
def shelf(either_clinic: Flask, collection: Collection) -> Flask:
    """A site with one submission in each of the last 20 weeks, and four saved drafts, two of them expired."""
    questionnaire, today = collection.questionnaires[0], datetime.now(UTC).date()
    with either_clinic.app_context():
        questionnaire_versions.store_version(db.session, questionnaire, today)
        for ago in range(20):
            week = weeks.week_of(today - timedelta(weeks=ago))
            submissions.add_submission(db.session, Submitted(week, os.urandom(16), questionnaire.version, "0"))
        for days in (-2, -1, 0, 1):
            place = DraftSlot(os.urandom(16), os.urandom(32))
            saved_drafts.save_draft(db.session, [place], b"answers", today + timedelta(days=days))
    return either_clinic


def left(app: Flask) -> int:
    """Count submissions."""
    with app.app_context():
        return submissions.count_older(db.session, 999999)


def drafts_left(app: Flask) -> int:
    """Count saved drafts."""
    with app.app_context():
        return saved_drafts.count_expired_drafts(db.session, datetime.now(UTC).date() + timedelta(days=99))


def in_time() -> int:
    """Return how many of 20 weeks began less than 90 days ago."""
    today = datetime.now(UTC).date()
    return sum(
        weeks.monday(weeks.week_of(today - timedelta(weeks=ago))) + timedelta(days=90) > today for ago in range(20)
    )


def test_the_command_says_first_what_would_go_and_deletes_only_when_told(shelf: Flask) -> None:
    run = shelf.test_cli_runner()
    output = run.invoke(args=["submissions", "purge"]).output
    assert output.startswith(f"{20 - in_time()} submissions of weeks before ")
    assert "would be deleted. To delete them, add --delete." in output
    assert "2 drafts saved for later, past their 14 days, would be deleted too." in output
    assert (left(shelf), drafts_left(shelf)) == (20, 4)
    output = run.invoke(args=["submissions", "purge", "--delete"]).output
    assert output.startswith(f"{20 - in_time()} submissions of weeks before ")
    assert "2 drafts saved for later, past their 14 days, were deleted.\n" in output
    assert (left(shelf), drafts_left(shelf)) == (in_time(), 2)
    assert run.invoke(args=["submissions", "purge", "--delete"]).output.startswith("0 submissions")


def test_the_site_purges_by_itself_again_and_again_and_a_failure_logs_no_more_than_its_kind(
    shelf: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, tried = purger.purge_automatically, []

    def purge(app: Flask, counts_hour: bool) -> Expired | None:
        tried.append(counts_hour)
        if len(tried) == 1:
            raise OperationalError("DELETE", {"ref": "mark"}, Exception("mark"))
        if len(tried) == 3:
            # It would run forever.
            raise SystemExit
        return real(app, counts_hour)

    caplog.set_level("INFO", "screening")
    change_site(shelf, instance=tmp_path)
    monkeypatch.setattr(purger, "PURGE_INTERVAL", 0.001)
    monkeypatch.setattr(purger, "purge_automatically", purge)
    with pytest.raises(SystemExit):
        purger.Purger(shelf, prepares=False).run()
    # A start does not count as an hour of running, however often it fails.
    assert tried == [False, False, True]
    assert (left(shelf), drafts_left(shelf)) == (in_time(), 2)
    assert [record.getMessage() for record in caplog.records] == [
        "OperationalError while purging; retrying every few seconds",
        "Purged what has expired.",
    ]


def test_a_purge_that_is_held_back_shows_in_a_gauge(shelf: Flask) -> None:
    def gauge() -> str:
        (line,) = re.findall("^screening_purge_held .*$", shelf.test_client().get("/metrics").text, re.M)
        return str(line)

    assert gauge() == "screening_purge_held 0.0"
    with shelf.app_context():
        db.session.execute(update(Installation).values(purged_on=datetime.now(UTC).date() - timedelta(days=120)))
        db.session.commit()
    assert gauge() == "screening_purge_held 1.0"


def test_a_lock_that_cannot_be_opened_is_logged_once_and_tried_again(
    clinic: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    change_site(clinic, instance=tmp_path)
    lock = tmp_path / purger.LOCK
    lock.mkdir()
    pauses = iter([lambda: None, lambda: None, lock.rmdir])

    def pause(_seconds: float) -> None:
        # It purges once the lock can be had, and then pauses once more, which ends this test.
        next(pauses)()

    monkeypatch.setattr("screening.purger.time.sleep", pause)
    with pytest.raises(StopIteration), caplog.at_level("INFO", "screening"):
        purger.Purger(clinic, prepares=False).run()
    assert [line.getMessage() for line in caplog.records if line.name == "screening"] == [
        "IsADirectoryError while waiting for its turn to purge; retrying every few seconds",
        "Purged what has expired.",
    ]
