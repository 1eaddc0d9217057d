"""Deleting one submission: managers alone, asked first, written first, gone as a patient's own deletion leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening.questionnaire.loader import Collection
from screening.storage import audit, codes
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.submissions import State
from tests.pages import Patient, said
from tests.staff.shelf import OPEN_WEEK, Shelf, actions, path
from tests.staff.staff import Staff


@pytest.fixture
def manager(shelf: Shelf) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(MANAGER)
    return staff


def is_there(staff: Staff, address: str) -> bool:
    return staff.open(address).status == 200


def test_a_manager_deletes_one_submission_after_being_told_what_goes(shelf: Shelf, manager: Staff) -> None:
    one, other = shelf.put(), shelf.put()
    shelf.mark(one, State.SET_ASIDE)
    manager.open(path(one))
    page = manager.open(manager.page.links["Delete this submission"])
    for words in ("the answers", "reviewed or set aside", "copies in backups"):
        assert words in page.text
    assert page.links["No, go back"] == path(one)
    with shelf.new_entries() as written:
        page = manager.press("Yes, delete it")
    assert (page.path, "The submission is deleted." in page.text) == ("/staff/submissions", True)
    assert said(page.find("//main//a[@aria-current='page']")[0]) == "Set aside"
    assert actions(written) == [Action.RECORD_DELETED, Action.LIST_READ]
    assert written[0].account_id == manager.account().id
    assert not is_there(manager, path(one))
    assert is_there(manager, path(other))


def test_it_leaves_the_files_as_a_patient_s_own_deletion_does(
    clinic: Flask, collection: Collection, tmp_path: Path
) -> None:
    shelf, manager = Shelf(clinic, collection.questionnaires[0]), Staff(clinic)
    manager.sign_in(MANAGER)
    record = shelf.put(interests="cravings mood")
    manager.open(path(record) + "/delete")
    manager.press("Yes, delete it")
    # The server still runs: what it wrote lies in the log beside the file, unless that was emptied.
    for file in tmp_path.glob("screening.sqlite*"):
        assert record.ref not in file.read_bytes(), file.name


def test_the_patient_s_code_then_opens_nothing(shelf: Shelf, manager: Staff, collection: Collection) -> None:
    code = codes.make()
    record = shelf.put(OPEN_WEEK, code)
    assert not is_there(manager, path(record) + "/delete"), "an open week's is there by its code alone"
    manager.open("/staff/look-up")
    manager.press("Look up", code=code)
    manager.open(manager.page.links["Delete this submission"])
    manager.press("Yes, delete it")
    patient = Patient(shelf.app, collection.wording)
    patient.open("/code")
    assert "Nothing is stored under this code." in patient.type("code", code).press("See what I shared").text


def test_a_reviewer_is_not_offered_it_and_cannot(shelf: Shelf, reviewer: Staff) -> None:
    record = shelf.put()
    assert "Delete this submission" not in reviewer.open(path(record)).links
    token = {"csrf_token": reviewer.hidden("Sign out")["csrf_token"]}
    assert reviewer.open(path(record) + "/delete").status == 403
    assert reviewer.client.post(path(record) + "/delete", data=token).status_code == 403
    assert is_there(reviewer, path(record))


def test_what_cannot_be_written_is_not_deleted(shelf: Shelf, manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    record = shelf.put()
    manager.open(path(record) + "/delete")
    with monkeypatch.context() as broken:
        broken.setattr(audit, "append", fail)
        assert manager.press("Yes, delete it").status == 503
    assert is_there(manager, path(record))
