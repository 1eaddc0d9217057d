"""The first page after sign-in, navigation, and errors at fields."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from screening.app import create_app
from screening.staff import home
from screening.storage import patient_codes
from screening.storage.accounts import DESK, MANAGER, REVIEWER, VIEWER
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from tests.support.sample_submissions import OPEN_WEEK, WEEK_BEFORE, Shelf, path
from tests.support.settings import TestConfig
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

NEW = ("new_password", "new_password_confirm")


def test_what_waits_is_counted_in_closed_weeks_and_only_what_nobody_marked(shelf: Shelf, reviewer: Staff) -> None:
    assert "No submissions to review" in reviewer.open("/staff/").text
    shelf.put(OPEN_WEEK)
    shelf.mark(shelf.put(), ReviewState.REVIEWED)
    record = shelf.put(WEEK_BEFORE)
    assert "1 submission to review." in reviewer.open("/staff/").text
    shelf.put()
    assert "2 submissions to review." in reviewer.open("/staff/").text
    with mock.patch.object(home, "LARGEST_EXACT_COUNT", 1):
        assert "More than 1 submission" in reviewer.open("/staff/").text
    shelf.mark(record, ReviewState.SET_ASIDE)
    assert "1 submission to review." in reviewer.open("/staff/").text


def test_a_code_can_be_looked_up_at_once(shelf: Shelf, reviewer: Staff) -> None:
    code = patient_codes.make_code()
    shelf.put(OPEN_WEEK, code)
    reviewer.open("/staff/")
    assert "You opened it with the patient’s code" in reviewer.press("Look up", code=code).text


def test_a_viewer_is_told_of_figures_alone(shelf: Shelf) -> None:
    shelf.put()
    staff = Staff(shelf.app)
    page = staff.sign_in(VIEWER)
    assert "to review" not in page.text
    assert not page.find("//input[@name='code']")
    assert set(page.links) == {
        "Go to the content", "Screening", "Published figures", "Your password", "Recovery codes",
        "Your sessions",
    }  # fmt: skip


def test_desk_staff_are_given_the_code_field_and_no_counts(shelf: Shelf) -> None:
    code = patient_codes.make_code()
    shelf.put()
    shelf.put(OPEN_WEEK, code)
    staff = Staff(shelf.app)
    page = staff.sign_in(DESK)
    assert "to review" not in page.text
    assert set(page.links) == {
        "Go to the content", "Screening", "Look up a code", "Waiting room", "Print a poster for the waiting room",
        "Your password", "Recovery codes", "Your sessions",
    }  # fmt: skip
    page = staff.press("Look up", code=code)
    assert "You opened it with the patient’s code" in page.text
    assert all(staff.open(place).status == 200 for place in page.links.values() if place.startswith("/"))


def test_a_manager_is_told_who_has_not_set_up_an_account(shelf: Shelf) -> None:
    manager, invited, gone = Staff(shelf.app), Staff(shelf.app), Staff(shelf.app)
    invited.begin()
    gone.begin()
    gone.change(active=False)
    page = manager.sign_in(MANAGER)
    assert f"{invited.email} has not set up their account yet" in page.links
    assert gone.email not in page.text


def test_before_an_account_is_set_up_no_page_is_offered_that_would_not_open(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    staff.begin()
    staff.enter(ONE_TIME)
    page = staff.set_up()
    assert page.heading == "Choose your own password"
    assert not page.find("//nav")
    assert page.find("//button[.='Sign out']")


@pytest.mark.parametrize(
    ("address", "words", "current"),
    [
        ("/staff/", "Screening", "page"),
        ("/staff/submissions", "Submissions", "page"),
        ("{record}", "Submissions", "true"),
        ("/staff/look-up", "Look up a code", "page"),
    ],
)
def test_the_way_says_where_one_is(shelf: Shelf, reviewer: Staff, address: str, words: str, current: str) -> None:
    page = reviewer.open(address.format(record=path(shelf.put())))
    marked = {str(link.text): link.get("aria-current") for link in page.find("//header//a[@aria-current]")}
    assert marked == {words: current}


@pytest.mark.parametrize(
    ("address", "button", "name", "typed"),
    [
        ("/staff/look-up", "Look up", "code", {"code": "abc"}),
        ("/staff/password", "Change password", "new_password", {"password": PASSWORD} | dict.fromkeys(NEW, "short")),
        ("/staff/recovery-codes", "Create new recovery codes", "password", {"password": "wrong"}),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_field_too(
    shelf: Shelf, reviewer: Staff, address: str, button: str, name: str, typed: dict[str, str]
) -> None:
    reviewer.open(address)
    page = reviewer.press(button, **typed)
    field = page.find(f"//input[@name='{name}']")[0]
    told = page.find(f"//*[@id='{name}-error']")
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby", "").split()[-1] == f"{name}-error"
    assert [str(one.text) for one in told] == [str(one.text) for one in page.find(f"//a[@href='#{name}']")]


def test_a_wrong_sign_in_is_told_at_a_field_too(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    staff.join()
    page = staff.enter("another password")
    assert page.find("//input[@aria-invalid='true']")
    assert page.find("//p[@class='error']")


def test_hours_are_those_of_the_clinic(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    app = create_app(replace(TestConfig(), database_url=database, time_zone="America/Chicago"))
    with app.app_context():
        migrations().upgrade()
        db.session.close()
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    page = staff.open("/staff/")
    assert "The current week is added on Sunday" in page.text
    assert "at 9:00 PM CST." in page.text or "at 10:00 PM CDT." in page.text
