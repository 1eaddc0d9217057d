"""The site reads a draft from another release, or clears it and tells the patient."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from screening.authoring.loader import Collection
from screening.storage import patient_codes, saved_drafts
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from tests.support.saving_patient import SAVE, Saver, quick
from tests.support.settings import TestConfig

__all__ = ["quick"]

CLEARED = "Your answers were cleared from this browser."
CLEARED_IN_SPANISH = "Sus respuestas se borraron de este navegador."
OTHER_STATES = ("begun", "saved", "shared")
START = "/reflection/"
PAGES = ("/help", "/return", "/code", *(f"/reflection/{page}" for page in ("1", "check", "summary", "share", "later")))
MISSING = object()
OTHER_VALUES = (MISSING, None, 7, True, ["a"], {"asking-for": ["myself"]}, "", "words of a later release")

Held = dict[str, Any]


@pytest.fixture
def patient(clinic: Flask, collection: Collection) -> Saver:
    return Saver(clinic, collection)


@pytest.fixture
def drafts(patient: Saver) -> dict[str, Held]:
    """What this release writes into the cookie: a begun draft, one that may be shared, and closed ones."""
    patient.begin()
    begun = patient.held
    patient.press(SAVE)
    saved = patient.held
    patient.cookie = ""
    patient.finish()
    fixed = patient.held
    patient.share()
    return {"begun": begun, "saved": saved, "fixed": fixed, "shared": patient.held}


def changes(draft: Held) -> Iterator[object]:
    """Yield a draft in forms that this release does not write."""
    for name in draft:
        for value in OTHER_VALUES:
            rest = {key: kept for key, kept in draft.items() if key != name}
            yield rest if value is MISSING else rest | {name: value}
    yield from (draft | {"later": value} for value in OTHER_VALUES if value is not MISSING)
    for name in draft["answers"]:
        yield draft | {"answers": draft["answers"] | {name: "myself,someone"}}
    yield draft | {"answers": draft["answers"] | {"later": "myself"}}
    yield draft | {"version": "0123456789ab", "later": 1}
    yield from ([], "words", 7, True, {})


def seal(content: object) -> str:
    return Fernet(TestConfig.draft_keys[0]).encrypt(json.dumps(content).encode()).decode()


def problem(client: FlaskClient, cookie: str) -> str:
    """Say what is wrong with how the site takes this cookie; "" if nothing is."""
    client.set_cookie("draft", cookie)
    answer = client.get("/reflection/check", follow_redirects=True)
    if answer.status_code != 200:
        return f"the check page answered {answer.status_code}"
    if answer.request.path == START:
        is_told = CLEARED in answer.text and CLEARED not in client.get(START).text
        return "" if is_told else "it was dropped in silence"
    # A draft that is read can be used on every page.
    client.set_cookie("draft", cookie)
    statuses = {path: client.get(path).status_code for path in PAGES}
    return "".join(f"{path} answered {status}" for path, status in statuses.items() if status not in (200, 303))


@pytest.mark.parametrize("state", ["fixed", *(pytest.param(other, marks=pytest.mark.long) for other in OTHER_STATES)])
def test_a_draft_in_the_form_of_another_release_is_read_or_told_about(
    patient: Saver, drafts: dict[str, Held], state: str
) -> None:
    session = drafts[state]
    found = {
        str(changed): told
        for changed in changes(session["draft"])
        if (told := problem(patient.client, seal(session | {"draft": changed})))
    }
    assert found == {}


def test_unknown_keys_lose_nothing(patient: Saver, drafts: dict[str, Held]) -> None:
    session = drafts["begun"]
    patient.cookie = seal(session | {"draft": session["draft"] | {"later": {"a": 1}}, "later": [2]})
    assert patient.open("/reflection/1").ticked == {"myself"}


def test_what_else_the_cookie_holds_may_have_another_type(patient: Saver, drafts: dict[str, Held]) -> None:
    for name in ("language", "code", "typed", "news", "returned", "csrf_token"):
        cookie = seal(drafts["fixed"] | {name: {"a": ["b"]}})
        for path in ("/", "/return/here", *PAGES):
            patient.client.set_cookie("draft", cookie)
            assert patient.client.get(path).status_code in (200, 303), (name, path)


def test_the_notice_is_in_spanish_too(patient: Saver) -> None:
    patient.client.set_cookie("draft", seal({"at": int(time.time()), "draft": {"form": 2}}))
    page = patient.client.get(f"{START}?language=es", follow_redirects=True)
    assert CLEARED_IN_SPANISH in page.text


@pytest.mark.parametrize("content", [[], "words", {"at": "later"}, {"at": None, "draft": {}}])
def test_a_cookie_in_the_form_of_another_release_is_told_about(patient: Saver, content: object) -> None:
    patient.cookie = seal(content)
    page = patient.open("/reflection/1")
    assert page.path == START
    assert "What was kept on this device was cleared." in page.text


@pytest.mark.parametrize("content", [b"[]", b"words", b"\xff", b"{}", b'{"of": "ketamine-therapy", "answers": [1]}'])
def test_a_saved_draft_in_the_form_of_another_release_is_told_about(patient: Saver, content: bytes) -> None:
    code = patient_codes.make_code(CodeKind.RETURN)
    with patient.app.app_context():
        slots = saved_drafts.draft_slots(code, TestConfig.code_keys)
        saved_drafts.save_draft(db.session, slots, content, date.max)
    patient.come_back(code)
    assert "cannot be opened any more, because this site has changed since" in patient.notice
