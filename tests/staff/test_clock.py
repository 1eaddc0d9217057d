"""A clock that may be wrong: expired items are hidden, managers are warned, sessions end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.storage import patient_codes, weeks
from screening.storage.accounts import MANAGER, REVIEWER, StaffSession
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from tests.commands.test_cli import run
from tests.support.clock import Clock, clock
from tests.support.sample_submissions import Shelf, path
from tests.support.staff_client import Staff

__all__ = ["clock"]

ALARM = "Nothing is deleted automatically, because the server’s clock may be wrong."


@pytest.fixture
def shelf(either_clinic: Flask, collection: Collection, clock: Clock) -> Shelf:
    return Shelf(either_clinic, collection.questionnaires[0])


def signed_in(shelf: Shelf, role: str) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(role)
    return staff


@pytest.mark.parametrize("days", [120, -120])
def test_managers_are_told_what_happened_and_what_to_do(shelf: Shelf, clock: Clock, days: int) -> None:
    last = clock.today
    shelf.put(202401)
    clock.set(days)
    manager = signed_in(shelf, MANAGER)
    for page in (manager.open("/staff/"), manager.open("/staff/retention"), manager.open("/staff/retention/purge")):
        assert ALARM in page.text
        assert f"It says that today is {clock.today:%-d %B %Y}. The last purge was on {last:%-d %B %Y}." in page.text
        assert "flask --app wsgi submissions purge --delete" in page.text
        assert "after 168 more hours of running" in page.text
        assert "Delete expired data now" not in page.links
    assert manager.page.path == "/staff/retention"
    assert ALARM not in signed_in(shelf, REVIEWER).open("/staff/").text
    run(shelf.app, "submissions", "purge", "--delete")
    assert ALARM not in manager.open("/staff/").text
    assert ALARM not in manager.open("/staff/retention").text


def test_while_the_clock_may_be_wrong_no_page_purges(shelf: Shelf, clock: Clock) -> None:
    record = shelf.put(202401)
    manager = signed_in(shelf, MANAGER)
    manager.open("/staff/retention/purge")
    with shelf.app.app_context():
        clock.set(hours=-36)
    manager = signed_in(shelf, MANAGER)
    token = manager.hidden("Sign out")
    assert manager.client.post("/staff/retention/purge", data=token).location == "/staff/retention"
    assert shelf.state(record) is ReviewState.UNREAD


def test_what_is_over_its_time_is_hidden_though_it_is_not_purged(shelf: Shelf, clock: Clock) -> None:
    code = patient_codes.make_code()
    before = weeks.oldest_retained(clock.today, 90)
    gone = weeks.week_of(weeks.monday(before) - timedelta(weeks=1))
    hidden, kept = shelf.put(gone, code), shelf.put(before)
    manager = signed_in(shelf, MANAGER)
    assert "1 submission to review." in manager.open("/staff/").text
    for address in ("", f"?from={weeks.format_week(gone)}", f"?to={weeks.format_week(before)}"):
        page = manager.open(f"/staff/submissions{address}")
        assert [link for link in page.links.values() if link.startswith(path(hidden))] == []
        assert [link for link in page.links.values() if link.startswith(path(kept))]
    assert manager.open(path(hidden)).status == 404
    assert manager.open(f"{path(hidden)}/delete").status == 404
    manager.open("/staff/look-up")
    assert manager.press("Look up", code=code).status == 404
    for level in ("year-only", "weekly"):
        output = run(shelf.app, "submissions", "export", "--level", level)
        assert "1 of 1 submissions (100%)" in output[1]
        manager.open(f"/staff/export?level={level}")
        assert "1 submission" in manager.page.text
        fields = manager.hidden("Sign out") | {"level": level, "format": "wide"}
        rows = manager.client.post("/staff/export", data=fields).text.split("\r\n")
        assert len([row for row in rows if row]) == 2


def test_nothing_can_be_exported_while_all_of_it_is_over_its_time(shelf: Shelf, clock: Clock) -> None:
    shelf.put()
    clock.set(days=120)
    manager = signed_in(shelf, MANAGER)
    assert manager.open("/staff/export").status == 200
    assert manager.client.post("/staff/export", data=manager.hidden("Sign out") | {"format": "wide"}).status_code == 400
    assert run(shelf.app, "submissions", "export")[0] != 0
    for address in ("submissions", "insights", "figures", "publish", "audit", "retention", "questionnaires", ""):
        assert manager.open(f"/staff/{address}").status == 200


@pytest.mark.parametrize("days", [-120, -1, 1, 120])
def test_pages_of_staff_open_though_records_lie_in_weeks_to_come(shelf: Shelf, clock: Clock, days: int) -> None:
    code = patient_codes.make_code()
    shelf.put(weeks.week_of(clock.today), code)
    for ago in range(30):
        shelf.put(weeks.week_of(clock.today + timedelta(weeks=15 - ago)))
    clock.set(days)
    manager = signed_in(shelf, MANAGER)
    for address in ("submissions", "insights", "figures", "publish", "export?level=weekly", "audit", "retention", ""):
        assert manager.open(f"/staff/{address}").status == 200
    if days < 100:
        manager.open("/staff/look-up")
        assert "You opened it with the patient’s code" in manager.press("Look up", code=code).text


@pytest.mark.parametrize(("days", "hours"), [(0, 1), (0, -1), (1, 0), (-1, 0), (120, 0), (-120, 0)])
def test_a_session_ends_when_the_clock_moves(shelf: Shelf, clock: Clock, days: int, hours: int) -> None:
    staff = signed_in(shelf, REVIEWER)
    clock.set(days, hours)
    assert staff.open("/staff/").path == "/staff/sign-in"
    assert staff.open("/staff/").path == "/staff/sign-in", "it stays ended"


def test_a_clock_that_is_corrected_by_seconds_signs_nobody_out(shelf: Shelf, clock: Clock) -> None:
    staff = signed_in(shelf, REVIEWER)
    clock.set(hours=-1 / 60)
    assert staff.open("/staff/").path == "/staff/"


def test_a_sign_in_from_ahead_is_begun_anew(shelf: Shelf, clock: Clock) -> None:
    staff = Staff(shelf.app)
    staff.join(REVIEWER)
    clock.set(days=1)
    staff.enter("correct horse battery")
    clock.set()
    staff.press("Continue", code=staff.code())
    assert staff.open("/staff/").path == "/staff/sign-in"


def test_rows_of_sessions_from_ahead_are_removed_at_the_next_sign_in(shelf: Shelf, clock: Clock) -> None:
    clock.set(days=120)
    signed_in(shelf, REVIEWER)
    clock.set()
    signed_in(shelf, REVIEWER)
    with shelf.app.app_context():
        assert [row.last_day for row in db.session.query(StaffSession)] == [clock.today]
