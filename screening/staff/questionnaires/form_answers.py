"""Answers in the fields of preview and what-if forms. They are stored nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import request
from werkzeug.datastructures import MultiDict

from screening.questionnaire.model import Question, Questionnaire
from screening.web.answer_forms import AnswerForm, answer_form

# Prefix of a question's ID, so that no ID clashes with another field.
FIELD = "q."


def picked(question: Question) -> tuple[str, ...] | None:
    """Return the options picked for a question: empty if skipped, None if the form lacks it."""
    name = FIELD + question.id
    return tuple(filter(None, request.form.getlist(name))) if name in request.form else None


def checked_form(question: Question, choice: Sequence[str]) -> AnswerForm:
    """Return the patient's form with these choices, validated."""
    form = answer_form(question)(MultiDict(("choice", option) for option in choice))
    form.validate()
    return form


def answers_of_form(questionnaire: Questionnaire) -> Mapping[str, tuple[str, ...]]:
    """Return the form's valid answers. Drop the others, which our pages never send."""
    answers: dict[str, tuple[str, ...]] = {}
    for question in questionnaire.questions:
        choice = picked(question)
        if choice == ():
            answers[question.id] = ()
        elif choice and not (form := checked_form(question, choice)).error:
            answers[question.id] = form.chosen
    return answers
