"""Pages about questionnaire versions: the list, one version with its checks, all its texts, and FHIR download."""

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
from screening.staff.downloads import attached
from screening.staff.figures.published_pages import day_in_words
from screening.storage import questionnaire_versions
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.database import db
from screening.web.languages import set_page_language


class Version(NamedTuple):
    """A version that was ever served. `before`: the previous version of the same questionnaire, by first day served."""

    questionnaire: Questionnaire
    since: date | None
    is_served: bool
    before: Questionnaire | None

    @property
    def short(self) -> str:
        """The start of its hash, as URLs use it."""
        return self.questionnaire.version[:12]

    @property
    def day(self) -> str:
        """The day it was first served, in words."""
        return day_in_words(self.since)

    @property
    def name(self) -> str:
        """The start of its hash, as pages show it."""
        return self.questionnaire.version[:6]


@staff.get("/questionnaires")
@allowed(REVIEWER, MANAGER)
def list_questionnaires() -> str:
    """List each questionnaire with its versions, newest first."""
    return render_template(
        "staff/questionnaires/questionnaires.html",
        groups=by_questionnaire(every_version()),
        damaged=questionnaire_versions.count_damaged(db.session),
    )


@staff.get("/questionnaires/<version>")
@allowed(REVIEWER, MANAGER)
def show_questionnaire(version: str) -> str:
    """Show what a version contains, its check results, and the path through it."""
    shown = version_at(version)
    questionnaire = shown.questionnaire
    return render_template(
        "staff/questionnaires/version.html",
        shown=shown,
        questionnaire=questionnaire,
        checked=site().quality.of(questionnaire),
        out_of_date=list(sources.out_of_date(questionnaire, datetime.now(UTC).date())),
        # Safe: `svg_diagram` escapes every text in it.
        drawing=Markup(diagram.svg_diagram(questionnaire)),  # noqa: S704
        title=step_heading,
        asked=asked,
    )


@staff.get("/questionnaires/<version>/texts")
@allowed(REVIEWER, MANAGER)
def show_texts(version: str) -> str:
    """Show every text of a version on one page, in one of its languages."""
    shown = version_at(version)
    questionnaire = show_in_language(shown.questionnaire, request.args.get("language", ""))
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
    """Download a version as a FHIR Questionnaire in one of its languages, for a clinic's other programs."""
    shown = version_at(version)
    questionnaire = shown.questionnaire
    language = questionnaire.in_language(request.args.get("language", "")).language
    resource = questionnaire_resource(questionnaire, shown.since, shown.is_served, site().publication, language)
    suffix = "" if language == questionnaire.language else f"-{language}"
    name = f"{questionnaire.slug}-{shown.name}{suffix}.fhir.json"
    return attached(name, "application/fhir+json", json.dumps(resource, ensure_ascii=False, indent=1))


def every_version() -> list[Version]:
    """Return every version that was ever served, newest first."""
    served_now = {one.version for one in site().questionnaires}
    versions: list[Version] = []
    last: dict[str, Questionnaire] = {}
    for version, since in reversed(questionnaire_versions.all_versions(db.session)):
        questionnaire = questionnaire_versions.load_version(db.session, version)
        versions.append(Version(questionnaire, since, version in served_now, last.get(questionnaire.id)))
        last[questionnaire.id] = questionnaire
    return versions[::-1]


def by_questionnaire(several: list[Version]) -> list[list[Version]]:
    """Group versions by questionnaire."""
    groups: dict[str, list[Version]] = {}
    for version in several:
        groups.setdefault(version.questionnaire.id, []).append(version)
    return list(groups.values())


def version_at(beginning: str) -> Version:
    """Return the only version whose hash starts this way; otherwise 404."""
    matches = [one for one in every_version() if one.questionnaire.version.startswith(beginning)]
    if not re.fullmatch("[0-9a-f]{6,64}", beginning) or len(matches) != 1:
        abort(404)
    return matches[0]


def languages(questionnaire: Questionnaire) -> list[str]:
    """Return the languages of a version."""
    return [questionnaire.language, *questionnaire.translations]


def show_in_language(questionnaire: Questionnaire, language: str) -> Questionnaire:
    """Return a version in a language, or as it is if it has no such translation. The rest of the page follows."""
    spoken = questionnaire.in_language(language)
    set_page_language(spoken.language)
    return spoken
