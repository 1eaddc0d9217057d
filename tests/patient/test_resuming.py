"""Resuming with a return code, on both databases: the draft arrives first, then the saved row is deleted."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest
from flask import Flask
from sqlalchemy import event, update

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.storage import patient_codes, saved_drafts
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.storage.tables import SavedDraft
from tests.patient.test_sharing import away
from tests.support.endless_windows import at_most
from tests.support.saving_patient import AGAIN, GO_ON, INSTEAD, NOON, Saver, later_clock, quick
from tests.support.settings import TestConfig
from tests.support.sharing_patient import SHARE, WRITTEN, Clock, slip
from tests.support.site_changes import change_limits, change_site

__all__ = ["later_clock", "quick"]


@pytest.fixture
def patient(clinic: Flask, collection: Collection) -> Saver:
    return Saver(clinic, collection)


@pytest.fixture
def either(either_clinic: Flask, collection: Collection) -> Saver:
    """The same, on either database."""
    return Saver(either_clinic, collection)


@pytest.fixture
def code(patient: Saver) -> str:
    """The return code of two answers that the device has forgotten."""
    return patient.save_and_go("Low mood", "Cravings and recovery")


def asked(patient: Saver, typed: str) -> tuple[list[str], int]:
    """Counts the SQL statements and key stretchings of a typed code."""
    statements: list[str] = []
    stretched: list[object] = []
    real = hashlib.scrypt

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def scrypt(*code: bytes, **settings: int) -> bytes:
        stretched.append(code)
        return real(*code, **settings)  # type: ignore[arg-type]

    with patient.app.app_context():
        engine = db.engine
    token = str(patient.open("/return").find("//input[@name='csrf_token']")[0].get("value"))
    event.listen(engine, "before_cursor_execute", note)
    hashlib.scrypt = scrypt  # type: ignore[assignment]
    patient.client.post("/return", data={"csrf_token": token, "code": typed})
    hashlib.scrypt = real
    event.remove(engine, "before_cursor_execute", note)
    return statements, len(stretched)


def test_the_draft_is_here_again_on_another_device_and_what_was_saved_is_deleted(
    either: Saver, collection: Collection
) -> None:
    code = either.save_and_go("Low mood", "Cravings and recovery")
    other = Saver(either.app, collection)
    other.open("/")
    other.follow("Go on with a return code")
    page = other.type("code", code.lower().replace("-", " ")).press(GO_ON)
    assert page.heading == AGAIN
    assert "What was saved with us is deleted" in page.text
    assert other.saved() == []
    assert other.follow("Go on where you were").path == "/reflection/3"
    assert other.open("/reflection/1").ticked == {"myself"}
    assert other.open("/reflection/2").ticked == {"mood", "cravings"}


def test_the_page_that_says_so_can_be_loaded_again_and_keeps_no_code(patient: Saver, code: str) -> None:
    patient.come_back(code)
    assert patient.open("/return/here").heading == AGAIN
    assert patient_codes.parse_code(code, CodeKind.RETURN) not in str(patient.held)
    assert patient.open("/return").find("//input[@id='code']")[0].get("value") == ""


def test_the_address_never_holds_the_code(patient: Saver, code: str) -> None:
    assert patient.come_back(code).path == "/return/here"
    assert not any(code in address for address in patient.page.links.values())


def test_a_code_opens_once(patient: Saver, code: str) -> None:
    patient.come_back(code)
    patient.client.delete_cookie("draft")
    patient.come_back(code)
    assert "somebody went on with it already, or its 14 days are over." in patient.error


def test_an_answer_that_never_arrives_loses_nothing(patient: Saver, code: str) -> None:
    patient.open("/return")
    patient.type("code", code)
    patient.sends()
    assert len(patient.saved()) == 1
    assert patient.come_back(code).heading == AGAIN
    assert patient.saved() == []


def test_pressed_twice_it_is_here_and_changed_answers_stay(patient: Saver, code: str) -> None:
    asks = patient.open("/return")
    patient.type("code", code)
    before = dict(patient.typed)
    patient.client.post("/return", data=before | {"csrf_token": patient_token(patient)})
    patient.open("/reflection/1?change=1")
    patient.answer("I'm just learning")
    patient.page, patient._address = asks, "/return"
    assert patient.type("code", code).press(GO_ON).heading == AGAIN
    assert patient.open("/reflection/1").ticked == {"learning"}
    assert patient.saved() == []


def patient_token(patient: Saver) -> str:
    return str(patient.page.find("//input[@name='csrf_token']")[0].get("value"))


def test_another_draft_on_the_device_is_asked_about_first(patient: Saver, code: str) -> None:
    patient.start()
    patient.answer("I'm just learning")
    page = patient.open("/return")
    assert "It is cleared here when you go on with a return code." in patient.notice
    assert page.links["Go on with what is here"] == "/reflection/2"
    assert patient.come_back(code, INSTEAD).heading == AGAIN
    assert patient.open("/reflection/1").ticked == {"myself"}


def test_a_draft_begun_in_another_window_is_not_overwritten_unseen(patient: Saver, code: str) -> None:
    asks = patient.open("/return")
    patient.start()
    patient.answer("I'm just learning")
    patient.page, patient._address = asks, "/return"
    page = patient.type("code", code).press(GO_ON)
    assert page.path == "/return"
    assert "Something is on this device already." in patient.notice
    assert page.find("//input[@name='code']")[0].get("value") == code
    assert patient.held["draft"]["answers"] == {"asking-for": "learning"}
    assert len(patient.saved()) == 1
    assert patient.press(INSTEAD).heading == AGAIN


def test_a_code_that_came_in_another_window_does_not_go_where_only_answers_were_named(
    patient: Saver, code: str
) -> None:
    patient.begin()
    asks = patient.open("/return")
    patient.open("/reflection/later")
    own = patient.save()
    patient.page, patient._address = asks, "/return"
    page = patient.type("code", code).press(INSTEAD)
    assert page.path == "/return"
    assert "Have you written down your return code?" in page.text
    assert patient.open("/reflection/later").find("//p[@class='code']")[0].text_content() == own
    assert patient.come_back(code, INSTEAD).heading == AGAIN


def test_a_draft_without_an_answer_is_nobodys_loss(patient: Saver, code: str) -> None:
    patient.start()
    assert patient.come_back(code).heading == AGAIN


def test_a_code_that_is_not_written_down_yet_is_asked_about(patient: Saver, code: str) -> None:
    patient.finish()
    patient.press(SHARE)
    assert patient.open("/return").links["See your code"] == "/reflection/share"
    assert "Have you written down your code?" in patient.page.text
    patient.client.delete_cookie("draft")
    patient.begin()
    own = patient.save()
    assert patient.open("/return").links["See your return code"] == "/reflection/later"
    token = patient_token(patient)
    told = patient.client.post("/return", data={"csrf_token": token, "code": code})
    assert told.location == "/return"
    here = patient.client.post("/return", data={"csrf_token": token, "code": own})
    assert here.location == "/return/here", "its own code is not lost: it was just typed"


def test_a_share_code_gets_a_kind_word_and_nothing_is_looked_up(patient: Saver) -> None:
    patient.finish()
    shared = patient.share()
    patient.press(WRITTEN)
    for typed in (shared, patient_codes.make_code()):
        assert asked(patient, typed) == ([], 0)
        page = patient.come_back(typed)
        assert "This looks like the code of shared answers." in patient.error
        assert page.find("//main//a[@href='/code']")


def test_a_return_code_on_the_page_for_shared_records_does_too(patient: Saver, code: str) -> None:
    for typed in (code, patient_codes.make_code(CodeKind.RETURN)):
        page = patient.look_up(typed)
        assert "This looks like a return code." in patient.error
        assert page.find("//main//a[@href='/return']")
    assert len(patient.saved()) == 1


def test_a_slip_is_told_without_looking_anything_up_and_what_was_typed_is_kept(patient: Saver, code: str) -> None:
    wrong = slip(code)
    assert asked(patient, wrong) == ([], 0)
    patient.come_back(wrong)
    assert "a character in it is wrong" in patient.error
    assert patient.page.find("//input[@name='code']")[0].get("value") == wrong
    assert wrong not in patient.open("/return").tree.text_content(), "it is shown once"
    patient.come_back("  ")
    assert "Type your return code." in patient.error


def test_found_or_not_the_work_is_the_same(either: Saver) -> None:
    code = either.save_and_go("Low mood", "Cravings and recovery")
    found, missing = asked(either, code), asked(either, patient_codes.make_code(CodeKind.RETURN))
    assert found == missing
    # Whether the clock may be wrong, and the draft.
    assert (len(found[0]), found[1]) == (2, 1)


def test_with_the_database_away_it_is_told_and_the_code_is_kept(
    either: Saver, caplog: pytest.LogCaptureFixture
) -> None:
    code = either.save_and_go("Low mood", "Cravings and recovery")
    with away(either.app):
        either.come_back(code)
        assert "We cannot reach the place" in either.notice
        assert either.page.find("//input[@name='code']")[0].get("value") == code
    either.open("/return")
    token = patient_token(either)
    assert either.client.post("/return", data={"csrf_token": token, "code": code}).location == "/return/here"
    with away(either.app):
        page = either.open("/return/here")
        assert page.heading == AGAIN
        assert "We could not delete what was saved with us yet." in either.notice
    assert len(either.saved()) == 1
    assert "What was saved with us is deleted" in either.open("/return/here").text
    assert either.saved() == []
    (record,) = caplog.records
    assert record.getMessage().startswith("OperationalError in returning.returned at ")
    caplog.clear()


def test_too_many_tries_wait_for_the_whole_site_and_no_address_is_counted(
    patient: Saver, collection: Collection
) -> None:
    limit = at_most(2)
    change_limits(patient.app, return_codes=limit)
    several = [patient, Saver(patient.app, collection)]
    for patient in several:
        patient.come_back("ABCD-EFGH-JKMN")
        assert "a character in it is wrong" in patient.error, "a slip of the finger is not counted"
        patient.client.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        patient.come_back(patient_codes.make_code(CodeKind.RETURN))
        assert "Nothing is saved" in patient.error
    for patient in several:
        patient.come_back(patient_codes.make_code(CodeKind.RETURN))
        assert "Wait a minute" in patient.notice
    assert [kept for kept in limit.cell.numbers() if kept] == [2], "nothing but how many there were"


def test_after_its_last_day_it_opens_nothing_though_nobody_purged(either: Saver, later_clock: Clock) -> None:
    later_clock(NOON)
    code = either.save_and_go()
    later_clock(NOON + timedelta(days=15))
    either.come_back(code)
    assert "its 14 days are over" in either.error
    later_clock(NOON + timedelta(days=14))
    assert either.come_back(code).heading == AGAIN


def test_an_older_key_still_opens_what_it_sealed(either: Saver) -> None:
    code = either.save_and_go("Low mood", "Cravings and recovery")
    change_site(either.app, code_keys=("a newer key",))
    either.come_back(code)
    assert "Nothing is saved" in either.error
    change_site(either.app, code_keys=("a newer key", *TestConfig.code_keys))
    assert either.come_back(code).heading == AGAIN
    assert either.saved() == []


def test_of_an_older_version_what_still_exists_is_kept_and_it_is_told(
    patient: Saver, collection: Collection, tmp_path: Path
) -> None:
    code = patient.save_and_go("Low mood")
    other = Saver(changed(patient, tmp_path, "          mood: {say: Low mood, topics: [mood]}\n", ""), collection)
    assert other.come_back(code).heading == AGAIN
    page = other.follow("Go on where you were")
    assert page.path == "/reflection/2"
    assert "These questions were updated after you began." in page.text
    with other.app.app_context():
        db.engine.dispose()


def test_what_belongs_to_questions_that_are_gone_stays_and_is_told(
    patient: Saver, collection: Collection, tmp_path: Path
) -> None:
    code = patient.save_and_go()
    other = Saver(changed(patient, tmp_path, "id: ketamine-therapy", "id: another"), collection)
    other.come_back(code)
    assert "cannot be opened any more, because this site has changed since" in other.notice
    assert len(other.saved()) == 1
    with other.app.app_context():
        db.engine.dispose()


def test_what_was_tampered_with_is_told(patient: Saver) -> None:
    code = patient.save_and_go()
    with patient.app.app_context():
        db.session.execute(update(SavedDraft).values(sealed=bytes(saved_drafts.SEALED_LENGTH + 28)))
        db.session.commit()
    patient.come_back(code)
    assert "cannot be opened any more" in patient.notice


def changed(patient: Saver, place: Path, words: str, other: str) -> Flask:
    """The site with the same database and other questions."""
    folder = copytree(TestConfig.questions, place / "questions")
    (folder / "ketamine-therapy" / "es.yaml").unlink()
    file = folder / "ketamine-therapy" / "questionnaire.yaml"
    text = file.read_text()
    assert words in text
    file.write_text(text.replace(words, other, 1))
    with patient.app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)
    return create_app(TestConfig(database_url=url, questions=folder))


def test_the_page_that_says_so_leads_on_where_nothing_came_back(patient: Saver) -> None:
    assert patient.open("/return/here").path == "/return"
    patient.start()
    assert patient.open("/return/here").path == "/reflection/1"


def test_who_begins_after_somebody_went_on_or_erred_finds_nothing_of_it(patient: Saver) -> None:
    code = patient.save_and_go()
    patient.come_back(code)
    patient.open("/")
    patient.press("Start again and clear the answers on this device")
    assert "returned" not in patient.held
    token = patient_token(patient)
    patient.client.post("/return", data={"csrf_token": token, "code": "mistyped"})
    patient.open("/")
    patient.press("Start again and clear the answers on this device")
    assert "mistyped" not in str(patient.held)


def test_it_can_be_saved_again_with_a_new_code(patient: Saver, code: str) -> None:
    patient.come_back(code)
    patient.open("/reflection/later")
    assert patient.save() != code
    assert len(patient.saved()) == 1


def test_no_log_line_tells_of_it_and_no_file_holds_it(
    patient: Saver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        code = patient.save_and_go()
        (row,) = patient.saved()
        patient.come_back(code)
    assert caplog.records == []
    files = b"".join(path.read_bytes() for path in tmp_path.glob("screening.sqlite*"))
    assert isinstance(row["id"], bytes)
    assert isinstance(row["sealed"], bytes)
    assert row["id"] not in files
    assert row["sealed"][40:80] not in files
