"""A copy of the draft cookie, kept by an earlier user of the browser, never opens what later answers became."""

from __future__ import annotations

import re
from random import Random

import pytest
from flask import Flask
from sqlalchemy import text

from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage.database import db
from tests.bench.journey import FIXTURE, served
from tests.faults.patient import KEEP_GOING
from tests.support.endless_windows import at_most
from tests.support.saving_patient import AGAIN, LATER, SAVE, Saver, quick
from tests.support.sharing_patient import SHARE, WRITTEN, Sharer
from tests.support.site_changes import change_limits

__all__ = ["quick"]

JOURNEYS = 500
STEPS = 12
TINY = FIXTURE.with_name("tiny")
QUESTION = re.compile(r'name="question" value="([^"]+)"')
CHOICE = re.compile(r'name="choice" value="([^"]+)"')
SHOWN = re.compile(r'name="shown" value="([^"]+)"')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
REF = re.compile(r"<dt>ref</dt><dd>([0-9a-f]{32})</dd>")
CODE = re.compile(r'<p class="code"[^>]*><strong>([0-9A-Z-]+)</strong>')


class Walker:
    """A patient who answers at random or resumes another's journey, and copies the cookie at each step.

    It parses pages with a few regular expressions: the patient who checks every page would take minutes.
    """

    def __init__(self, app: Flask, slug: str, dice: Random, copy: str = "") -> None:
        self.client = app.test_client()
        self.home, self.sharing = f"/{slug}/", f"/{slug}/share"
        self.dice = dice
        self.copies: list[str] = []
        if copy:
            self.client.set_cookie("draft", copy)

    @property
    def cookie(self) -> str:
        cookie = self.client.get_cookie("draft")
        return cookie.value if cookie else ""

    def open(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        self.path, self.page = answer.request.path, answer.text
        return self.page

    def send(self, path: str, **fields: str) -> None:
        answer = self.client.post(path, data={"csrf_token": TOKEN.findall(self.page)[0], **fields})
        assert answer.status_code == 303
        self.open(str(answer.location))

    def start(self) -> None:
        self.open("/")
        self.send(self.home)

    def walk(self, steps: int = STEPS, picks: float = 0.7) -> None:
        """Take at most this many more steps, picking a choice with this probability."""
        for _ in range(steps):
            if self.path.endswith("/check"):
                return
            self.copies.append(self.cookie)
            self.step(picks)

    def step(self, picks: float) -> None:
        if self.path.endswith("/pause"):
            self.open(re.findall(KEEP_GOING, self.page)[1])
        else:
            picked = {"choice": self.dice.choice(CHOICE.findall(self.page))} if self.dice.random() < picks else {}
            self.send(self.path, question=QUESTION.findall(self.page)[0], **(picked or {"skip": "1"}))

    def look_on(self) -> None:
        """Open the pages after the last question; the page about sharing fixes the record."""
        for page in (f"{self.home}summary", self.sharing):
            self.open(page)
            self.copies.append(self.cookie)

    def take_over(self) -> None:
        """Start over, or change the first answer; then continue to the page about sharing."""
        if self.dice.random() < 0.5:
            self.start()
        else:
            self.open(f"{self.home}1")
            self.copies.append(self.cookie)
            self.step(picks=1)
        self.walk()
        self.open(self.sharing)

    def share(self) -> str:
        """Press Share if there is anything to share, and return the shown code."""
        if shown := SHOWN.findall(self.page):
            self.send(self.sharing, shown=shown[0])
        return str(CODE.findall(self.page)[0])


@pytest.mark.long
def test_no_copy_of_500_journeys_shows_the_code_or_record_of_later_answers(
    clinic: Flask, collection: Collection
) -> None:
    dice = Random(2026)
    go_on_in_anothers_browser(clinic, "reflection", JOURNEYS // 5, dice)
    # A shorter path allows many journeys.
    with served(TINY) as app:
        go_on_in_anothers_browser(app, site_of(app).questionnaires[0].slug, JOURNEYS - JOURNEYS // 5, dice)


def go_on_in_anothers_browser(app: Flask, slug: str, journeys: int, dice: Random) -> None:
    """One person begins, the next continues or starts over and shares; then a copy of some earlier step is replayed."""
    change_limits(app, shares=at_most(2 * journeys))
    for _ in range(journeys):
        one = Walker(app, slug, dice)
        one.start()
        one.walk(dice.randint(0, STEPS))
        if one.path.endswith("/check"):
            one.look_on()
        one.take_over()
        refs, code = REF.findall(one.page), one.share()
        other = Walker(app, slug, dice, copy=dice.choice(one.copies))
        # A copy allows exactly what its own answers allow.
        while other.open(other.sharing) and other.path != other.sharing:
            other.step(picks=0)
        assert REF.findall(other.page) not in (refs, [])
        assert other.share() != code


@pytest.fixture
def patient(either_clinic: Flask, collection: Collection) -> Saver:
    return Saver(either_clinic, collection)


def change(patient: Sharer, answer: str) -> None:
    patient.open("/reflection/1?change=1")
    patient.answer(answer)


def test_every_answer_makes_a_code_until_a_record_is_fixed_and_then_the_next_page_does(patient: Saver) -> None:
    patient.start()
    seen = [patient.held["draft"]["code"]]
    while not patient.page.path.endswith("/check"):
        is_question = not patient.page.path.endswith("/pause")
        patient.step()
        seen += [patient.held["draft"]["code"]] * is_question
    assert len(set(seen)) == len(seen)
    patient.open("/reflection/share")
    fixed = patient.held["draft"]
    assert fixed["code"] == seen[-1]
    change(patient, "Someone I care about")
    change(patient, "I'm just learning")
    patient.open("/reflection/share")
    in_one = patient.held["draft"]
    patient.open("/reflection/share")
    in_other = patient.held["draft"]
    assert in_one == in_other
    assert in_one["code"] not in seen
    assert in_one["ref"] != fixed["ref"]


def test_answers_changed_to_and_fro_after_the_record_was_shown_have_another_code(patient: Saver) -> None:
    shown = patient.finish()
    copy, ref = patient.cookie, patient.held["draft"]["ref"]
    change(patient, "I'm just learning")
    change(patient, "Myself")
    while not patient.page.path.endswith("/check"):
        patient.step()
    patient.page, patient._address = shown, "/reflection/share"
    patient.press(SHARE)
    assert patient.rows() == [], "the record that is shown now has another ref"
    code = patient.share()
    assert patient.rows()[0]["ref"].hex() != ref  # type: ignore[attr-defined]
    patient.press(WRITTEN)
    patient.cookie = copy
    patient.open("/reflection/share")
    assert patient.share() != code


def test_a_record_that_this_draft_was_never_shown_tells_it_no_code(patient: Saver) -> None:
    patient.finish()
    copy = patient.cookie
    other = patient.share()
    patient.press(WRITTEN)
    patient.cookie = copy
    # As an earlier release with a single code left it: other answers under this ref.
    with patient.app.app_context():
        db.session.execute(text("UPDATE submission SET answers = replace(answers, '0', '1')"))
        db.session.commit()
    patient.open("/reflection/share")
    patient.press(SHARE)
    assert patient.page.heading == "Would you like to share your answers with the clinic?"
    assert patient.share() != other
    assert len(patient.rows()) == 2


def test_the_copy_of_a_draft_that_was_to_be_saved_does_not_open_what_later_answers_became(patient: Saver) -> None:
    patient.begin()
    copy = patient.cookie
    patient.open("/reflection/3")
    patient.skip()
    patient.open(LATER)
    code = patient.save()
    patient.press(WRITTEN)
    patient.cookie = copy
    patient.open(LATER)
    assert patient.press(SAVE).heading == "Your answers are saved"
    assert patient.code != code
    patient.press(WRITTEN)
    assert patient.come_back(code).heading == AGAIN
    assert len(patient.held["draft"]["answers"]) == 3
