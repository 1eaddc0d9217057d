"""Versions, previews and tried answers, in every reachable state."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from screening.authoring.builder import build_questionnaire
from screening.questionnaire.model import Questionnaire
from screening.storage import (
    questionnaire_versions,
)
from screening.storage.accounts import REVIEWER
from screening.storage.database import db
from tests.browser.clinic import Clinic
from tests.browser.patient import SKIP, Patient
from tests.browser.staff_ways import as_staff
from tests.browser.ways import State, press, then

QUESTIONNAIRES = "staff/questionnaires/questionnaires.html"
CHANGES = "staff/questionnaires/compare.html"


def of_version(
    template: str,
    page: str,
    says: str,
    *steps: Callable[[Patient], object],
    then_says: str = "",
    slug: str = "reflection",
) -> State:
    """A page about the active version."""

    def go(patient: Patient, clinic: Clinic) -> None:
        there = as_staff(f"/staff/questionnaires/{clinic.questionnaire(slug).version[:12]}{page}", says)
        then(there, *steps, says=then_says or says)(patient, clinic)

    return State(template, go, is_busy=slug != "reflection")


def compared(query: str, says: str) -> State:
    """The comparison of the active version with a later one."""

    def go(patient: Patient, clinic: Clinic) -> None:
        real = clinic.questionnaire("reflection")
        with clinic.app.app_context():
            questionnaire_versions.store_version(db.session, in_other_words(real), datetime.now(UTC).date())
        served = {"now": real.version[:12], "other": in_other_words(real).version[:12]}
        as_staff(f"/staff/questionnaires/changes{query.format(**served)}", says)(patient, clinic)

    return State(CHANGES, go)


def in_other_words(real: Questionnaire) -> Questionnaire:
    """Return the same with other words in both languages, one option fewer, and one that brings nothing."""
    data = json.loads(real.content.replace("Who are you", "Whom are you").replace("¿Para quién", "¿Por quién"))
    options = data["questionnaire"]["sections"][0]["items"][1]["choose_any"]
    options.pop(list(options)[-1])
    next(iter(options.values())).pop("topics")
    return build_questionnaire(data, data.pop("translations"))


def to_check(patient: Patient) -> None:
    """Answer the first question of a preview and skip the others, up to the check page."""
    patient.press("Start").choose("Myself").press("Continue")
    while patient.heading != "Check your answers":
        patient.press("Keep going" if patient.button("Keep going").count() else SKIP)


def to_pause(patient: Patient) -> None:
    patient.press("Start")
    while not patient.button("Keep going").count():
        patient.press(SKIP)


def no_longer_asked(patient: Patient) -> None:
    """Change the first answer, so that others no longer apply."""
    patient.press("Change this answer: Who are you asking for?").choose("I'm just learning").press("Continue")


def try_some(patient: Patient) -> None:
    patient.choice("Cravings and recovery").check()
    patient.page.locator("[name='q.tried']").first.check()
    patient.page.locator("[name='q.ask-about']").first.check()
    patient.press("Show the summary")


def try_what_stands_alone(patient: Patient) -> None:
    for box in patient.page.locator("[name='q.tried']").all():
        box.check()
    patient.press("Show the summary")


PREVIEW_SAYS, TRY_SAYS = "Preview. Nothing is stored.", "This page is for checking texts."
QUESTIONS = {
    "staff, questionnaires": State(QUESTIONNAIRES, as_staff("/staff/questionnaires", "In use now")),
    "staff, questionnaires, several": State(
        QUESTIONNAIRES, as_staff("/staff/questionnaires", "In use now", REVIEWER), is_busy=True
    ),
    "staff, questionnaire": of_version("staff/questionnaires/version.html", "", "What was checked"),
    "staff, questionnaire, long words": of_version(
        "staff/questionnaires/version.html", "", "What was checked", slug="long-words"
    ),
    "staff, questionnaire, texts": of_version("staff/questionnaires/texts.html", "/texts", "All texts"),
    "staff, questionnaire, texts in Spanish": of_version(
        "staff/questionnaires/texts.html", "/texts?language=es", "All texts"
    ),
    "staff, what changed": compared("?before={now}&after={other}", "What changed"),
    "staff, what changed, turned": compared("?before={other}&after={now}", "What changed"),
    "staff, what changed, the same twice": compared("?before={now}&after={now}", "the same version twice"),
    "staff, walk": of_version("staff/questionnaires/preview.html", "/preview", PREVIEW_SAYS),
    "staff, walk, question": of_version(
        "staff/questionnaires/preview-question.html", "/preview", PREVIEW_SAYS, press("Start")
    ),
    "staff, walk, question, error": of_version(
        "staff/questionnaires/preview-question.html",
        "/preview",
        PREVIEW_SAYS,
        press("Start"),
        press("Continue"),
        then_says="Choose an answer, or press Skip.",
    ),
    "staff, walk, pause": of_version("staff/questionnaires/preview-pause.html", "/preview", PREVIEW_SAYS, to_pause),
    "staff, walk, check": of_version("staff/questionnaires/preview-check.html", "/preview", PREVIEW_SAYS, to_check),
    "staff, walk, check, dropped": of_version(
        "staff/questionnaires/preview-check.html",
        "/preview",
        PREVIEW_SAYS,
        to_check,
        no_longer_asked,
        then_says="They were dropped.",
    ),
    "staff, walk, summary": of_version(
        "staff/questionnaires/preview-summary.html", "/preview", PREVIEW_SAYS, to_check, press("See your summary")
    ),
    "staff, try": of_version("staff/questionnaires/what_if.html", "/try", TRY_SAYS),
    "staff, try, summary": of_version(
        "staff/questionnaires/what_if.html", "/try", TRY_SAYS, try_some, then_says="Why it says this"
    ),
    "staff, try, error": of_version(
        "staff/questionnaires/what_if.html", "/try", TRY_SAYS, try_what_stands_alone, then_says="does not go together"
    ),
}
