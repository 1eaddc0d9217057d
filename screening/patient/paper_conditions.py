"""The blank paper questionnaire, which states in words the conditions that the website applies itself."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from screening.questionnaire.model import Question, Questionnaire


def number(questionnaire: Questionnaire, question: Question) -> int:
    """Return the number of a question on paper, where all questions are printed."""
    return questionnaire.questions.index(question) + 1


def only_if(questionnaire: Questionnaire, question: Question) -> str:
    """Say who answers a question, by earlier options and the numbers of their questions; "" if everyone does.

    Outside a request the words are English.
    """
    parts = []
    for earlier, options in questionnaire.reads(question):
        chosen = _series([f"“{option.say}”" for option in options], _(" or "))
        parts.append(_("%(options)s in question %(number)d", options=chosen, number=number(questionnaire, earlier)))
    if not parts:
        return ""
    chosen = _series(parts, _(" and "))
    return str(_("Only if you chose %(parts)s:", parts=chosen))


def _series(items: Sequence[str], before_last: str) -> str:
    *most, last = items
    return f"{', '.join(most)}{before_last}{last}" if most else last
