"""The questionnaires and support lines that are served, in the language of the page."""

from __future__ import annotations

from screening.authoring.translation import ENGLISH
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.support import Support
from screening.site import site
from screening.web.languages import language, offer


def spoken(questionnaire: Questionnaire) -> Questionnaire:
    """A questionnaire in the page's language. A page of one is there only in the languages that it has."""
    return questionnaire.in_language(offer((ENGLISH, *questionnaire.translations)))


def questionnaires() -> tuple[Questionnaire, ...]:
    """Every questionnaire, for a page that is of none of them."""
    return tuple(one.in_language(language()) for one in site().questionnaires)


def support() -> Support:
    """The support lines of the clinic's country, those in the page's language first."""
    return site().support.in_language(language())
