"""A wrong clock, in either direction: nothing is deleted automatically, and a warning is shown."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from sqlalchemy import text, update

from screening import purger
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage import audit, expiry, questionnaire_versions, saved_drafts, submissions, tallies, weeks
from screening.storage.database import db, unpooled_engine
from screening.storage.expiry import MAX_HELD_HOURS, Expired
from screening.storage.saved_drafts import DraftSlot
from screening.storage.submissions import Submitted
from screening.storage.tables import Installation
from tests.commands.test_cli import run
from tests.conftest import opened
from tests.support.clock import Clock, clock, today
from tests.support.databases import upgrade
from tests.support.settings import TestConfig

__all__ = ["clock"]

HELD = "Nothing is deleted automatically, because the server's clock may be wrong"


@pytest.fixture
def site(database_url: str, clock: Clock, collection: Collection, tmp_path: Path) -> Iterator[Flask]:
    """A site with a submission in each of the last 20 weeks, a draft saved today, and a backup made today."""
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / f"{clock.today}-backup.sqlite").touch()
    questionnaire = collection.questionnaires[0]
    for app in opened(database_url, replace(TestConfig(), instance=tmp_path)):
        with app.app_context():
            questionnaire_versions.store_version(db.session, questionnaire, clock.today)
            for ago in range(20):
                put(questionnaire.version, clock.today - timedelta(weeks=ago))
            saved_drafts.save_draft(
                db.session,
                [DraftSlot(os.urandom(16), os.urandom(32))],
                b"answers",
                clock.today + saved_drafts.SAVED_FOR,
            )
        yield app


def over(clock: Clock) -> int:
    """Return how many of the 20 submissions are past their 90 days at noon."""
    return 20 - len(weeks.retained_weeks(clock.noon, 90))


def put(version: str, day: date) -> None:
    submissions.add_submission(db.session, Submitted(weeks.week_of(day), os.urandom(16), version, "0"))


def left(app: Flask) -> Expired:
    """Count submissions, saved drafts and backups."""
    with app.app_context():
        drafts = saved_drafts.count_expired_drafts(db.session, date(9999, 1, 1))
        return Expired(submissions.count_older(db.session, 999999), drafts, len(site_of(app).backups.kept()))


def state(app: Flask) -> tuple[date | None, int]:
    """Return the day of the last purge, and the hours for which the automatic purge has been held back."""
    with app.app_context():
        row = db.session.get(Installation, 1)
        assert row
        return row.purged_on, row.held_hours


@pytest.mark.parametrize("days", [120, 9, -1, -120])
def test_a_clock_that_jumped_deletes_nothing_by_itself_and_the_log_says_so(
    site: Flask, clock: Clock, caplog: pytest.LogCaptureFixture, days: int
) -> None:
    clock.set(days)
    before, purged_on = left(site), state(site)[0]
    assert before == (20, 1, 1)
    for counts_hour in (False, True):
        assert purger.purge_automatically(site, counts_hour) is None
    assert left(site) == before
    assert state(site) == (purged_on, 1)
    for record in caplog.records:
        assert record.getMessage().startswith(f"{HELD}: it says {clock.today}, and the last purge was on {purged_on}.")
    assert len(caplog.records) == 2
    with site.app_context():
        assert expiry.is_purge_held(db.session)


@pytest.mark.parametrize(("days", "hours"), [(0, 0), (0, 1), (0, -1), (1, 0), (8, 0)])
def test_a_clock_that_is_a_little_off_purges_as_ever(site: Flask, clock: Clock, days: int, hours: int) -> None:
    clock.set(days, hours)
    gone = purger.purge_automatically(site, counts_hour=True)
    assert gone
    assert gone.submissions > 5
    assert state(site) == (clock.today, 0)
    with site.app_context():
        assert not expiry.is_purge_held(db.session)


def test_once_the_clock_is_right_again_it_purges_by_itself(site: Flask, clock: Clock) -> None:
    clock.set(days=120)
    assert purger.purge_automatically(site, counts_hour=True) is None
    clock.set(hours=1)
    assert purger.purge_automatically(site, counts_hour=False)
    assert state(site) == (clock.today, 0)
    assert left(site).submissions == 20 - over(clock)


def test_after_a_week_of_running_it_resumes_and_starts_do_not_count(site: Flask, clock: Clock) -> None:
    clock.set(days=120)
    for _ in range(MAX_HELD_HOURS + 1):
        assert purger.purge_automatically(site, counts_hour=False) is None
    for hour in range(MAX_HELD_HOURS):
        assert state(site)[1] == hour
        assert purger.purge_automatically(site, counts_hour=True) is None
    assert left(site) == (20, 1, 1)
    assert purger.purge_automatically(site, counts_hour=True) == (20, 1, 1)
    assert state(site) == (clock.today, 0)


def test_the_command_says_that_it_is_held_back_and_purges_whatever_the_alarm_says(site: Flask, clock: Clock) -> None:
    before = clock.today
    clock.set(days=120)
    assert HELD in run(site, "submissions", "purge")[1]
    assert left(site) == (20, 1, 1)
    output = run(site, "submissions", "purge", "--delete")[1]
    assert left(site) == (0, 0, 0)
    assert output.endswith(f"The day of the last purge is now {clock.today} (UTC).\n")
    assert HELD not in run(site, "submissions", "purge")[1]
    late = clock.today
    clock.set()
    assert HELD in run(site, "submissions", "purge")[1]
    output = run(site, "submissions", "purge", "--delete")[1]
    assert f"The day of the last purge is now {before} (UTC). That is before {late}," in output
    assert state(site) == (before, 0)
    assert purger.purge_automatically(site, counts_hour=True) == (0, 0, 0)


def test_a_purge_that_cannot_be_written_leaves_the_day_as_it_was(
    site: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    before, purged_on = left(site), state(site)[0]
    clock.set(days=3)
    with monkeypatch.context() as broken:
        broken.setattr(audit, "append_entry", fail)
        with pytest.raises(RuntimeError):
            purger.purge_automatically(site, counts_hour=True)
    assert (left(site), state(site)) == (before, (purged_on, 0))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("day", ["no day", b"\xff", 7])
def test_a_day_that_cannot_be_read_holds_it_back_until_somebody_asks(site: Flask, day: object) -> None:
    with site.app_context():
        db.session.execute(text("UPDATE installation SET purged_on = :day"), {"day": day})
        db.session.commit()
    assert purger.purge_automatically(site, counts_hour=True) is None
    run(site, "submissions", "purge", "--delete")
    assert purger.purge_automatically(site, counts_hour=True) == (0, 0, 0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_restored_backup_is_purged_and_sets_the_day(site: Flask, clock: Clock, tmp_path: Path) -> None:
    with site.app_context():
        db.session.execute(update(Installation).values(purged_on=clock.today - timedelta(days=40), held_hours=9))
        db.session.commit()
    assert run(site, "database", "backup", str(tmp_path / "old.sqlite"))[0] == 0
    code, output = run(site, "database", "restore", str(tmp_path / "old.sqlite"), "--yes")
    assert code == 0, output
    assert f"The day of the last purge is now {clock.today} (UTC), by the server's clock." in output
    assert state(site) == (clock.today, 0)
    assert left(site).submissions == 20 - over(clock)


def test_a_new_database_has_the_day_on_which_it_is_made(database_url: str) -> None:
    app, before = create_app(TestConfig(database_url=database_url)), today()
    upgrade(app)
    day, held_hours = state(app)
    assert day in (before, today())
    assert held_hours == 0
    with app.app_context():
        assert db.session.scalar(text("SELECT oldest_code FROM installation")) == "0008"
        db.session.close()
        db.engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_another_host_purges_this_one_leaves_it_to_it(site: Flask, clock: Clock) -> None:
    before = left(site)
    with site.app_context(), unpooled_engine().connect() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(hashtext('purge'))"))
        assert purger.purge_automatically(site, counts_hour=True) == (0, 0, 0)
        assert left(site) == before
        other.rollback()
        assert purger.purge_automatically(site, counts_hour=True) == (over(clock), 0, 0)


def test_of_many_at_once_one_purges_and_writes_it(site: Flask, clock: Clock) -> None:
    done: list[Expired | None] = []
    several = [Thread(target=lambda: done.append(purger.purge_automatically(site, True))) for _ in range(4)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert sorted(one.submissions for one in done if one) == [0, 0, 0, over(clock)]
    with site.app_context():
        written = audit.trail_page_of(db.session, audit.AuditQuery(action=audit.Action.PURGED))
    assert len(written) == 1


def test_what_was_counted_of_an_open_week_while_the_clock_was_ahead_is_counted_anew(
    site: Flask, clock: Clock, collection: Collection
) -> None:
    version, week = collection.questionnaires[0].version, weeks.week_of(clock.today)

    def counted() -> int:
        return sum(one.number + one.unreadable for one in tallies.read_tallies(db.session, version, [week], clock.now))

    with site.app_context():
        clock.set(days=8)
        assert counted() == 1
        clock.set()
        purger.purge_automatically(site, counts_hour=True)
        put(version, clock.today)
        clock.set(days=8)
        assert counted() == 2
