"""Deleting one submission: managers only, confirmed, audited first, and as thorough as a patient's deletion."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from lxml.html import tostring
from sqlalchemy.exc import OperationalError

from screening.authoring.loader import Collection
from screening.storage import audit, patient_codes
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.submissions import ReviewState
from tests.storage.test_secure_delete import held_still
from tests.support.page_checker import Patient, text_of
from tests.support.sample_submissions import CLOSED_WEEK, OPEN_WEEK, Shelf, actions, path
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff


def is_there(staff: Staff, address: str) -> bool:
    return staff.open(address).status == 200


def test_a_manager_deletes_one_submission_after_being_told_what_goes(shelf: Shelf, manager: Staff) -> None:
    one, other = shelf.put(), shelf.put()
    shelf.mark(one, ReviewState.SET_ASIDE)
    manager.open(path(one))
    page = manager.open(manager.page.links["Delete this submission"])
    for words in ("the answers", "its review state", "copies in backups"):
        assert words in page.text
    assert page.links["No, go back"] == path(one)
    with shelf.new_entries() as written:
        page = manager.press("Yes, delete it")
    assert (page.path, "The submission is deleted." in page.text) == ("/staff/submissions", True)
    assert text_of(page.find("//main//a[@aria-current='page']")[0]) == "Set aside 0"
    assert actions(written) == [Action.RECORD_DELETED, Action.LIST_READ]
    assert written[0].account_id == manager.account().id
    with shelf.app.app_context():
        assert written[0].about == audit.record_mac(TestConfig.audit_key, one.ref)
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
    # While the server runs, its writes are in the WAL next to the file, unless that was emptied.
    for file in tmp_path.glob("screening.sqlite*"):
        assert record.ref not in file.read_bytes(), file.name


@pytest.mark.parametrize("week", [OPEN_WEEK, CLOSED_WEEK])
def test_what_a_code_opened_is_deleted_without_a_mark_and_the_code_then_opens_nothing(
    shelf: Shelf, manager: Staff, collection: Collection, week: int
) -> None:
    code = patient_codes.make_code()
    record = shelf.put(week, code)
    assert is_there(manager, path(record) + "/delete") is (week == CLOSED_WEEK), "an open week's by its code alone"
    manager.open("/staff/look-up")
    address = manager.press("Look up", code=code).path
    page = manager.open(manager.page.links["Delete this submission"])
    assert page.links["No, go back"] == address
    assert record.ref.hex() not in tostring(page.tree, encoding="unicode")
    with shelf.new_entries() as written:
        page = manager.press("Yes, delete it")
    assert [(entry.action, entry.about) for entry in written] == [("record deleted", b"")]
    assert (page.path, "The submission is deleted." in page.text) == ("/staff/look-up", True)
    for gone in (address, f"{address}/delete"):
        assert manager.open(gone).status == 404
    assert manager.client.post(f"{address}/delete", data=manager.hidden("Look up")).status_code == 404
    patient = Patient(shelf.app, collection.wording)
    patient.open("/code")
    assert "Nothing is stored under this code." in patient.type("code", code).press("See what I shared").text


@pytest.mark.parametrize("is_by_code", [False, True])
def test_while_an_export_reads_the_page_says_that_a_copy_stays(
    shelf: Shelf, manager: Staff, collection: Collection, is_by_code: bool
) -> None:
    code = patient_codes.make_code()
    record = shelf.put(code=code)
    shelf.put()
    if is_by_code:
        manager.open("/staff/look-up")
        manager.press("Look up", code=code)
        manager.open(manager.page.links["Delete this submission"])
    else:
        manager.open(path(record) + "/delete")
    with held_still(shelf.app):
        page = manager.press("Yes, delete it")
    assert "The submission is deleted, and nobody can open it. A hidden copy stays" in page.text
    assert manager.open(path(record)).status == 404


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
        broken.setattr(audit, "append_entry", fail)
        assert manager.press("Yes, delete it").status == 503
    assert is_there(manager, path(record))
