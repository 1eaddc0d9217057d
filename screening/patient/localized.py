"""The active questionnaires and support lines, in the language of the page."""

from __future__ import annotations

from screening.authoring.translation import ENGLISH
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.support import Support
from screening.site import site
from screening.web.languages import choose_language, language


def spoken(questionnaire: Questionnaire) -> Questionnaire:
    """Return a questionnaire in the page's language, and limit the page to the languages of the questionnaire."""
    return questionnaire.in_language(choose_language((ENGLISH, *questionnaire.translations)))


def questionnaires() -> tuple[Questionnaire, ...]:
    """Return every questionnaire, for a page that belongs to none of them."""
    return tuple(english.in_language(language()) for english in site().questionnaires)


def support() -> Support:
    """Return the support lines of the clinic's country, those in the page's language first."""
    return site().support.in_language(language())
