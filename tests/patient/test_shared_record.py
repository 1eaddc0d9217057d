"""The page for the patient's code, on both databases: forgiving, informative, with the same work found or not."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from screening.authoring.loader import Collection
from screening.storage import patient_codes
from screening.storage.database import db
from tests.patient.test_sharing import away
from tests.storage.test_secure_delete import held_still
from tests.support.endless_windows import at_most
from tests.support.settings import TestConfig
from tests.support.sharing_patient import Sharer, slip
from tests.support.site_changes import change_limits, change_site


@pytest.fixture
def patient(either_clinic: Flask, collection: Collection) -> Sharer:
    return Sharer(either_clinic, collection)


@pytest.fixture
def code(patient: Sharer) -> str:
    """The code of a stored record that the device has forgotten."""
    patient.finish("Cravings and recovery", "Low mood")
    code = patient.share()
    patient.client.delete_cookie("draft")
    return code


def error(patient: Sharer) -> str:
    """Return the error at the page's field."""
    return patient.page.find("//p[@id='error']")[0].text_content()


def notice(patient: Sharer) -> str:
    """Return the notice above the page's heading."""
    return patient.page.find("//*[@role='status']")[0].text_content()


def asked(patient: Sharer, typed: str) -> list[str]:
    """Records the SQL statements of looking up a code."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with patient.app.app_context():
        engine = db.engine
    token = str(patient.open("/code").find("//input[@name='csrf_token']")[0].get("value"))
    event.listen(engine, "before_cursor_execute", note)
    patient.client.post("/code", data={"csrf_token": token, "code": typed})
    event.remove(engine, "before_cursor_execute", note)
    return statements


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda code: code.replace("-", " "), lambda code: f" {code[:3]} {code[3:]}."]
)
def test_a_code_is_found_however_it_is_typed(patient: Sharer, code: str, typed: object) -> None:
    assert callable(typed)
    page = patient.look_up(typed(code))
    assert page.heading == "What you shared"
    for words in ("Myself", "Cravings and recovery", "Low mood", "Not yet"):
        assert words in page.text


def test_the_address_never_holds_the_code(patient: Sharer, code: str) -> None:
    page = patient.look_up(code)
    assert page.path == "/code"
    assert not any(code in address for address in page.links.values())


def test_a_slip_is_told_without_looking_anything_up_and_what_was_typed_is_kept(patient: Sharer, code: str) -> None:
    wrong = slip(code)
    assert asked(patient, wrong) == []
    patient.look_up(wrong)
    assert "a character in it is wrong" in error(patient)
    assert patient.page.find("//input[@name='code']")[0].get("value") == wrong
    assert wrong not in patient.open("/code").tree.text_content(), "it is shown once"


def test_nothing_typed_is_asked_for(patient: Sharer) -> None:
    patient.look_up("  ")
    assert "Type your code." in error(patient)


def test_a_code_of_nothing_is_told_in_words_that_teach(patient: Sharer) -> None:
    patient.look_up(patient_codes.make_code())
    assert "the answers were deleted, or their 90 days are over." in error(patient)


def test_found_or_not_the_database_is_asked_the_same(patient: Sharer, code: str) -> None:
    found, missing = asked(patient, code), asked(patient, patient_codes.make_code())
    assert found == missing
    # Whether the clock may be wrong, which future weeks hold something, and the record.
    assert len(found) == 3


def test_while_an_export_reads_deleting_says_that_a_copy_stays(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    patient.follow("Delete what I shared")
    with held_still(patient.app):
        page = patient.press("Yes, delete it")
    assert page.heading == "Your code"
    assert "So a copy stays in it until that ends." in page.text
    assert patient.rows() == []


def test_deleting_asks_first_and_says_what_goes(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    patient.follow("Delete what I shared")
    assert patient.page.heading == "Delete what you shared?"
    assert len(patient.rows()) == 1
    assert "Low mood" in patient.page.text
    assert patient.follow("No, keep it").heading == "What you shared"
    patient.follow("Delete what I shared")
    assert "Deleted." in patient.press("Yes, delete it").text
    assert patient.rows() == []
    assert "Nothing is stored under this code" in patient.look_up(code).text


def test_deleting_twice_is_told(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    asks = patient.follow("Delete what I shared")
    patient.press("Yes, delete it")
    patient.page, patient._address = asks, "/code/delete"
    assert "Nothing is stored under this code" in patient.press("Yes, delete it").text


def test_the_code_can_be_cleared_from_the_device_and_the_record_stays(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    assert "What you shared is still stored." in patient.press("Keep it, and clear the code here").text
    assert code not in patient.open("/code").tree.text_content()
    assert len(patient.rows()) == 1


def test_leaving_clears_the_code_from_the_device(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    patient.client.get("/leave")
    assert patient.cookie == ""


def test_with_the_database_away_it_is_told_and_the_code_is_kept(patient: Sharer, code: str) -> None:
    with away(patient.app):
        patient.look_up(code)
        assert "We cannot reach the place" in notice(patient)
        assert patient.page.find("//input[@name='code']")[0].get("value") == code
    assert patient.look_up(code).heading == "What you shared"
    with away(patient.app):
        assert "We cannot reach the place" in patient.open("/code").text
    patient.open("/code/delete")
    with away(patient.app):
        assert "We cannot tell if it was deleted." in patient.press("Yes, delete it").text
    assert len(patient.rows()) == 1


def test_too_many_tries_wait_for_the_whole_site_and_no_address_is_counted(
    clinic: Flask, collection: Collection
) -> None:
    limit = at_most(3)
    change_limits(clinic, look_ups=limit)
    several = [Sharer(clinic, collection) for _ in range(3)]
    for patient in several:
        patient.look_up("ABCD-EFGH-JKMN")
        assert "a character in it is wrong" in error(patient), "a slip of the finger is not counted"
        patient.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        patient.look_up(patient_codes.make_code())
        assert "the answers were deleted" in error(patient)
    for patient in several:
        patient.look_up(patient_codes.make_code())
        assert "Wait a minute" in notice(patient)
    assert [kept for kept in limit.cell.numbers() if kept] == [3], "nothing but how many there were"


def test_an_older_key_still_finds_what_it_named(patient: Sharer, code: str) -> None:
    change_site(patient.app, code_keys=("a newer key", *TestConfig.code_keys))
    assert patient.look_up(code).heading == "What you shared"
    change_site(patient.app, code_keys=("a newer key",))
    assert "Nothing is stored" in patient.look_up(code).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_neither_file_nor_log_holds_a_deleted_record_or_any_code(
    patient: Sharer, code: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (row,) = patient.rows()
    assert isinstance(row["ref"], bytes)
    with caplog.at_level(logging.INFO):
        patient.look_up(code)
        patient.follow("Delete what I shared")
        patient.press("Yes, delete it")
    files = b"".join(path.read_bytes() for path in tmp_path.glob("screening.sqlite*"))
    assert row["ref"] not in files
    assert patient_codes.parse_code(code).encode() not in files
    assert caplog.records == []


def test_who_begins_after_someone_looked_a_code_up_does_not_find_it(patient: Sharer, code: str) -> None:
    patient.look_up(code)
    patient.start()
    assert patient.open("/code").heading == "Your code"
    assert code not in patient.page.tree.text_content()
    patient.look_up("mistyped")
    patient.open("/")
    patient.press("Start again and clear the answers on this device")
    assert "mistyped" not in str(patient.held)


def test_a_code_that_was_not_written_down_yet_is_offered(patient: Sharer) -> None:
    patient.finish()
    patient.share()
    assert patient.open("/code").links["See your code"] == "/reflection/share"
    assert "Have you written down your code?" in patient.open("/").text
    assert "Your code is kept in this browser" in patient.open("/help").text


def spoil(damage: str) -> None:
    """Damage a record as no page does, in ways that SQLite would refuse from the site."""
    with closing(sqlite3.connect(str(db.engine.url.database))) as live, live:
        live.execute(f"UPDATE submission SET {damage}")


@pytest.mark.parametrize(
    "damage", ["answers = 'abc'", "answers = CAST(x'ff' AS TEXT)", "answers = x'00'", "version = 'abc'"]
)
def test_a_damaged_record_of_ones_own_says_so_kindly_and_can_be_deleted(
    clinic: Flask, collection: Collection, damage: str
) -> None:
    patient = Sharer(clinic, collection)
    patient.finish()
    code = patient.share()
    patient.client.delete_cookie("draft")
    with clinic.app_context():
        spoil(damage)
    patient.look_up(code)
    assert patient.page.status == 200
    assert "Your code is right, but we cannot show what is stored under it." in patient.page.text
    patient.open("/code/delete")
    patient.press("Yes, delete it")
    assert "Deleted. Your answers are no longer stored." in patient.page.text


def test_a_damaged_record_of_somebody_else_changes_nothing(clinic: Flask, collection: Collection) -> None:
    patient = Sharer(clinic, collection)
    patient.finish()
    patient.share()
    with clinic.app_context():
        for column in ("answers", "ref", "week", "version", "state"):
            spoil(f"{column} = CAST(x'ff' AS TEXT)")
    patient.client.delete_cookie("draft")
    patient.finish("Low mood")
    code = patient.share()
    patient.client.delete_cookie("draft")
    patient.look_up(code)
    assert "What you shared" in patient.page.text
    assert "Low mood" in patient.page.text
