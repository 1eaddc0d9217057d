"""The blank questionnaire on paper: what a screen does by itself is said there in words."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _

from screening.questionnaire.model import Question, Questionnaire


def number(questionnaire: Questionnaire, question: Question) -> int:
    """The number of a question on paper, where all of them stand."""
    return questionnaire.questions.index(question) + 1


def only_if(questionnaire: Questionnaire, question: Question) -> str:
    """Who goes on to a question, in the words of earlier options and by the numbers of their questions; empty where
    everyone does. Outside a page it speaks English.
    """
    parts = []
    for earlier, options in questionnaire.reads(question):
        chosen = _series([f"“{option.say}”" for option in options], _(" or "))
        parts.append(_("%(options)s in question %(number)d", options=chosen, number=number(questionnaire, earlier)))
    if not parts:
        return ""
    chosen = _series(parts, _(" and "))
    return str(_("Only if you chose %(parts)s:", parts=chosen))


def _series(several: Sequence[str], before_last: str) -> str:
    *most, last = several
    return f"{', '.join(most)}{before_last}{last}" if most else last
