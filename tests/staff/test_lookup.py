"""The code that a patient brings: forgiving, told apart, opening one record for one sign-in, and limited."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from config import TestConfig
from screening.app import create_app
from screening.questionnaire.loader import Collection
from screening.staff import lookup
from screening.storage import codes
from screening.storage.accounts import REVIEWER
from screening.storage.audit import Action
from screening.storage.codes import Kind
from screening.storage.database import db
from screening.storage.migrating import migrations
from screening.storage.submissions import State
from tests.pages import Page, said
from tests.patient.sharing import slip
from tests.staff.shelf import CLOSED_WEEK, OPEN_WEEK, Shelf, actions, path
from tests.staff.staff import PASSWORD, Staff

LOOK_UP = "/staff/look-up"


def look_up(staff: Staff, typed: str) -> Page:
    staff.open(LOOK_UP)
    return staff.press("Look up", code=typed)


@pytest.mark.parametrize("week", [OPEN_WEEK, CLOSED_WEEK])
def test_a_code_opens_its_record_in_the_open_week_too(shelf: Shelf, reviewer: Staff, week: int) -> None:
    code = codes.make()
    record = shelf.put(week, code, interests="cravings")
    with shelf.new_entries() as written:
        page = look_up(reviewer, f" {codes.grouped(code).lower().replace('0', 'o').replace('1', 'l')} ")
        assert (page.path, page.status) == (path(record), 200)
        assert "The patient’s code opened it, so you know whose it is." in page.text
        assert reviewer.open(path(record)).status == 200
    assert actions(written) == [Action.RECORD_LOOKED_UP, Action.RECORD_READ, Action.RECORD_READ]
    assert len({entry.about for entry in written}) == 1
    assert code not in page.text


def test_what_a_code_opened_stays_closed_to_other_sign_ins(shelf: Shelf, reviewer: Staff) -> None:
    code = codes.make()
    record, other = shelf.put(OPEN_WEEK, code), shelf.put(OPEN_WEEK)
    assert look_up(reviewer, code).status == 200
    assert reviewer.open(path(other)).status == 404
    colleague = Staff(shelf.app)
    colleague.sign_in(REVIEWER)
    assert colleague.open(path(record)).status == 404
    reviewer.open("/staff/")
    reviewer.press("Sign out")
    reviewer.enter(PASSWORD)
    reviewer.press("Continue", code=reviewer.code(later=1))
    assert reviewer.page.path == "/staff/"
    assert reviewer.open(path(record)).status == 404


def test_a_record_that_a_code_opened_stays_open_when_it_is_marked(shelf: Shelf, reviewer: Staff) -> None:
    code = codes.make()
    record = shelf.put(code=code)
    shelf.put()
    look_up(reviewer, code)
    page = reviewer.press("Mark as reviewed", state="reviewed")
    assert page.path == path(record)
    assert said(page.find("//h2[@id='state']")[0]) == "Reviewed"


def test_at_the_desk_nothing_of_the_open_week_is_marked_before_its_reviewers_read_it(
    shelf: Shelf, reviewer: Staff
) -> None:
    code = codes.make()
    record = shelf.put(OPEN_WEEK, code)
    page = look_up(reviewer, code)
    assert "It comes to the reviewers when its week is over." in page.text
    assert not page.find("//button[@name='state']")
    assert shelf.state(record) is State.UNREAD


def test_a_mistyped_code_is_told_from_one_under_which_nothing_lies(shelf: Shelf, reviewer: Staff) -> None:
    shelf.put(OPEN_WEEK)
    code = codes.make()
    wrong = slip(code)
    with shelf.new_entries() as written:
        for typed in (wrong, code[:-1], "", "<b>", code + "0"):
            page = look_up(reviewer, typed)
            assert page.status == 422
            assert page.title == "Error: Look up a code"
            assert "a character of it is wrong" in page.text
        assert page.find("//input[@name='code']")[0].get("value") == code + "0"
        assert "This looks like a return code." in look_up(reviewer, codes.make(Kind.RETURN)).text
    assert written == []
    with shelf.new_entries() as written:
        page = look_up(reviewer, code)
    assert page.status == 404
    assert "Nothing is stored under this code." in page.text
    assert "Its 90 days are over." in page.text
    assert [(entry.action, entry.about) for entry in written] == [("record looked up", b"")]


def test_no_code_is_kept_anywhere(shelf: Shelf, reviewer: Staff) -> None:
    code = codes.make()
    record = shelf.put(OPEN_WEEK, code)
    look_up(reviewer, code)
    look_up(reviewer, codes.make())
    for held in (shelf.everything_but(), str(reviewer.cookie()).encode()):
        assert code.encode() not in held
    everywhere_else = shelf.everything_but("submission")
    assert record.ref not in everywhere_else
    assert record.ref.hex().encode() not in everywhere_else


def test_the_session_knows_what_was_opened_by_a_mark_alone(shelf: Shelf, reviewer: Staff) -> None:
    code = codes.make()
    record = shelf.put(OPEN_WEEK, code)
    look_up(reviewer, code)
    with reviewer.client.session_transaction("/staff/") as held:
        assert "opened by code" in held
        assert record.ref.hex() not in str(dict(held))


def test_a_code_made_under_an_older_key_still_opens(tmp_path: Path, collection: Collection) -> None:
    older = TestConfig.code_keys[0]
    keys = (Fernet.generate_key().decode(), older)
    app = create_app(replace(TestConfig(), database_url=f"sqlite:///{tmp_path / 's.sqlite'}", code_keys=keys))
    with app.app_context():
        migrations().upgrade()
    shelf, code = Shelf(app, collection.questionnaires[0]), codes.make()
    record = shelf.put(OPEN_WEEK, code, key=older)
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    assert look_up(staff, code).path == path(record)
    with app.app_context():
        db.engine.dispose()


def test_look_ups_are_limited_for_each_account(
    clinic: Flask, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, colleague = Staff(clinic), Staff(clinic)
    for one in (staff, colleague):
        one.sign_in(REVIEWER)
        one.open(LOOK_UP)
    code = codes.make()
    record = Shelf(clinic, collection.questionnaires[0]).put(OPEN_WEEK, code)
    for _ in range(lookup.OF_ACCOUNT.amount):
        assert staff.press("Look up", code="x").status == 422
    page = staff.press("Look up", code=code)
    assert page.status == 429
    assert "Wait ten minutes" in page.text
    assert colleague.press("Look up", code=code).path == path(record)
