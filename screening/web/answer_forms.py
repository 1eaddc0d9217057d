"""A form class for each question: it checks an answer; how it looks is the templates' matter.

Patients' forms are made once, at start. Staff who look at an older version have theirs made as they ask.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from wtforms import Form, SelectMultipleField, ValidationError

from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.summary import MOST_PUT_FIRST

# No option can have these ids.
UNKNOWN = "?"
"""Marks that something else was chosen too, which no option has for its id."""
UNSENT = "~"
"""Marks what was chosen and not sent yet."""


def answer_forms(questionnaire: Questionnaire) -> dict[str, type[AnswerForm]]:
    """Question id -> form class."""
    return {question.id: answer_form(question) for question in questionnaire.questions}


def answer_form(question: Question) -> type[AnswerForm]:
    """The form class of one question."""
    return type("AnswerForm", (AnswerForm,), {"question": question})


class ChoiceForm(Form):
    """A form with one field, `choice`."""

    choice = SelectMultipleField(validate_choice=False)

    @property
    def error(self) -> str:
        """What is wrong with the choice, as its writer is told."""
        return str(self.choice.errors[0]) if self.choice.errors else ""


class AnswerForm(ChoiceForm):
    """The answer to one question: its field `choice` takes the ids of that question's options."""

    question: Question

    @property
    def chosen(self) -> tuple[str, ...]:
        """The chosen ids, in the file's order."""
        return tuple(option.id for option in self.question.chosen(tuple(self.choice.data or ())))

    @property
    def mistaken(self) -> tuple[str, ...]:
        """What to remember of an answer that cannot be taken: the known ids, and that there were others."""
        return self.chosen if set(self.chosen).issuperset(self.choice.data or ()) else (*self.chosen, UNKNOWN)

    def validate_choice(self, field: Any) -> None:
        """Take one answer or several, as the question says, and none that excludes the others beside them."""
        if not set(self.chosen).issuperset(field.data or ()):
            # The page may be of an older version.
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
    """Which questions to take along come first: the field `choice` takes their references."""

    def validate_choice(self, field: Any) -> None:
        """Take three at most."""
        if len(field.data or ()) > MOST_PUT_FIRST:
            chosen = len(field.data)
            raise ValidationError(
                _("You picked %(chosen)d. Three at most can come first: take some away.", chosen=chosen)
            )
