"""The draft: the cookie's content, how it ends, and how it survives changed questions."""

from __future__ import annotations

import dataclasses
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from config import ROOT
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.patient.draft import Draft
from screening.questionnaire.model import Questionnaire
from screening.web.questionnaire_limits import largest_cookie
from tests.support.page_checker import Patient
from tests.support.settings import TestConfig

TWO_HOURS = 2 * 60 * 60


@pytest.fixture
def questionnaire(collection: Collection) -> Questionnaire:
    return collection.questionnaires[0]


def test_the_cookie_ends_with_the_browser_and_scripts_cannot_read_it(patient: Patient) -> None:
    answer = patient.client.get("/")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("draft=")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=Lax")


def test_under_https_the_cookie_is_bound_to_its_host() -> None:
    app = create_app(TestConfig(is_production=True, trusted_hosts=("clinic.test",)))
    cookie = app.test_client().get("/", base_url="https://clinic.test").headers["Set-Cookie"]
    assert cookie.startswith("__Host-draft=")
    assert "Secure" in cookie


def test_the_answers_cannot_be_read_from_the_cookie(patient: Patient) -> None:
    patient.start()
    patient.answer("Someone I care about")
    cookie = patient.client.get_cookie("draft")
    assert cookie is not None
    assert b"someone" not in cookie.value.encode()
    key = TestConfig.draft_keys[0]
    assert b'"asking-for":"someone"' in Fernet(key).decrypt(cookie.value)


def test_a_page_read_within_ten_minutes_sets_no_cookie_and_a_later_one_renews_it(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient.start()
    assert "Set-Cookie" not in patient.client.get("/reflection/1").headers
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 700)
    assert "Set-Cookie" in patient.client.get("/reflection/1").headers


def test_after_two_hours_the_draft_is_gone_and_the_start_page_says_so(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient.start()
    patient.answer("Myself")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + TWO_HOURS - 60)
    assert patient.open("/reflection/1").ticked == {"myself"}
    monkeypatch.setattr(time, "time", lambda: now + 2 * TWO_HOURS)
    page = patient.open("/reflection/2")
    assert page.path == "/reflection/"
    assert "About two hours went by without a new page" in page.text


def test_an_answer_that_comes_after_two_hours_is_told_so(patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    patient.start()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 2 * TWO_HOURS)
    page = patient.answer("Myself")
    assert (page.status, page.heading) == (400, "Your answers were cleared")


def test_with_cookies_blocked_the_first_press_says_so_and_offers_the_topics(app: Flask, collection: Collection) -> None:
    patient = Patient(app, collection.wording)
    patient.client = app.test_client(use_cookies=False)
    patient.open("/")
    page = patient.press("Start")
    assert (page.status, page.heading) == (400, "Your answers could not be kept")
    assert "Cookies may be blocked" in page.text
    assert page.links["Read the topics"] == "/reflection/topics"


def test_a_form_from_before_leaving_leads_to_the_start_page(patient: Patient) -> None:
    form = patient.start()
    patient.client.get("/leave")
    patient.open("/")
    patient.page, patient._address = form, form.path
    page = patient.answer("Myself")
    assert (page.status, page.heading) == (400, "This page is older than your answers")


@pytest.mark.parametrize("token", ["", "x", "gAAAAA", "a" * 5000, "\\303\\274", "{}"])
def test_a_foreign_cookie_is_no_draft(patient: Patient, token: str) -> None:
    answer = patient.client.get("/reflection/3", headers={"Cookie": f"draft={token}"})
    assert (answer.status_code, answer.location) == (303, "/reflection/")


def test_keys_rotate_without_losing_a_draft(collection: Collection) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    before = Patient(create_app(TestConfig(draft_keys=(old,))), collection.wording)
    before.start()
    before.answer("Myself")
    sealed = before.client.get_cookie("draft")
    assert sealed is not None
    after = Patient(create_app(TestConfig(draft_keys=(new, old))), collection.wording)
    after.client.set_cookie("draft", sealed.value)
    assert after.open("/reflection/1").ticked == {"myself"}


def test_of_an_older_version_what_still_exists_is_kept(questionnaire: Questionnaire) -> None:
    held: dict[str, Any] = {}
    draft = Draft(questionnaire)
    for question, chosen in {"asking-for": ("myself",), "interests": ("mood", "gone"), "tried": ()}.items():
        draft.answers[question] = chosen
    draft.answers["removed"] = ("a",)
    draft.answers["hopes"] = ("gone",)
    draft.write(held)
    held["draft"]["version"] = "older"
    taken = Draft.read(held, questionnaire)
    assert taken is not None
    assert taken.answers == {"asking-for": ("myself",), "interests": ("mood",), "tried": ()}
    assert taken.is_revised
    assert set(taken.dropped) == {"removed", "hopes", "interests/gone"}


def test_picks_of_an_older_version_go_to_what_replaces_them(questionnaire: Questionnaire) -> None:
    held: dict[str, Any] = {}
    draft = Draft(questionnaire)
    draft.first = ("always/2",)
    draft.answers |= {
        "asking-for": ("myself",),
        "interests": ("cravings",),
        "tried": ("medicine", "nothing-yet"),
        "tried-tell": ("hard", "stopped"),
        "bring-up-health": ("medicines", "other-health", "recovery"),
        "bring-up-life": ("worry",),
        "take-along": (),
    }
    draft.write(held)
    held["draft"]["version"] = "older"
    taken = Draft.read(held, questionnaire)
    assert taken is not None
    assert taken.answers == {
        "asking-for": ("myself",),
        "interests": ("cravings",),
        "tried": ("medicine", "hard"),
        "bring-up": ("health", "worry"),
    }
    assert taken.dropped == ("tried-tell/stopped", "bring-up-health/recovery")
    assert taken.dropped_in_words() == ("Why it ended", "My recovery")
    assert taken.first == ()
    spanish = dataclasses.replace(taken, questionnaire=questionnaire.in_language("es"))
    assert spanish.dropped_in_words()[0] == questionnaire.in_language("es").gone["tried-tell/stopped"]


def test_a_patient_is_told_when_the_questions_were_updated(tmp_path: Path, collection: Collection) -> None:
    before = Patient(create_app(TestConfig()), collection.wording)
    before.start()
    before.answer("Myself")
    before.answer("Low mood")
    sealed = before.client.get_cookie("draft")
    assert sealed is not None
    after = Patient(create_app(TestConfig(questions=_without_low_mood(tmp_path))), collection.wording)
    after.client.set_cookie("draft", sealed.value)
    page = after.open("/reflection/3")
    assert page.path == "/reflection/2"
    assert "These questions were updated after you began." in page.text
    assert "What would you like to read about?" in page.text


def test_a_draft_of_one_questionnaire_is_none_of_another(questionnaire: Questionnaire) -> None:
    held: dict[str, Any] = {}
    Draft(dataclasses.replace(questionnaire, id="another")).write(held)
    assert Draft.read(held, questionnaire) is None


def test_the_fullest_draft_fits_its_cookie_as_the_check_foretells(app: Flask, questionnaire: Questionnaire) -> None:
    patient = app.test_client()
    patient.get("/")
    with patient.session_transaction() as session:
        draft = Draft(questionnaire)
        for question in questionnaire.questions:
            chosen = [option.id for option in question.options if not option.alone]
            draft.answers[question.id] = tuple(chosen if question.many else [max(chosen, key=len)])
        draft.is_news, draft.is_revised = True, True
        draft.fix_record(202647, bytes(16))
        draft.next_code = draft.return_code = draft.replaces = draft.code
        draft.last_day = date(2026, 12, 5)
        session["returned"] = "0" * 32
        longest = max(questionnaire.questions, key=lambda asked: len(" ".join(option.id for option in asked.options)))
        draft.mistake = (longest.id, *(option.id for option in longest.options), "?")
        draft.write(session)
    cookie = patient.get_cookie("draft")
    assert cookie is not None
    sent = len(f"__Host-draft={cookie.value}")
    foretold = largest_cookie(questionnaire)
    assert foretold - 200 < sent <= foretold <= 3500


def test_every_cookie_is_as_long_as_the_fullest_and_what_is_longer_still_fits_and_opens(
    patient: Patient, questionnaire: Questionnaire
) -> None:
    patient.open("/")
    sent = [patient.client.get_cookie("draft")]
    patient.start()
    sent.append(patient.client.get_cookie("draft"))
    patient.answer("Myself")
    sent.append(patient.client.get_cookie("draft"))
    with patient.client.session_transaction() as session:
        # More than anybody can type, in letters of four bytes.
        session["typed"] = "\N{SNOWMAN}" * 400
    longer = patient.client.get_cookie("draft")
    lengths = [len(f"__Host-draft={cookie.value}") if cookie else 0 for cookie in (*sent, longer)]
    assert lengths[0] == lengths[1] == lengths[2]
    assert lengths[0] == largest_cookie(questionnaire)
    assert lengths[2] < lengths[3] < 4096
    assert patient.open("/reflection/1").ticked == {"myself"}


def _without_low_mood(place: Path) -> Path:
    for source in (ROOT / "questions").rglob("*.yaml"):
        target = place / source.relative_to(ROOT / "questions")
        target.parent.mkdir(exist_ok=True)
        text = source.read_text()
        target.write_text(text.replace("          mood: {say: Low mood, topics: [mood]}\n", "", 1))
    (place / "ketamine-therapy" / "es.yaml").unlink()
    return place
