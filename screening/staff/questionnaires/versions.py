"""The questionnaires that are and were served: their versions, what one is made of, its checks, and all its texts."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from flask import Response, abort, render_template, request
from markupsafe import Markup

from screening.authoring.checks import sources
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import explain_topic, worth_knowing
from screening.reports import diagram
from screening.reports.describe import asked, brings, step_heading
from screening.reports.fhir import questionnaire_resource
from screening.site import site
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.figures.published_pages import day_in_words
from screening.staff.review.export_page import attached
from screening.storage import questionnaire_versions
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.database import db
from screening.web.languages import set_page_language


class Version(NamedTuple):
    """A version that was once served. `before`: the one of the same questionnaire that was served first before it."""

    questionnaire: Questionnaire
    since: date | None
    is_served: bool
    before: Questionnaire | None

    @property
    def short(self) -> str:
        """As much of its hash as addresses need."""
        return self.questionnaire.version[:12]

    @property
    def day(self) -> str:
        """The day on which it was first served, in words."""
        return day_in_words(self.since)

    @property
    def name(self) -> str:
        """As much of its hash as people need."""
        return self.questionnaire.version[:6]


@staff.get("/questionnaires")
@allowed(REVIEWER, MANAGER)
def list_questionnaires() -> str:
    """List each questionnaire with its versions, the newest first."""
    return render_template(
        "staff/questionnaires/questionnaires.html",
        shelves=by_questionnaire(every_version()),
        damaged=questionnaire_versions.count_damaged(db.session),
    )


@staff.get("/questionnaires/<version>")
@allowed(REVIEWER, MANAGER)
def show_questionnaire(version: str) -> str:
    """Show what a version is made of, what it was checked for, and the way through it."""
    shown = version_at(version)
    questionnaire = shown.questionnaire
    return render_template(
        "staff/questionnaires/version.html",
        shown=shown,
        questionnaire=questionnaire,
        checked=site().quality.of(questionnaire),
        out_of_date=list(sources.out_of_date(questionnaire, datetime.now(UTC).date())),
        # The drawing is ours, and escapes every text in it.
        drawing=Markup(diagram.svg_diagram(questionnaire)),  # noqa: S704
        title=step_heading,
        asked=asked,
    )


@staff.get("/questionnaires/<version>/texts")
@allowed(REVIEWER, MANAGER)
def show_texts(version: str) -> str:
    """Show every text of a version on one page, in one of its languages."""
    shown = version_at(version)
    questionnaire = in_language(shown.questionnaire, request.args.get("language", ""))
    country = site().support.country
    return render_template(
        "staff/questionnaires/texts.html",
        shown=shown,
        questionnaire=questionnaire,
        languages=languages(shown.questionnaire),
        topics=[explain_topic(questionnaire, topic, country) for topic in questionnaire.topics],
        worth_knowing=worth_knowing(questionnaire, country),
        asked=asked,
        brings=brings,
    )


@staff.get("/questionnaires/<version>/fhir")
@allowed(REVIEWER, MANAGER)
def export_fhir(version: str) -> Response:
    """Hand a version out as FHIR, for a clinic's other programs."""
    shown = version_at(version)
    resource = questionnaire_resource(shown.questionnaire, shown.since, shown.is_served)
    name = f"{shown.questionnaire.slug}-{shown.name}.fhir.json"
    return attached(name, "application/fhir+json", json.dumps(resource, ensure_ascii=False, indent=1))


def every_version() -> list[Version]:
    """Every version that was once served, the newest first."""
    served_now = {one.version for one in site().questionnaires}
    found: list[Version] = []
    last: dict[str, Questionnaire] = {}
    for version, since in reversed(questionnaire_versions.all_versions(db.session)):
        questionnaire = questionnaire_versions.load_version(db.session, version)
        found.append(Version(questionnaire, since, version in served_now, last.get(questionnaire.id)))
        last[questionnaire.id] = questionnaire
    return found[::-1]


def by_questionnaire(several: list[Version]) -> list[list[Version]]:
    """The versions of each questionnaire by themselves."""
    shelves: dict[str, list[Version]] = {}
    for version in several:
        shelves.setdefault(version.questionnaire.id, []).append(version)
    return list(shelves.values())


def version_at(beginning: str) -> Version:
    """The version whose hash begins so; there is no page for one that there is not, or of which there are several."""
    found = [one for one in every_version() if one.questionnaire.version.startswith(beginning)]
    if not re.fullmatch("[0-9a-f]{6,64}", beginning) or len(found) != 1:
        abort(404)
    return found[0]


def languages(questionnaire: Questionnaire) -> list[str]:
    """The languages that a version is there in."""
    return [questionnaire.language, *questionnaire.translations]


def in_language(questionnaire: Questionnaire, language: str) -> Questionnaire:
    """A version in one of its languages, in which the site's own words on this page are too."""
    spoken = questionnaire.in_language(language)
    set_page_language(spoken.language)
    return spoken
