"""The code that a patient brings: forgiving, distinct from other codes, for one record and sign-in, rate-limited."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from lxml.html import tostring
from sqlalchemy import select

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.staff.review import lookup, opened_by_code
from screening.storage import patient_codes, weeks
from screening.storage.accounts import MANAGER, REVIEWER, StaffSession
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.storage.submissions import ReviewState
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, OPEN_WEEK, Shelf, path
from tests.support.settings import TestConfig
from tests.support.sharing_patient import slip
from tests.support.staff_client import PASSWORD, Staff

LOOK_UP = "/staff/look-up"
HANDLE = re.compile(LOOK_UP + r"/[\w-]{43}", re.ASCII)


def look_up(staff: Staff, typed: str) -> Page:
    staff.open(LOOK_UP)
    return staff.press("Look up", code=typed)


@pytest.mark.parametrize("week", [OPEN_WEEK, CLOSED_WEEK])
def test_a_code_opens_its_record_in_the_open_week_too_and_only_the_look_up_is_written(
    shelf: Shelf, reviewer: Staff, week: int
) -> None:
    code = patient_codes.make_code()
    record = shelf.put(week, code, interests="cravings")
    with shelf.new_entries() as written:
        page = look_up(reviewer, f" {patient_codes.format_code(code).lower().replace('0', 'o').replace('1', 'l')} ")
        assert (HANDLE.fullmatch(page.path) is not None, page.status) == (True, 200)
        assert "You opened it with the patient’s code, so you know whose it is." in page.text
        assert "Cravings" in page.text
        assert "Cravings" in reviewer.open(page.path).text
    assert [(entry.action, entry.about) for entry in written] == [("record looked up", b"")]
    assert code not in page.text
    assert record.ref.hex() not in tostring(page.tree, encoding="unicode")
    assert weeks.format_week(record.week) not in page.path


def test_what_a_code_opened_stays_closed_to_other_sign_ins(shelf: Shelf, reviewer: Staff) -> None:
    code = patient_codes.make_code()
    record, other = shelf.put(OPEN_WEEK, code), shelf.put(OPEN_WEEK)
    address = look_up(reviewer, code).path
    for unread in (record, other):
        assert reviewer.open(path(unread)).status == 404
    colleague = Staff(shelf.app)
    colleague.sign_in(REVIEWER)
    page = colleague.open(address)
    assert (page.status, page.heading) == (404, "Look up a code")
    assert "This page has closed." in page.text
    reviewer.open("/staff/")
    reviewer.press("Sign out")
    reviewer.enter(PASSWORD)
    reviewer.press("Continue", code=reviewer.code(later=1))
    assert reviewer.page.path == "/staff/"
    assert reviewer.open(address).status == 404


def test_two_tabs_keep_two_records_and_a_code_typed_twice_has_two_addresses(shelf: Shelf, reviewer: Staff) -> None:
    one, two = patient_codes.make_code(), patient_codes.make_code()
    shelf.put(code=one, interests="cravings")
    shelf.put(OPEN_WEEK, two, interests="mood")
    first, second, third = (look_up(reviewer, code).path for code in (one, two, one))
    assert len({first, second, third}) == 3
    for address, there, not_there in ((second, "Low mood", "Cravings"), (first, "Cravings", "Low mood")):
        page = reviewer.open(address)
        assert text_of(page.find("//main")[0]).count(there) > text_of(page.find("//main")[0]).count(not_there) == 0
    with shelf.app.app_context():
        (sealed,) = db.session.scalars(select(StaffSession.sealed))
    assert not any(address.rpartition("/")[2].encode() in sealed for address in (first, second, third))


def test_after_very_many_codes_the_first_page_is_closed_and_says_so(
    shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened_by_code, "MAX_OPENED", 2)
    code = patient_codes.make_code()
    shelf.put(code=code)
    addresses = [look_up(reviewer, code).path for _ in range(3)]
    assert [reviewer.open(address).status for address in addresses] == [404, 200, 200]


@pytest.mark.parametrize("handle", ["x", "0" * 43, "\N{SNOWMAN}", "a" * 5_000])
def test_what_is_no_handle_opens_nothing(shelf: Shelf, reviewer: Staff, handle: str) -> None:
    code = patient_codes.make_code()
    shelf.put(code=code)
    look_up(reviewer, code)
    page = reviewer.open(f"{LOOK_UP}/{handle}")
    assert (page.status, "This page has closed." in page.text) == (404, True)


@pytest.mark.parametrize("role", [REVIEWER, MANAGER])
def test_nothing_is_marked_where_a_code_led(shelf: Shelf, role: str) -> None:
    code = patient_codes.make_code()
    record = shelf.put(code=code)
    staff = Staff(shelf.app)
    staff.sign_in(role)
    page = look_up(staff, code)
    assert "You cannot mark it here" in page.text
    assert not page.find("//button[@name='state']")
    assert path(record) not in tostring(page.tree, encoding="unicode")
    sent = staff.hidden("Sign out") | {"state": "reviewed", "seen": "unread"}
    with shelf.new_entries() as written:
        assert staff.client.post(page.path, data=sent).status_code == 405
    assert written == []
    assert shelf.state(record) is ReviewState.UNREAD


def test_at_the_desk_nothing_of_the_open_week_is_marked_before_its_reviewers_read_it(
    shelf: Shelf, reviewer: Staff
) -> None:
    code = patient_codes.make_code()
    record = shelf.put(OPEN_WEEK, code)
    page = look_up(reviewer, code)
    assert "Reviewers get it when its week is over." in page.text
    assert "You cannot mark it here" not in page.text
    assert not page.find("//button[@name='state']")
    assert shelf.state(record) is ReviewState.UNREAD


def test_a_mistyped_code_is_told_from_one_under_which_nothing_lies(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(OPEN_WEEK)
    code = patient_codes.make_code()
    wrong = slip(code)
    with shelf.new_entries() as written:
        for typed in (wrong, code[:-1], "", "<b>", code + "0"):
            page = look_up(reviewer, typed)
            assert page.status == 422
            assert page.title == "Error: Look up a code"
            assert "has a wrong character" in page.text
        assert page.find("//input[@name='code']")[0].get("value") == code + "0"
        page = look_up(reviewer, f" {wrong.lower()}")
        assert page.find("//input[@name='code']")[0].get("value") == patient_codes.format_code(wrong)
        assert (
            "This looks like a return code, which" in look_up(reviewer, patient_codes.make_code(CodeKind.RETURN)).text
        )
    assert written == []
    with shelf.new_entries() as written:
        page = look_up(reviewer, code)
    assert page.status == 404
    assert "Nothing is stored under this code." in page.text
    assert "It was deleted after 90 days." in page.text
    assert [(entry.action, entry.about) for entry in written] == [("record looked up", b"")]


def test_no_code_is_kept_anywhere(shelf: Shelf, reviewer: Staff) -> None:
    code = patient_codes.make_code()
    record = shelf.put(OPEN_WEEK, code)
    look_up(reviewer, code)
    look_up(reviewer, patient_codes.make_code())
    for held in (shelf.everything_but(), str(reviewer.cookie()).encode()):
        assert code.encode() not in held
    everywhere_else = shelf.everything_but("submission")
    assert record.ref not in everywhere_else
    assert record.ref.hex().encode() not in everywhere_else


def test_what_the_session_knows_tells_nothing_without_the_address(shelf: Shelf, reviewer: Staff) -> None:
    code = patient_codes.make_code()
    record = shelf.put(OPEN_WEEK, code)
    handle = look_up(reviewer, code).path.rpartition("/")[2]
    with reviewer.client.session_transaction("/staff/") as held:
        (sealed,) = held["opened by code"]
        assert record.ref.hex() not in str(dict(held))
        assert handle not in str(dict(held))
    assert Fernet(handle + "=").extract_timestamp(sealed) == 0


def test_a_code_made_under_an_older_key_still_opens(tmp_path: Path, collection: Collection) -> None:
    older = TestConfig.code_keys[0]
    keys = (Fernet.generate_key().decode(), older)
    app = create_app(replace(TestConfig(), database_url=f"sqlite:///{tmp_path / 's.sqlite'}", code_keys=keys))
    with app.app_context():
        migrations().upgrade()
    shelf, code = Shelf(app, collection.questionnaires[0]), patient_codes.make_code()
    shelf.put(OPEN_WEEK, code, key=older)
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    assert "You opened it with the patient’s code" in look_up(staff, code).text
    with app.app_context():
        db.engine.dispose()


def test_look_ups_are_limited_for_each_account(
    clinic: Flask, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, colleague = Staff(clinic), Staff(clinic)
    for one in (staff, colleague):
        one.sign_in(REVIEWER)
        one.open(LOOK_UP)
    code = patient_codes.make_code()
    Shelf(clinic, collection.questionnaires[0]).put(OPEN_WEEK, code)
    for _ in range(lookup.LOOK_UPS_PER_ACCOUNT.amount):
        assert staff.press("Look up", code="x").status == 422
    page = staff.press("Look up", code=code)
    assert page.status == 429
    assert "Wait ten minutes" in page.text
    assert colleague.press("Look up", code=code).status == 200
