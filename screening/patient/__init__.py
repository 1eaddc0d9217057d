"""A patient's way: from the start page to the printed summary and, if they choose to, to sharing, saving and codes."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import BaseConverter

from config import Config
from screening.authoring.loader import Collection
from screening.patient import (
    blank_copy,
    component_gallery,
    information,
    journey_pages,
    localized,
    resuming,
    saving,
    shared_record,
    sharing,
)
from screening.patient.data_dictionary import stored
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import explain, worth_knowing
from screening.web.answer_forms import answer_forms
from screening.web.compression import compress_pages
from screening.web.limits import HOUR, SECOND, NetworkLimit, SiteLimit
from screening.web.padding import pad_pages
from screening.web.templates import Once

# Each repeats nothing that the request brought, save what the sealed cookie held, so nobody else can choose text that
# stands beside a secret; see D-PAGES-23. A page that repeats what was typed must never be listed here.
COMPRESSED = (
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
# No summary takes as many minutes.
LONGEST = 120
# Bytes to whose multiples a page is padded, beside the usual `STEP`: whatever was answered, one step is enough.
STEPS = {
    "journey.question": 8 * 1024,
    "journey.check": 8 * 1024,
    "journey.summary": 24 * 1024,
    "sharing.share": 16 * 1024,
    "code.look": 16 * 1024,
    "code.ask": 16 * 1024,
}


def init_patient(app: Flask, collection: Collection, config: Config, once: Once) -> None:
    """Serve these questionnaires; all that no answer changes is made here, once."""
    by_slug = {questionnaire.slug: questionnaire for questionnaire in collection.questionnaires}
    support = collection.support[config.country].shown(config.support_confirmed is not None)

    class Slug(BaseConverter):
        """In an address a questionnaire is its slug."""

        regex = "|".join(by_slug)

        def to_python(self, value: str) -> Questionnaire:
            return by_slug[value]

        def to_url(self, value: Questionnaire) -> str:
            return value.slug

    app.url_map.converters["questionnaire"] = Slug
    app.extensions["questionnaires"] = collection.questionnaires
    in_all_languages = [spoken for one in collection.questionnaires for spoken in (one, *one.translations.values())]
    app.extensions["answer_forms"] = {one: answer_forms(one) for one in in_all_languages}
    app.extensions["support"] = support
    app.extensions["exit_page"] = config.exit_page
    app.extensions["stored"] = stored(app.extensions["columns"], config.retention_days)
    memory = app.extensions["shared_memory"]
    app.extensions["limits"] = {
        "shares": SiteLimit(memory, config.shares_per_hour, HOUR),
        "saves": SiteLimit(memory, config.shares_per_hour, HOUR),
        "look-ups": SiteLimit(memory, 60, SECOND),
        # Each takes work on purpose.
        "return codes": SiteLimit(memory, 10, SECOND),
    }
    # One network leaves half of each hour to others.
    of_network = max(1, config.shares_per_hour // 2)
    app.extensions["network_limits"] = {kind: NetworkLimit(memory, of_network, HOUR) for kind in ("shares", "saves")}
    app.extensions["proxy_hops"] = config.proxy_hops
    app.jinja_env.globals |= {"support": localized.support, "questionnaires": localized.questionnaires}
    app.jinja_env.globals |= {"only_if": blank_copy.only_if, "number_on_paper": blank_copy.number}
    app.jinja_env.globals["is_confirmed"] = config.support_confirmed is not None
    once.allow(support, *support.translations.values())
    # The minutes that a summary takes.
    once.allow(*range(LONGEST))
    for questionnaire in in_all_languages:
        once.allow(questionnaire, *questionnaire.questions, *questionnaire.sections)
        constant = tuple(explain(questionnaire, one, config.country) for one in questionnaire.topics if one.always)
        once.allow(
            questionnaire.referral, questionnaire.finding, worth_knowing(questionnaire, config.country), constant
        )
        once.allow(*(explain(questionnaire, topic, config.country) for topic in questionnaire.topics))
        once.allow(None, *range(1, len(questionnaire.sections) + 1))

    @app.url_value_preprocessor
    def in_its_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values and "questionnaire" in values:
            values["questionnaire"] = localized.spoken(values["questionnaire"])

    pages = (information.pages, journey_pages.pages, sharing.pages, shared_record.pages, saving.pages, resuming.pages)
    app.extensions["patients"] = {blueprint.name for blueprint in pages}
    for blueprint in (*pages, *([component_gallery.pages] if app.debug else [])):
        app.register_blueprint(blueprint)
    compress_pages(app, COMPRESSED)
    pad_pages(app, app.extensions["patients"], STEPS)
