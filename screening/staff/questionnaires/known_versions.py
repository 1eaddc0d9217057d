"""Versions of questionnaires that were ever served, each in one of its languages."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from flask import abort

from screening.questionnaire.model import Questionnaire
from screening.site import site
from screening.staff.figures.figure_choices import day_in_words
from screening.storage import questionnaire_versions
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
