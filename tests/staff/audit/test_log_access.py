"""Audit entries about accounts: sign-ins, and commands."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening.authoring.loader import Collection
from screening.storage import audit
from screening.storage.audit import COMMAND_LINE, Action
from tests.commands.test_cli import run
from tests.support.sample_submissions import Shelf, actions
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff


def test_a_sign_in_is_written_once_it_is_whole(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    staff.join()
    with shelf.new_entries() as written:
        staff.enter(PASSWORD)
        staff.press("Continue", code="000000")
    assert actions(written) == [Action.SECOND_STEP_FAILED]
    with shelf.new_entries() as written:
        assert staff.press("Continue", code=staff.code()).path == "/staff/"
    assert [(entry.account_id, entry.action, entry.about) for entry in written] == [
        (staff.account().id, "signed in", b"")
    ]


def test_the_first_sign_in_is_one_and_a_changed_password_is_another_thing(
    clinic: Flask, collection: Collection
) -> None:
    shelf, staff = Shelf(clinic, collection.questionnaires[0]), Staff(clinic)
    staff.begin()
    with shelf.new_entries() as written:
        staff.enter(ONE_TIME)
        staff.set_up()
        own = {"new_password": "a password of my own", "new_password_confirm": "a password of my own"}
        assert staff.press("Change password", password=ONE_TIME, **own).path == "/staff/recovery-codes"
    assert actions(written) == [Action.SIGNED_IN, Action.PASSWORD_CHANGED]


def test_nobody_gets_in_whose_sign_in_cannot_be_written(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    staff = Staff(clinic)
    staff.join()
    staff.enter(PASSWORD)
    with monkeypatch.context() as broken:
        broken.setattr(audit, "append_entry", fail)
        assert staff.press("Continue", code=staff.code()).status == 503
    assert staff.open("/staff/").path == "/staff/sign-in"


def test_a_purge_that_deletes_something_is_written(clinic: Flask, collection: Collection) -> None:
    shelf = Shelf(clinic, collection.questionnaires[0])
    shelf.put(202401)
    shelf.put()
    with shelf.new_entries() as written:
        for _ in range(2):
            run(clinic, "submissions", "purge", "--delete")
    assert [(entry.account_id, entry.action) for entry in written] == [(COMMAND_LINE, "purged")]


def test_accounts_made_and_renewed_at_the_command_line_are_written(clinic: Flask, collection: Collection) -> None:
    shelf = Shelf(clinic, collection.questionnaires[0])
    with shelf.new_entries() as written:
        run(clinic, "staff", "first")
        run(clinic, "staff", "add", typed="sam@clinic.example\n\n")
        run(clinic, "staff", "add", typed="sam@clinic.example\n\n")
        run(clinic, "staff", "renew", typed="sam@clinic.example\n")
    assert actions(written) == [Action.ACCOUNT_ADDED, Action.ACCOUNT_ADDED, Action.ACCOUNT_RENEWED]
    assert {entry.account_id for entry in written} == {COMMAND_LINE}
