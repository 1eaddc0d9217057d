"""Kept no longer than said: purged by command, at start and once a day."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening import retention
from screening.questionnaire.loader import Collection
from screening.storage import submissions, versions, weeks
from screening.storage.database import db
from screening.storage.submissions import Record


@pytest.fixture
def shelf(either_clinic: Flask, collection: Collection) -> Flask:
    """A site with one submission in each of the last 20 weeks."""
    questionnaire, today = collection.questionnaires[0], datetime.now(UTC).date()
    with either_clinic.app_context():
        versions.keep(db.session, questionnaire, today)
        for ago in range(20):
            week = weeks.week_of(today - timedelta(weeks=ago))
            submissions.add(db.session, Record(week, os.urandom(16), questionnaire.version, "0"))
    return either_clinic


def left(app: Flask) -> int:
    """How many submissions there are."""
    with app.app_context():
        return submissions.count_before(db.session, 999999)


def in_time() -> int:
    """How many of 20 weeks began less than 90 days ago."""
    today = datetime.now(UTC).date()
    return sum(
        weeks.monday(weeks.week_of(today - timedelta(weeks=ago))) + timedelta(days=90) > today for ago in range(20)
    )


def test_the_command_says_first_what_would_go_and_deletes_only_when_told(shelf: Flask) -> None:
    run = shelf.test_cli_runner()
    told = run.invoke(args=["submissions", "purge"]).output
    assert told.startswith(f"{20 - in_time()} submissions of weeks before ")
    assert "would be deleted. To delete them, add --delete." in told
    assert left(shelf) == 20
    assert "were deleted" in run.invoke(args=["submissions", "purge", "--delete"]).output
    assert left(shelf) == in_time()
    assert run.invoke(args=["submissions", "purge", "--delete"]).output.startswith("0 submissions")


def test_the_site_purges_when_it_starts(shelf: Flask) -> None:
    with shelf.app_context():
        retention.keep_purging(shelf, 90)
    assert left(shelf) == in_time()


def test_it_purges_again_when_a_new_day_has_begun(shelf: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    days = iter(date(2026, 1, 1) + timedelta(days=number // 3) for number in range(9))
    purged: list[date] = []

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            day = next(days, None)
            if day is None:
                # The thread would go on for ever.
                raise SystemExit
            seen.append(day)
            return datetime.combine(day, datetime.min.time())

    seen: list[date] = []
    monkeypatch.setattr(retention, "EVERY", 0.001)
    monkeypatch.setattr(retention, "datetime", Clock)
    monkeypatch.setattr(retention, "purge", lambda _days: purged.append(seen[-1]))
    with pytest.raises(SystemExit):
        retention._each_day(shelf, 90)
    assert purged == [date(2026, 1, 2), date(2026, 1, 3)]


def test_a_purge_that_fails_is_tried_again_and_logs_no_more_than_its_kind(
    shelf: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_days: int) -> int:
        raise OperationalError("DELETE", {"ref": "mark"}, Exception("mark"))

    monkeypatch.setattr(retention, "purge", refuse)
    assert not retention._could_purge(shelf, 90)
    assert [record.getMessage() for record in caplog.records] == [
        "OperationalError while purging; tried again in an hour"
    ]
    monkeypatch.undo()
    assert retention._could_purge(shelf, 90)
    assert left(shelf) == in_time()
