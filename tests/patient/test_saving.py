"""Saving for later on both databases: announced first, one encrypted row in any case, the return code until noted."""

from __future__ import annotations

import base64
import hashlib
import logging
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening.authoring.loader import Collection
from screening.patient.draft import Draft
from screening.site import site_of
from screening.storage import notices, patient_codes, saved_drafts
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from tests.patient.test_sharing import away
from tests.support.endless_windows import at_most
from tests.support.page_checker import Page
from tests.support.saving_patient import AGAIN, LATER, LINK, NOON, SAVE, Saver, later_clock, quick
from tests.support.settings import TestConfig
from tests.support.sharing_patient import SHARE, WRITTEN, Clock
from tests.support.site_changes import change_limits

__all__ = ["later_clock", "quick"]


@pytest.fixture
def patient(clinic: Flask, collection: Collection) -> Saver:
    return Saver(clinic, collection)


@pytest.fixture
def either(either_clinic: Flask, collection: Collection) -> Saver:
    """The same, on either database."""
    return Saver(either_clinic, collection)


def press_on(patient: Saver, page: Page, button: str = SAVE) -> Page:
    """Press a button of a page that was opened earlier."""
    patient.page, patient._address = page, page.path
    return patient.press(button)


def test_the_link_stands_on_questions_and_on_the_check_page_and_not_on_the_pause(patient: Saver) -> None:
    patient.start()
    while not patient.page.path.endswith("/check"):
        assert (LINK in patient.page.links) == (not patient.page.path.endswith("/pause"))
        patient.step()
    assert patient.follow(LINK).path == LATER
    patient.open("/reflection/summary")
    assert "You can save your answers before you share them, not after." in patient.page.text
    assert patient.follow(LINK).path == LATER


def test_a_question_with_a_mistake_and_one_that_is_changed_lead_to_saving_too(patient: Saver) -> None:
    patient.start()
    patient.answer("Myself")
    patient.press("Continue")
    assert patient.follow(LINK).heading == "Save your answers for later?"
    patient.open("/reflection/1?change=1")
    assert patient.follow(LINK).path == LATER


def test_it_is_said_first_what_is_stored_and_until_when_and_looking_stores_nothing(
    patient: Saver, later_clock: Clock
) -> None:
    later_clock(NOON)
    page = patient.begin()
    assert page.heading == "Save your answers for later?"
    assert "What you only ticked is not saved." in page.text
    assert "A scrambled form of the return code" in page.text
    assert "December 5, 2026, 14 days from today" in page.text
    assert "neither staff nor whoever runs the server can open what you saved without it" in page.text
    assert "Anyone who has the return code can open your answers." in page.text
    assert "nobody can find them again" in page.text
    assert patient.follow("Don’t save").path == "/reflection/3"
    assert patient.saved() == []
    assert patient.open("/reflection/2").ticked == {"mood"}


def test_what_is_stored_are_three_columns_and_the_day_that_was_shown(either: Saver, later_clock: Clock) -> None:
    later_clock(NOON)
    either.begin()
    later_clock(NOON + timedelta(hours=13))
    either.save()
    assert "until December 5, 2026" in either.page.text
    (row,) = either.saved()
    assert list(row) == ["id", "sealed", "last_day"]
    assert row["last_day"] == date(2026, 12, 5)


def test_the_code_is_repeated_until_it_is_written_down_and_then_nothing_is_left(patient: Saver) -> None:
    patient.begin()
    code = patient.save()
    assert patient_codes.parse_code(code, CodeKind.RETURN)
    for path in (LATER, "/reflection/1", "/reflection/check", "/reflection/share", "/reflection/pause"):
        assert patient.open(path).path == LATER
        assert patient.code == code
    assert patient.open("/").links["See your return code"] == LATER
    assert "Have you written down your return code?" in patient.page.text
    assert patient.open("/help").links["See your return code"] == LATER
    patient.open(LATER)
    assert patient.press(WRITTEN).heading == "Cleared from this browser"
    assert patient.cookie == ""
    assert patient.open(LATER).path == "/reflection/"


def test_what_was_saved_is_no_longer_in_the_cookie(patient: Saver) -> None:
    patient.begin()
    patient.save()
    draft = patient.held["draft"]
    assert (draft["answers"], draft["dropped"], draft["mistake"]) == ({}, "", "")


def test_saved_twice_from_two_windows_it_is_one_row_with_one_code(either: Saver) -> None:
    in_one = either.begin()
    in_other = either.open(LATER)
    code = press_on(either, in_one) and either.code
    assert press_on(either, in_other).heading == "Your answers are saved"
    assert either.code == code
    assert len(either.saved()) == 1


def test_pressed_twice_at_once_it_is_one_row_with_one_code(either: Saver) -> None:
    either.begin()
    either.sends()
    assert either.save()
    assert len(either.saved()) == 1


def test_killed_between_commit_and_page_and_tried_again_the_code_opens_one_row(either: Saver) -> None:
    either.begin()
    either.sends()
    (first,) = either.saved()
    either.open("/reflection/1?change=1")
    either.answer("I'm just learning")
    either.follow(LINK)
    code = either.save()
    (second,) = either.saved()
    assert second["id"] != first["id"]
    either.press(WRITTEN)
    assert either.come_back(code).heading == AGAIN
    assert either.open("/reflection/1").ticked == {"learning"}


def test_answers_changed_in_another_window_are_the_ones_that_are_saved(patient: Saver) -> None:
    asks = patient.begin()
    patient.open("/reflection/1?change=1")
    patient.answer("I'm just learning")
    press_on(patient, asks)
    code = patient.code
    patient.press(WRITTEN)
    patient.come_back(code)
    assert patient.open("/reflection/1").ticked == {"learning"}


def test_back_to_the_question_after_saving_keeps_nothing_more(patient: Saver) -> None:
    patient.start()
    asks = patient.answer("Myself")
    patient.follow(LINK)
    code = patient.save()
    patient.page, patient._address = asks, asks.path
    assert patient.answer("Low mood").path == LATER
    assert patient.code == code
    assert patient.held["draft"]["answers"] == {}


def test_a_new_start_has_a_new_return_code(patient: Saver) -> None:
    patient.begin()
    first = patient.save()
    patient.open("/")
    patient.press("Start again and clear the code on this device")
    patient.skip()
    patient.follow(LINK)
    assert patient.save() != first
    assert len(patient.saved()) == 2


def test_with_the_database_away_the_draft_is_kept_and_it_is_told(
    either: Saver, caplog: pytest.LogCaptureFixture
) -> None:
    either.begin()
    with away(either.app):
        either.press(SAVE)
        assert "we do not know if yours arrived" in either.notice
        assert either.open("/reflection/2").ticked == {"mood"}
    (record,) = caplog.records
    assert record.getMessage().startswith("OperationalError in later.save at ")
    caplog.clear()
    either.open(LATER)
    assert either.save()
    assert len(either.saved()) == 1


def test_what_is_fixed_for_sharing_cannot_be_saved_and_it_is_told_why(patient: Saver) -> None:
    patient.finish()
    for path in ("/reflection/check", "/reflection/2", "/reflection/summary", "/help"):
        assert LINK not in patient.open(path).links
    page = patient.open(LATER)
    assert page.heading == "These answers cannot be saved for later"
    assert "saving would store them a second time" in page.text
    assert not page.find("//main//form")
    assert page.links["Go on where you were"] == "/reflection/check"
    assert patient.saved() == []


def test_a_form_from_before_its_record_was_fixed_saves_nothing(patient: Saver) -> None:
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    asks = patient.follow(LINK)
    patient.open("/reflection/share")
    assert press_on(patient, asks).heading == "These answers cannot be saved for later"
    assert patient.saved() == []
    patient.open("/reflection/share")
    patient.share()
    assert press_on(patient, asks).heading == "Your answers were shared"
    assert patient.saved() == []


def test_a_form_that_nothing_was_fixed_for_saves_nothing_and_asks(patient: Saver) -> None:
    asks = patient.begin()
    patient.open("/")
    patient.press("Start again and clear the answers on this device")
    patient.skip()
    assert press_on(patient, asks).heading == "Save your answers for later?"
    assert patient.saved() == []


def test_where_nothing_was_sent_there_is_nothing_to_save_and_it_is_told_what_counts(patient: Saver) -> None:
    asks = patient.begin()
    patient.open("/")
    patient.press("Start again and clear the answers on this device")
    page = patient.follow(LINK)
    assert page.heading == "There is nothing to save yet"
    assert "An answer counts once you press Continue or Skip." in page.text
    assert not page.find("//main//form")
    assert page.links["Go on where you were"] == "/reflection/1"
    assert press_on(patient, asks).heading == "There is nothing to save yet"
    assert patient.saved() == []


def test_who_stops_at_the_pause_can_save_and_the_code_says_where_it_opens(patient: Saver) -> None:
    patient.start()
    patient.answer("I'm just learning")
    patient.skip()
    assert patient.page.links["Stop here"] == "/help#stop"
    patient.follow("Stop here")
    assert patient.page.find("//h2[@id='stop']")
    patient.follow(LINK)
    patient.save()
    assert "open this address: localhost/return" in patient.page.text


def test_without_a_draft_saving_leads_to_the_start_page(patient: Saver) -> None:
    assert patient.open(LATER).path == "/reflection/"
    data = {"csrf_token": str(patient.page.find("//input[@name='csrf_token']")[0].get("value"))}
    assert patient.client.post(LATER, data=data, follow_redirects=True).request.path == "/reflection/"
    assert patient.saved() == []


def test_a_lapsed_draft_saves_nothing_and_is_told(patient: Saver, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.begin()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 3 * 60 * 60)
    assert patient.press(SAVE).heading == "Your answers were cleared"
    assert patient.saved() == []


def test_over_the_hourly_cap_saving_pauses_staff_are_told_and_a_retry_still_gets_its_code(
    either: Saver, collection: Collection
) -> None:
    change_limits(either.app, saves=at_most(1))
    either.begin()
    either.sends()
    other = Saver(either.app, collection)
    other.begin()
    other.press(SAVE)
    assert "Saving is paused" in other.notice
    assert "still in this browser" in other.notice
    assert len(either.saved()) == 1
    with either.app.app_context():
        assert [kind for _, kind in notices.notices_since(db.session, 0)] == ["saving-paused"]
    assert either.save()
    assert len(either.saved()) == 1


def test_what_was_not_saved_is_given_back_to_the_cap_and_a_retry_counts_once(
    either: Saver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperationalError("insert", None, Exception("full"))

    limit = at_most(2)
    change_limits(either.app, saves=limit)
    either.begin()
    with monkeypatch.context() as patch:
        patch.setattr(saved_drafts, "save_draft", refuse)
        either.press(SAVE)
    assert sum(limit.cell.numbers()) == 0
    either.sends()
    assert sum(limit.cell.numbers()) == 1
    either.press(SAVE)
    assert sum(limit.cell.numbers()) == len(either.saved()) == 1


def test_many_codes_at_a_time_wait_a_moment_and_the_answers_stay(patient: Saver) -> None:
    change_limits(patient.app, return_codes=at_most(1))
    patient.begin()
    patient.sends()
    patient.press(SAVE)
    assert "Wait a minute, then try again." in patient.notice
    assert patient.open("/reflection/2").ticked == {"mood"}


def test_the_emptiest_and_the_fullest_draft_are_stored_in_the_same_length(patient: Saver) -> None:
    patient.start()
    patient.skip()
    patient.follow(LINK)
    patient.save()
    patient.press(WRITTEN)
    patient.start()
    while not patient.page.path.endswith("/check"):
        if patient.page.path.endswith("/pause"):
            patient.follow("Keep going")
            continue
        labels = list(patient.page.choices)
        alone = patient.page.find("//p[@class='or']")
        is_many = bool(patient.page.find("//input[@type='checkbox']"))
        patient.answer(*(labels[: len(labels) - len(alone)] if is_many else labels[:1]))
    patient.follow(LINK)
    patient.save()
    lengths = [len(row["sealed"]) for row in patient.saved() if isinstance(row["sealed"], bytes)]
    assert lengths == 2 * [saved_drafts.SEALED_LENGTH + 28]


def test_without_the_code_database_and_keys_of_the_site_open_nothing(
    patient: Saver, collection: Collection, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        code = patient_codes.parse_code(patient.save_and_go("Cravings and recovery", "Low mood"), CodeKind.RETURN)
    assert caplog.records == []
    (row,) = patient.saved()
    one, sealed = row["id"], row["sealed"]
    assert isinstance(one, bytes)
    assert isinstance(sealed, bytes)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("screening.sqlite*"))
    start = files.index(sealed[:64])
    lies = files[start - 200 : start] + sealed
    # The questions themselves are stored; nothing of this draft may be readable.
    telling = {option.id for question in collection.questionnaires[0].questions for option in question.options}
    telling |= {question.id for question in collection.questionnaires[0].questions} | {"reflection", "answers"}
    assert [name for name in telling if len(name) > 3 and name.encode() in lies] == []
    assert code.encode() not in files
    assert hashlib.sha256(code.encode()).digest() not in files
    config = TestConfig()
    keys = [*config.draft_keys, *config.code_keys, *config.staff_keys]
    for key in keys:
        with pytest.raises(InvalidToken):
            Fernet(key).decrypt(base64.urlsafe_b64encode(sealed))
    secrets = [base64.urlsafe_b64decode(key) for key in keys]
    secrets += [hashlib.sha256(key.encode()).digest() for key in (*keys, config.form_key, config.audit_key)]
    secrets += [place.key for guess in ("", "0" * 12) for place in saved_drafts.draft_slots(guess, keys)]
    for secret in secrets:
        with pytest.raises(InvalidTag):
            AESGCM(secret).decrypt(sealed[:12], sealed[12:], one)
    assert saved_drafts._decrypt(saved_drafts.draft_slots(code, config.code_keys)[0], sealed)


def test_what_is_sealed_is_the_draft_without_its_return_code(patient: Saver) -> None:
    patient.begin()
    before = Draft.read(patient.held, site_of(patient.app).questionnaires[0])
    assert before
    code = patient_codes.parse_code(patient.save(), CodeKind.RETURN)
    with patient.app.app_context():
        found = saved_drafts.open_saved_draft(
            db.session, saved_drafts.draft_slots(code, TestConfig.code_keys), NOON.date()
        )
        assert found
    assert found.content == before.as_saved()
    assert code.encode() not in found.content
    assert before.code.encode() in found.content
    assert b'"interests":"mood"' in found.content


def test_who_shares_after_going_on_has_one_record(patient: Saver) -> None:
    code = patient.save_and_go()
    patient.come_back(code)
    patient.follow("Go on where you were")
    while not patient.page.path.endswith("/check"):
        patient.step()
    patient.open("/reflection/share")
    patient.press(SHARE)
    assert patient.page.heading == "Your answers were shared"
    assert len(patient.rows()) == 1
    assert patient.saved() == []
