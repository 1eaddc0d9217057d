"""Patient pages: from the start page to the printed summary, and optional sharing, saving and codes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter

from screening.patient import (
    component_gallery,
    information,
    journey_pages,
    leave_and_keep,
    localized,
    paper_conditions,
    resuming,
    saving,
    shared_record,
    sharing,
)
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import explain_topic, worth_knowing
from screening.site import Site
from screening.web.compression import compress_pages
from screening.web.padding import pad_pages
from screening.web.templates import ComponentCache

BLUEPRINTS = (
    information.pages,
    leave_and_keep.pages,
    journey_pages.pages,
    sharing.pages,
    shared_record.pages,
    saving.pages,
    resuming.pages,
)
# These pages repeat nothing from the request except the encrypted cookie's content, so an attacker cannot choose text
# next to a secret (BREACH, D-PAGES-23). A page that repeats typed text must never be listed here.
COMPRESSED_PAGES = (
    "information.home",
    "information.topics",
    "information.topic",
    "information.paper",
    "information.help_lines",
    "information.privacy",
    "information.accessibility",
    "journey.start",
    "journey.check",
    "journey.summary",
)
# In minutes; every summary takes less.
LONGEST_READING_TIME = 120
# Padding steps in bytes, instead of `STEP`. Whatever was answered, the page fits into one step.
PADDING_STEPS = {
    "journey.question": 8 * 1024,
    "journey.check": 8 * 1024,
    "journey.summary": 24 * 1024,
    "sharing.share": 16 * 1024,
    "code.show_record": 16 * 1024,
    "code.confirm_deletion": 16 * 1024,
}


def in_all_languages(questionnaires: Iterable[Questionnaire]) -> list[Questionnaire]:
    """Return each questionnaire followed by its translations."""
    return [spoken for english in questionnaires for spoken in (english, *english.translations.values())]


def init_patient(app: Flask, site: Site, once: ComponentCache) -> None:
    """Serve the questionnaires of a site, and declare what no answer changes, so that it is rendered once."""
    by_slug = {questionnaire.slug: questionnaire for questionnaire in site.questionnaires}
    support = site.support

    class Slug(BaseConverter):
        """Represents a questionnaire by its slug in URLs."""

        regex = "|".join(by_slug)

        def to_python(self, value: str) -> Questionnaire:
            return by_slug[value]

        def to_url(self, value: Questionnaire) -> str:
            return value.slug

    app.url_map.converters["questionnaire"] = Slug
    app.jinja_env.globals |= {"support": localized.support, "questionnaires": localized.questionnaires}
    app.jinja_env.globals |= {"only_if": paper_conditions.only_if, "number_on_paper": paper_conditions.number}
    app.jinja_env.globals["is_confirmed"] = site.is_support_confirmed
    once.allow(support, *support.translations.values())
    # Reading times of summaries, in minutes.
    once.allow(*range(LONGEST_READING_TIME))
    for questionnaire in in_all_languages(site.questionnaires):
        once.allow(questionnaire, *questionnaire.questions, *questionnaire.sections)
        constant = tuple(
            explain_topic(questionnaire, topic, support.country) for topic in questionnaire.topics if topic.always
        )
        once.allow(
            questionnaire.referral, questionnaire.finding, worth_knowing(questionnaire, support.country), constant
        )
        once.allow(*(explain_topic(questionnaire, topic, support.country) for topic in questionnaire.topics))
        once.allow(None, *range(1, len(questionnaire.sections) + 1))

    @app.url_value_preprocessor
    def localize_questionnaire(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "questionnaire" in values:
            values["questionnaire"] = localized.spoken(values["questionnaire"])

    for blueprint in (*BLUEPRINTS, *([component_gallery.pages] if app.debug else [])):
        app.register_blueprint(blueprint)
    compress_pages(app, COMPRESSED_PAGES)
    pad_pages(app, site.patient_blueprints, PADDING_STEPS)
