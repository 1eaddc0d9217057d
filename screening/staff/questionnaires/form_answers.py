"""Answers that travel in the form itself, in a preview and when staff try some: nothing else has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request
from werkzeug.datastructures import MultiDict

from screening.questionnaire.model import Question, Questionnaire
from screening.web.answer_forms import AnswerForm, answer_form

# Before a question's id, so that no id can be taken for another field of the form.
FIELD = "q."


def picked(question: Question) -> tuple[str, ...] | None:
    """What the form says was picked for a question; empty: skipped, None: it says nothing."""
    name = FIELD + question.id
    return tuple(filter(None, request.form.getlist(name))) if name in request.form else None


def checked_form(question: Question, choice: Sequence[str]) -> AnswerForm:
    """A patient's form with these choices, which has said what is wrong with them."""
    form = answer_form(question)(MultiDict(("choice", option) for option in choice))
    form.validate()
    return form


def answers_of_form(questionnaire: Questionnaire) -> Mapping[str, tuple[str, ...]]:
    """Of all that the form says, the answers that a patient could have given; the rest was never shown by us."""
    answers: dict[str, tuple[str, ...]] = {}
    for question in questionnaire.questions:
        choice = picked(question)
        if choice == ():
            answers[question.id] = ()
        elif choice and not (form := checked_form(question, choice)).error:
            answers[question.id] = form.chosen
    return answers
