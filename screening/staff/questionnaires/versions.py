"""Pages about questionnaire versions: the list, one version with its checks, all its texts, and FHIR download."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from flask import Response, render_template, request
from markupsafe import Markup

from screening.authoring.checks import sources
from screening.questionnaire.summary import explain_topic, worth_knowing
from screening.reports import diagram
from screening.reports.describe import asked, brings, step_heading
from screening.reports.fhir import questionnaire_resource
from screening.site import site
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.downloads import attached
from screening.staff.questionnaires.known_versions import (
    by_questionnaire,
    every_version,
    languages,
    show_in_language,
    version_at,
)
from screening.storage import questionnaire_versions
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.database import db


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
