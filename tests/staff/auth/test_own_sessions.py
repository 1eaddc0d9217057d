"""Every account sees its own sessions, by day, and ends those left open, with its password."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.storage.accounts import ROLES, StaffSession
from screening.storage.database import db
from tests.support.page_checker import text_of
from tests.support.sample_submissions import NOW, Shelf
from tests.support.staff_client import PASSWORD, Staff

SESSIONS = "/staff/sessions"


def elsewhere(staff: Staff) -> Staff:
    """The same account in another browser."""
    other = Staff(staff.app)
    other.email, other.secret = staff.email, staff.secret
    other.enter(PASSWORD)
    assert other.press("Continue", code=other.code(later=1)).path == "/staff/"
    return other


@pytest.fixture
def staff(either_clinic: Flask) -> Staff:
    staff = Staff(either_clinic)
    staff.sign_in("viewer")
    return staff


def boxes(staff: Staff) -> list[str]:
    return [str(box.get("value")) for box in staff.page.find("//input[@name='session']")]


@pytest.mark.parametrize("role", ROLES)
def test_this_session_is_told_with_the_day_on_which_it_began(clinic: Flask, role: str) -> None:
    staff = Staff(clinic)
    page = staff.sign_in(role)
    page = staff.open(page.links["Your sessions"])
    assert page.heading == "Where you are signed in"
    assert f"This browser, since {NOW:%A} {NOW.day} {NOW:%B %Y}." in page.text
    assert "Nowhere else." in page.text
    assert not page.find("//main//form")


def test_the_day_is_that_of_the_beginning(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    midnight = datetime.combine(datetime.now(UTC).date() + timedelta(days=1), time(), UTC)
    before = midnight - timedelta(minutes=1)
    interface = clinic.session_interface.parts["/staff"]  # type: ignore[attr-defined]
    with clinic.app_context():
        row = db.session.query(StaffSession).one()
        held = json.loads(interface.box.decrypt(row.sealed)) | {"first": before.timestamp(), "last": before.timestamp()}
        row.sealed = interface.newest.encrypt(json.dumps(held).encode())
        db.session.commit()
    monkeypatch.setattr("screening.staff.auth.sessions.time.time", lambda: midnight.timestamp() + 60)
    page = staff.open(SESSIONS)
    assert f"This browser, since {before:%A} {before.day} {before:%B %Y}." in page.text


def test_another_session_ends_at_once_and_that_is_written(staff: Staff, collection: Collection) -> None:
    other, stranger = elsewhere(staff), Staff(staff.app)
    stranger.sign_in("viewer")
    shelf = Shelf(staff.app, collection.questionnaires[0])
    staff.open(SESSIONS)
    (box,) = boxes(staff)
    with shelf.new_entries() as written:
        page = staff.press("End the selected sessions", session=box, password=PASSWORD)
    assert (page.path, "The session has ended." in page.text) == (SESSIONS, True)
    assert [(one.account_id, one.action, one.about) for one in written] == [
        (staff.account().id, "own sessions ended", b"")
    ]
    assert other.open("/staff/").path == "/staff/sign-in"
    for stays in (staff, stranger):
        assert stays.open("/staff/").path == "/staff/"


@pytest.mark.parametrize(
    ("chosen", "password", "message"),
    [
        (True, "wrong", "This is not your password."),
        (True, "", "This is not your password."),
        (False, PASSWORD, "Choose"),
    ],
)
def test_nothing_ends_without_a_choice_and_the_password(
    staff: Staff, chosen: bool, password: str, message: str
) -> None:
    other = elsewhere(staff)
    staff.open(SESSIONS)
    (box,) = boxes(staff)
    page = staff.press("End the selected sessions", password=password, **({"session": box} if chosen else {}))
    assert (page.status, page.title) == (422, "Error: Where you are signed in")
    assert message in text_of(page.find("//*[@class='error-summary']")[0])
    assert bool(page.find("//input[@name='session'][@checked]")) is chosen
    assert other.open("/staff/").path == "/staff/"


def test_neither_this_session_nor_another_s_can_be_chosen(staff: Staff) -> None:
    stranger = Staff(staff.app)
    stranger.sign_in("viewer")
    elsewhere(staff)
    staff.open(SESSIONS)
    with staff.app.app_context():
        ids = {row.id.hex() for row in db.session.query(StaffSession)}
    for held in ids - set(boxes(staff)):
        assert staff.press("End the selected sessions", session=held, password=PASSWORD).status == 422
    with staff.app.app_context():
        assert db.session.query(StaffSession).count() == len(ids)


def test_guessing_the_password_there_ends(staff: Staff) -> None:
    elsewhere(staff)
    for _ in range(8):
        staff.open(SESSIONS)
        assert staff.press("End the selected sessions", session=boxes(staff)[0], password="guess").status == 422
    staff.open(SESSIONS)
    assert staff.press("End the selected sessions", session=boxes(staff)[0], password=PASSWORD).status == 429
