"""WTForms classes that validate the answer to each question. Templates decide how they look.

The forms of active questionnaires are created once, at start-up; those of an older version, when staff open it.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from wtforms import Form, SelectMultipleField, ValidationError

from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.summary import MAX_PUT_FIRST

# Option ids cannot contain these characters.
UNKNOWN = "?"
"""Marks that the answer also contained an unknown option id."""
UNSENT = "~"
"""Marks a choice that was not sent yet."""


def answer_forms(questionnaire: Questionnaire) -> dict[str, type[AnswerForm]]:
    """Return question id -> form class."""
    return {question.id: answer_form(question) for question in questionnaire.questions}


def answer_form(question: Question) -> type[AnswerForm]:
    """Create the form class of one question."""
    return type("AnswerForm", (AnswerForm,), {"question": question})


class ChoiceForm(Form):
    """A form with one field, `choice`."""

    choice = SelectMultipleField(validate_choice=False)

    @property
    def error(self) -> str:
        """The message about the choice for its reader, or ""."""
        return str(self.choice.errors[0]) if self.choice.errors else ""


class AnswerForm(ChoiceForm):
    """The answer to one question; `choice` takes the ids of its options."""

    question: Question

    @property
    def chosen(self) -> tuple[str, ...]:
        """The chosen option ids, in the file's order."""
        return tuple(option.id for option in self.question.chosen(tuple(self.choice.data or ())))

    @property
    def mistaken(self) -> tuple[str, ...]:
        """What the draft keeps of an invalid answer: the known ids, and `UNKNOWN` if there were others."""
        return self.chosen if set(self.chosen).issuperset(self.choice.data or ()) else (*self.chosen, UNKNOWN)

    def validate_choice(self, field: Any) -> None:
        """Accept one answer or several, as the question allows, and an exclusive option only by itself."""
        if not set(self.chosen).issuperset(field.data or ()):
            # The page may come from an older version.
            raise ValidationError(_("The choices here have changed. Please choose again."))
        if not self.chosen:
            raise ValidationError(_("Choose an answer, or press Skip."))
        if len(self.chosen) > 1 and not self.question.many:
            raise ValidationError(_("Choose one answer."))
        for option in self.question.chosen(self.chosen):
            if option.alone and len(self.chosen) > 1:
                message = _(
                    "“%(alone)s” does not go together with other answers. Keep only “%(alone)s”, or take it away.",
                    alone=option.say,
                )
                raise ValidationError(message)


class FirstForm(ChoiceForm):
    """Which questions to take along come first; `choice` takes their references."""

    def validate_choice(self, field: Any) -> None:
        """Accept three at most."""
        if len(field.data or ()) > MAX_PUT_FIRST:
            chosen = len(field.data)
            raise ValidationError(
                _("You picked %(chosen)d. Three at most can come first: take some away.", chosen=chosen)
            )
