"""The pages of a journey. Each reads the draft, asks the core, and answers.

A page that cannot be visited yet leads to the first that can; without a draft, that is the start page.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, MutableMapping
from functools import wraps
from typing import Any, TypeAlias

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_babel import force_locale
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from screening.authoring.reading_time import minutes
from screening.authoring.translation import ENGLISH
from screening.patient.draft import Draft
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.questionnaire.summary import TakenQuestion, questions_to_take, summarize, summary_items
from screening.site import site
from screening.web.answer_forms import UNSENT, AnswerForm, FirstForm
from screening.web.errors import why_lapsed
from screening.web.languages import is_switch

Page: TypeAlias = str | Response

# In a draft's mistake, the page on what comes first: no question has such an id.
FIRST_STEP = "/first"

pages = Blueprint("journey", __name__, url_prefix="/<questionnaire:questionnaire>")


def with_draft(page: Callable[..., Page]) -> Callable[..., Page]:
    """Hand a page the draft; where there is none, lead to the start page, once it was shared or saved, to its code."""

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
    """Show what this is and is not, and the way in."""
    return start_page(questionnaire)


def start_page(questionnaire: Questionnaire) -> str:
    """The start page; with a draft it offers to go on."""
    draft = Draft.read(session, questionnaire)
    return render_template(
        "patient/start.html",
        questionnaire=questionnaire,
        going_on=resume_url(draft) if draft and draft.closed != "deleted" else "",
        draft=draft,
        why_lapsed=why_lapsed(),
    )


@pages.post("/")
def begin(questionnaire: Questionnaire) -> Page:
    """Begin a new draft; an older one is gone."""
    forget(session)
    draft = Draft(questionnaire)
    draft.write(session)
    return _to(draft.journey, draft.journey.first_open)


@pages.get("/<int:number>")
@with_draft
def question(draft: Draft, number: int) -> Page:
    """Show a question by its place on this person's path."""
    journey = draft.journey
    asked = journey.at(number)
    if asked is None or not journey.can_visit(asked):
        return _to(journey, journey.first_open)
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
def answer(draft: Draft, number: int) -> Page:  # noqa: ARG001  # the address has it, the form tells more surely
    """Take an answer. The form says to which question: its number may have changed in another window."""
    journey = draft.journey
    switches = is_switch()
    asked = draft.questionnaire.by_id.get(request.form.get("question", ""))
    if asked is None or not journey.can_visit(asked):
        return _to(journey, journey.first_open)
    form = _form(draft, asked, request.form)
    if switches:
        _keep_unsent(draft, asked.id, form.mistaken)
        return _to(journey, asked, request.args.get("change"))
    if "skip" not in request.form and not form.validate():
        # Answered by a redirect too: going back to a page that was the answer to a form shows a browser's own error.
        draft.mistake = (asked.id, *form.mistaken)
        draft.write(session)
        return _to(journey, asked, request.args.get("change"))
    journey = draft.answer(asked, () if "skip" in request.form else form.chosen)
    draft.write(session)
    if "change" in request.args:
        return _to(journey, journey.first_open, change="1")
    return _to(journey, journey.next(asked))


@pages.get("/pause")
@with_draft
def pause(draft: Draft) -> Page:
    """Offer help, going on, and stopping. Nothing is stored, counted or noted."""
    journey = draft.journey
    here = journey.pause
    if here is None or not journey.can_visit(here):
        return _to(journey, journey.first_open)
    return render_template(
        "patient/pause.html",
        draft=draft,
        pause=here,
        back=_back(journey, here),
        going_on=step_url(journey, journey.next(here)),
    )


@pages.get("/check")
@with_draft
def check(draft: Draft) -> Page:
    """Show every answer, each with a way to change it."""
    journey = draft.journey
    if not journey.is_complete:
        return _to(journey, journey.first_open)
    numbers = {question.id: number for number, question in enumerate(journey.questions, 1)}
    back = step_url(journey, journey.path[-1])
    skipped = sum(1 for chosen in journey.answers.values() if not chosen)
    return render_template(
        "patient/check.html", draft=draft, told=summary_items(journey), numbers=numbers, skipped=skipped, back=back
    )


@pages.get("/first")
@with_draft
def first(draft: Draft) -> Page:
    """Offer to put up to three of the questions to take along first."""
    journey = draft.journey
    if not journey.is_complete:
        return _to(journey, journey.first_open)
    questions, error = questions_to_take(journey), ""
    # The same question may come along under another reference since.
    wanted = {draft.questionnaire.to_take(reference) for reference in draft.first}
    chosen = tuple(taken.reference for taken in questions if taken.say in wanted)
    if draft.mistake[:1] == (FIRST_STEP,):
        chosen = _among(questions, draft.mistake[1:])
        form = _first_form(chosen)
        form.validate()
        error = form.error
    if _take_unsent(draft):
        error = ""
    return render_template("patient/first.html", draft=draft, questions=questions, chosen=chosen, error=error)


@pages.post("/first")
@with_draft
def put_first(draft: Draft) -> Page:
    """Take which questions come first. Nothing chosen, or a skip, keeps their order."""
    journey = draft.journey
    if not journey.is_complete:
        return _to(journey, journey.first_open)
    chosen = _among(questions_to_take(journey), () if "skip" in request.form else request.form.getlist("choice"))
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
        return _to(journey, journey.first_open)
    made = summarize(journey, site().support.country, draft.first)
    change = {question.id: f"{number}?change=1" for number, question in enumerate(journey.questions, 1)}
    return render_template(
        "patient/summary.html",
        questionnaire=draft.questionnaire,
        summary=made,
        change=change,
        minutes=minutes(draft.questionnaire, made),
        in_english=_in_english(draft),
        can_save=not draft.fixed,
    )


def _in_english(draft: Draft) -> Markup | str:
    """The questions once more for a clinician who reads English, with the same numbers; nothing where they are."""
    if draft.questionnaire.language == ENGLISH:
        return ""
    english = next(one for one in site().questionnaires if one.id == draft.questionnaire.id)
    country = site().support.country
    made = summarize(Journey(english, draft.answers), country, draft.first)
    with force_locale(ENGLISH):
        return Markup(render_template("components/english.html", summary=made))  # noqa: S704  # our template escaped it


def forget(session: MutableMapping[str, Any]) -> None:
    """Forget what is left beside the draft of whoever used this browser before."""
    for left in ("code", "typed", "news", "returned"):
        session.pop(left, None)


def resume_url(draft: Draft) -> str:
    """The address at which a draft goes on."""
    if draft.is_saved:
        return url_for("later.later", questionnaire=draft.questionnaire)
    if draft.closed:
        return url_for("sharing.share", questionnaire=draft.questionnaire)
    return step_url(draft.journey, draft.journey.first_open)


def step_url(journey: Journey, step: Step | None, change: str | None = None) -> str:
    """The address of a step; after the last one, that of the check page. `change` leads back there from a question."""
    questionnaire = journey.questionnaire
    match step:
        case Question():
            number = journey.number(step)
            return url_for("journey.question", questionnaire=questionnaire, number=number, change=change)
        case Pause():
            return url_for("journey.pause", questionnaire=questionnaire)
        case None:
            return url_for("journey.check", questionnaire=questionnaire)


def _to(journey: Journey, step: Step | None, change: str | None = None) -> Response:
    return redirect(step_url(journey, step, change), 303)


def _back(journey: Journey, step: Step) -> str:
    """Where *Back* leads, as seen from a page beside it: building whole addresses took a fortieth of each page."""
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


def _among(questions: Iterable[TakenQuestion], references: Container[str]) -> tuple[str, ...]:
    """These references, each once, of questions that come along. However many a form holds, the cookie has room."""
    return tuple(taken.reference for taken in questions if taken.reference in references)


def _keep_unsent(draft: Draft, page: str, chosen: tuple[str, ...]) -> None:
    """Keep what is not sent yet for the page in another language. A mistake that was told is told there too."""
    mark = () if draft.mistake[:1] == (page,) else (UNSENT,)
    draft.mistake = (page, *chosen, *mark)
    draft.write(session)


def _take_unsent(draft: Draft) -> bool:
    """Whether the draft kept something unsent, which is shown once, and is no mistake of anybody's."""
    if UNSENT not in draft.mistake:
        return False
    draft.mistake = ()
    draft.write(session)
    return True
