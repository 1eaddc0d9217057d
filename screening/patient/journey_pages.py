"""The pages of a journey. Each reads the draft, computes the journey and renders or redirects.

A page that cannot be visited yet redirects to the first unanswered question; without a draft, to the start page.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from functools import wraps

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import force_locale
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from screening.authoring.summary_words import minutes
from screening.authoring.translation import ENGLISH
from screening.patient.draft import Draft
from screening.patient.navigation import Page, forget, resume_url, start_page, step_url
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.questionnaire.summary import TakenQuestion, questions_to_take, summarize, summary_items
from screening.site import site
from screening.web.answer_forms import UNSENT, AnswerForm, FirstForm
from screening.web.languages import is_switch

# Identifies the page on which questions come first in a draft's `mistake`. No question has such an id.
FIRST_STEP = "/first"

pages = Blueprint("journey", __name__, url_prefix="/<questionnaire:questionnaire>")


def with_draft(page: Callable[..., Page]) -> Callable[..., Page]:
    """Pass the draft to a page. Without one, redirect to the start page; after sharing or saving, to the code."""

    @wraps(page)
    def find_draft(questionnaire: Questionnaire, **rest: int) -> Page:
        draft = Draft.read(session, questionnaire)
        if draft is None:
            return redirect(url_for("journey.start", questionnaire=questionnaire), 303)
        if draft.closed:
            return redirect(resume_url(draft), 303)
        return page(draft, **rest)

    return find_draft


@pages.get("/")
def start(questionnaire: Questionnaire) -> str:
    """Show what this is and is not, and how to begin."""
    return start_page(questionnaire)


@pages.post("/")
def begin(questionnaire: Questionnaire) -> Page:
    """Begin a new draft in place of an older one."""
    forget(session)
    draft = Draft(questionnaire)
    draft.write(session)
    return _redirect_to_step(draft.journey, draft.journey.first_open)


@pages.get("/<int:number>")
@with_draft
def question(draft: Draft, number: int) -> Page:
    """Show a question by its number on this person's path."""
    journey = draft.journey
    asked = journey.at(number)
    if asked is None or not journey.can_visit(asked):
        return _redirect_to_step(journey, journey.first_open)
    answered = chosen = journey.answers.get(asked.id, ())
    error = ""
    if draft.mistake[:1] == (asked.id,):
        form = _form(draft, asked, MultiDict(("choice", option) for option in draft.mistake[1:]))
        form.validate()
        chosen, error = form.chosen, form.error
    if _take_unsent(draft):
        error = ""
    return render_template(
        "patient/question.html",
        draft=draft,
        question=asked,
        chosen=chosen,
        error=error,
        is_unsent=chosen != answered,
        section=draft.questionnaire.section_of[asked.section],
        progress=journey.progress(asked),
        back=_back(journey, asked),
    )


@pages.post("/<int:number>")
@with_draft
def answer(draft: Draft, number: int) -> Page:  # noqa: ARG001  # the URL has it, but the form is more reliable
    """Record an answer. The form names the question, because its number may have changed in another window."""
    journey = draft.journey
    switches = is_switch()
    asked = draft.questionnaire.by_id.get(request.form.get("question", ""))
    if asked is None or not journey.can_visit(asked):
        return _redirect_to_step(journey, journey.first_open)
    form = _form(draft, asked, request.form)
    if switches:
        _keep_unsent(draft, asked.id, form.mistaken)
        return _redirect_to_step(journey, asked, request.args.get("change"))
    if "skip" not in request.form and not form.validate():
        # Errors redirect too (post/redirect/get): going back to a POST response shows a browser error.
        draft.mistake = (asked.id, *form.mistaken)
        draft.write(session)
        return _redirect_to_step(journey, asked, request.args.get("change"))
    journey = draft.answer(asked, () if "skip" in request.form else form.chosen)
    draft.write(session)
    if "change" in request.args:
        return _redirect_to_step(journey, journey.first_open, change="1")
    return _redirect_to_step(journey, journey.next(asked))


@pages.get("/pause")
@with_draft
def pause(draft: Draft) -> Page:
    """Offer help, going on, and stopping. Nothing is stored, counted or logged."""
    journey = draft.journey
    step = journey.pause
    if step is None or not journey.can_visit(step):
        return _redirect_to_step(journey, journey.first_open)
    return render_template(
        "patient/pause.html",
        draft=draft,
        pause=step,
        back=_back(journey, step),
        going_on=step_url(journey, journey.next(step)),
    )


@pages.get("/check")
@with_draft
def check(draft: Draft) -> Page:
    """Show every answer, each with a way to change it."""
    journey = draft.journey
    if not journey.is_complete:
        return _redirect_to_step(journey, journey.first_open)
    numbers = {question.id: number for number, question in enumerate(journey.questions, 1)}
    back = step_url(journey, journey.path[-1])
    skipped = sum(1 for chosen in journey.answers.values() if not chosen)
    return render_template(
        "patient/check.html", draft=draft, answers=summary_items(journey), numbers=numbers, skipped=skipped, back=back
    )


@pages.get("/first")
@with_draft
def first(draft: Draft) -> Page:
    """Offer to put up to three of the questions to take along first."""
    journey = draft.journey
    if not journey.is_complete:
        return _redirect_to_step(journey, journey.first_open)
    questions, error = questions_to_take(journey), ""
    # The same question may since come along under another reference.
    wanted = {draft.questionnaire.to_take(reference) for reference in draft.first}
    chosen = tuple(taken.reference for taken in questions if taken.say in wanted)
    if draft.mistake[:1] == (FIRST_STEP,):
        chosen = _known_references(questions, draft.mistake[1:])
        form = _first_form(chosen)
        form.validate()
        error = form.error
    if _take_unsent(draft):
        error = ""
    return render_template("patient/first.html", draft=draft, questions=questions, chosen=chosen, error=error)


@pages.post("/first")
@with_draft
def put_first(draft: Draft) -> Page:
    """Record which questions come first. No choice, or a skip, keeps their order."""
    journey = draft.journey
    if not journey.is_complete:
        return _redirect_to_step(journey, journey.first_open)
    chosen = _known_references(
        questions_to_take(journey), () if "skip" in request.form else request.form.getlist("choice")
    )
    again = redirect(url_for("journey.first", questionnaire=draft.questionnaire), 303)
    if is_switch():
        _keep_unsent(draft, FIRST_STEP, chosen)
        return again
    if not _first_form(chosen).validate():
        draft.mistake = (FIRST_STEP, *chosen)
        draft.write(session)
        return again
    draft.put_first(chosen)
    draft.write(session)
    return redirect(url_for("journey.summary", questionnaire=draft.questionnaire), 303)


@pages.get("/summary")
@with_draft
def summary(draft: Draft) -> Page:
    """Show the summary."""
    journey = draft.journey
    if not journey.is_complete:
        return _redirect_to_step(journey, journey.first_open)
    result = summarize(journey, site().support.country, draft.first)
    change = {question.id: f"{number}?change=1" for number, question in enumerate(journey.questions, 1)}
    return render_template(
        "patient/summary.html",
        questionnaire=draft.questionnaire,
        summary=result,
        change=change,
        minutes=minutes(draft.questionnaire, result),
        in_english=_in_english(draft),
        can_save=not draft.fixed,
    )


def _in_english(draft: Draft) -> Markup | str:
    """Repeat the questions in English, with the same numbers, for the clinician; "" if the page is in English."""
    if draft.questionnaire.language == ENGLISH:
        return ""
    english = next(known for known in site().questionnaires if known.id == draft.questionnaire.id)
    country = site().support.country
    result = summarize(Journey(english, draft.answers), country, draft.first)
    with force_locale(ENGLISH):
        return Markup(render_template("components/english.html", summary=result))  # noqa: S704  # our template escaped it


def _redirect_to_step(journey: Journey, step: Step | None, change: str | None = None) -> Response:
    return redirect(step_url(journey, step, change), 303)


def _back(journey: Journey, step: Step) -> str:
    """Return the relative URL of *Back*. Building absolute URLs took 2.5 % of each page's time."""
    if "change" in request.args:
        return "check"
    match journey.previous(step):
        case Question() as before:
            return str(journey.number(before))
        case Pause():
            return "pause"
        case None:
            return "./"


def _form(draft: Draft, asked: Question, data: MultiDict[str, str]) -> AnswerForm:
    return site().answer_forms[draft.questionnaire][asked.id](data)


def _first_form(chosen: Iterable[str]) -> FirstForm:
    return FirstForm(MultiDict(("choice", reference) for reference in chosen))


def _known_references(questions: Iterable[TakenQuestion], references: Container[str]) -> tuple[str, ...]:
    """Keep the references of questions that come along, each once. This bounds the size of the cookie."""
    return tuple(taken.reference for taken in questions if taken.reference in references)


def _keep_unsent(draft: Draft, page: str, chosen: tuple[str, ...]) -> None:
    """Keep an unsent choice for the page in another language. An error already shown is shown there too."""
    mark = () if draft.mistake[:1] == (page,) else (UNSENT,)
    draft.mistake = (page, *chosen, *mark)
    draft.write(session)


def _take_unsent(draft: Draft) -> bool:
    """Remove an unsent choice, which is shown once and is not an error, and return whether there was one."""
    if UNSENT not in draft.mistake:
        return False
    draft.mistake = ()
    draft.write(session)
    return True
