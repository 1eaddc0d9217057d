"""Preview of any version as a patient sees it. Each page is the response to a form, which holds the whole state."""

from __future__ import annotations

from typing import Literal, TypeAlias

from flask import render_template, request

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Step
from screening.questionnaire.summary import summarize, summary_items
from screening.site import site
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.questionnaires.form_answers import answers_of_form, checked_form
from screening.staff.questionnaires.known_versions import Version, languages, show_in_language, version_at
from screening.storage.accounts import MANAGER, REVIEWER

PreviewStep: TypeAlias = Step | Literal["start", "check", "summary"]

# Prefix of a step's ID, so that no ID clashes with a page name.
STEP = "step."


@staff.get("/questionnaires/<version>/preview")
@allowed(REVIEWER, MANAGER)
def start_preview(version: str) -> str:
    """Show the start page of a version."""
    shown = version_at(version)
    return _page(shown, Journey(show_in_language(shown.questionnaire, ""), {}), "start")


@staff.post("/questionnaires/<version>/preview")
@allowed(REVIEWER, MANAGER)
def show_preview_step(version: str) -> str:
    """Take an answer, or show the page that a button names. Nothing is stored."""
    shown = version_at(version)
    questionnaire = show_in_language(shown.questionnaire, request.form.get("language", ""))
    journey = Journey(questionnaire, answers_of_form(questionnaire))
    asked = questionnaire.by_id.get(request.form.get("question", ""))
    if asked is None or not journey.can_visit(asked):
        return _page(shown, journey, _wanted(journey, request.form.get("to", "")))
    is_skip = "skip" in request.form
    form = checked_form(asked, () if is_skip else request.form.getlist("choice"))
    if form.error and not is_skip:
        return _page(shown, journey, asked, form.chosen, form.error)
    before, journey = journey, Journey(questionnaire, {**journey.answers, asked.id: form.chosen})
    following = journey.first_open if "change" in request.form else journey.next(asked)
    dropped = [
        question for question in before.questions if question.id in before.answers.keys() - journey.answers.keys()
    ]
    return _page(shown, journey, following or "check", dropped=dropped)


def _wanted(journey: Journey, to: str) -> PreviewStep:
    """Return the step that a button names, or the first open one if it cannot be visited."""
    first: PreviewStep = journey.first_open or "check"
    match to:
        case "start":
            return "start"
        case "check" | "summary":
            return to if journey.is_complete else first
    step = next((step for step in journey.path if STEP + step.id == to), None)
    return step if step and journey.can_visit(step) else first


def step_key(place: PreviewStep | None) -> str:
    """Return the name of a step in forms. None, after the last step, is the check page."""
    if place is None:
        return "check"
    return place if isinstance(place, str) else STEP + place.id


def _page(
    shown: Version,
    journey: Journey,
    place: PreviewStep,
    chosen: tuple[str, ...] | None = None,
    error: str = "",
    dropped: list[Question] | None = None,
) -> str:
    """Render the page of a step."""
    return render_template(
        _template(place),
        shown=shown,
        languages=languages(shown.questionnaire),
        journey=journey,
        questionnaire=journey.questionnaire,
        place=place,
        here=step_key(place),
        error=error,
        dropped=dropped or [],
        is_change="change" in request.form,
        **_of(journey, place, chosen),
    )


def _template(place: PreviewStep) -> str:
    if isinstance(place, str):
        return "staff/questionnaires/preview.html" if place == "start" else f"staff/questionnaires/preview-{place}.html"
    return (
        "staff/questionnaires/preview-pause.html"
        if isinstance(place, Pause)
        else "staff/questionnaires/preview-question.html"
    )


def _of(journey: Journey, place: PreviewStep, chosen: tuple[str, ...] | None) -> dict[str, object]:
    """Return the template variables of one kind of page."""
    match place:
        case Question():
            shown = journey.answers.get(place.id, ()) if chosen is None else chosen
            return {"chosen": shown, "back": _back(journey, place), "progress": journey.progress(place)}
        case Pause():
            return {"back": _back(journey, place), "going_on": step_key(journey.next(place))}
        case "check":
            return {"answers": list(summary_items(journey)), "back": step_key(journey.path[-1]), "step": step_key}
        case "summary":
            return {"summary": summarize(journey, site().support.country)}
    return {"first": step_key(journey.path[0])}


def _back(journey: Journey, step: Step) -> str:
    if "change" in request.form:
        return "check"
    return step_key(journey.previous(step) or "start")
