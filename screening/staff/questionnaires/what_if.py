"""What-if page: the summary for any answers, with the reason for each part. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from flask import render_template, request

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Option, Question, Questionnaire
from screening.questionnaire.summary import Explained, Summary, summarize
from screening.reports.describe import asked
from screening.site import site
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.questionnaires.form_answers import checked_form, picked
from screening.staff.questionnaires.known_versions import Version, languages, show_in_language, version_at
from screening.storage.accounts import MANAGER, REVIEWER


class TopicReason(NamedTuple):
    """A topic of a summary, with the answers that brought it."""

    explained: Explained
    answers: Sequence[tuple[Question, Option]]


class QuestionReason(NamedTuple):
    """A question to take along, with the answers that name it."""

    say: str
    answers: Sequence[tuple[Question, Option]]


class WhatIf(NamedTuple):
    """A summary with its reasons. `dropped`: answers to questions that are not asked on this path."""

    questionnaire: Questionnaire
    summary: Summary
    asked: Sequence[Question]
    dropped: Sequence[tuple[Question, Sequence[Option]]]
    topics: Sequence[TopicReason]
    questions: Sequence[QuestionReason]


@staff.get("/questionnaires/<version>/try")
@allowed(REVIEWER, MANAGER)
def choose_answers(version: str) -> str:
    """Show every question with its options."""
    return _page(version_at(version))


@staff.post("/questionnaires/<version>/try")
@allowed(REVIEWER, MANAGER)
def try_answers(version: str) -> str | tuple[str, int]:
    """Show the summary for the chosen answers, in one of the version's languages."""
    shown = version_at(version)
    given = {question: picked(question) or () for question in shown.questionnaire.questions}
    forms = {question: checked_form(question, choice) for question, choice in given.items() if choice}
    errors = {question.id: form.error for question, form in forms.items() if form.error}
    chosen = {question.id: form.chosen for question, form in forms.items()}
    language = request.form.get("language", "")
    if errors:
        return _page(shown, language, chosen, errors), 422
    questionnaire = show_in_language(shown.questionnaire, language)
    skipped: dict[str, tuple[str, ...]] = dict.fromkeys(questionnaire.by_id, ())
    return _page(
        shown, questionnaire.language, chosen, result=_summarize(Journey(questionnaire, skipped | chosen), chosen)
    )


def _page(
    shown: Version,
    language: str = "",
    chosen: Answers | None = None,
    errors: Mapping[str, str] | None = None,
    result: WhatIf | None = None,
) -> str:
    return render_template(
        "staff/questionnaires/what_if.html",
        shown=shown,
        questionnaire=shown.questionnaire,
        languages=languages(shown.questionnaire),
        spoken=language or shown.questionnaire.language,
        chosen=chosen or {},
        errors=errors or {},
        errors_by_field={f"pick-{name}-1": [error] for name, error in (errors or {}).items()},
        result=result,
        who_is_asked=asked,
    )


def _summarize(journey: Journey, chosen: Answers) -> WhatIf:
    questionnaire = journey.questionnaire
    off = [question for question in questionnaire.questions if question not in journey.questions]
    summary = summarize(journey, site().support.country)
    picks = [(one, option) for one in journey.questions for option in one.chosen(journey.answers[one.id])]
    named = [
        (taken.say, [pick for pick in picks if taken.say in _named(questionnaire, pick[1])])
        for taken in summary.questions
    ]
    return WhatIf(
        questionnaire,
        summary,
        journey.questions,
        [(question, question.chosen(chosen[question.id])) for question in off if chosen.get(question.id)],
        [TopicReason(one, [pick for pick in picks if one.topic.id in pick[1].topics]) for one in summary.topics],
        [QuestionReason(say, answers) for say, answers in named if answers],
    )


def _named(questionnaire: Questionnaire, option: Option) -> list[str]:
    return [questionnaire.to_take(reference) for reference in option.questions]
