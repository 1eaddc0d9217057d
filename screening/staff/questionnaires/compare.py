"""Comparison of two versions of a questionnaire: what a patient sees differently, in each language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from flask import abort, render_template, request

from screening.questionnaire.model import Questionnaire
from screening.reports.diff import Difference, differences
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.questionnaires.known_versions import Version, by_questionnaire, every_version, version_at
from screening.storage.accounts import MANAGER, REVIEWER


class ComparedLanguage(NamedTuple):
    """Differences in one language, by place. `is_there`: whether the version before and the one after have it."""

    language: str
    is_there: tuple[bool, bool]
    number: int
    places: Mapping[str, Sequence[Difference]]


@staff.get("/questionnaires/changes")
@allowed(REVIEWER, MANAGER)
def show_changes() -> str:
    """Compare two versions, older to newer, in whichever order they were chosen."""
    several = every_version()
    if not several:
        abort(404)
    after = _wanted("after") or several[0]
    before = _wanted("before") or _previous(after, several)
    is_turned = several.index(before) < several.index(after)
    before, after = (after, before) if is_turned else (before, after)
    is_one = before.questionnaire.id == after.questionnaire.id
    return render_template(
        "staff/questionnaires/compare.html",
        groups=by_questionnaire(several),
        before=before,
        after=after,
        is_turned=is_turned,
        is_one=is_one,
        is_only=sum(one.questionnaire.id == after.questionnaire.id for one in several) == 1,
        compared=list(_compare(before.questionnaire, after.questionnaire)) if is_one and before != after else [],
    )


def _wanted(name: str) -> Version | None:
    wanted = request.args.get(name)
    return version_at(wanted) if wanted else None


def _previous(after: Version, several: Sequence[Version]) -> Version:
    """Return the version served before another, or the same one if it is the first."""
    return next((version for version in several if version.questionnaire is after.before), after)


def _compare(before: Questionnaire, after: Questionnaire) -> Iterator[ComparedLanguage]:
    for language in ("en", *sorted({*before.translations, *after.translations})):
        was, now = (one if language == "en" else one.translations.get(language) for one in (before, after))
        changes = differences(was, now) if was and now else ()
        places: dict[str, list[Difference]] = {}
        for change in changes:
            places.setdefault(change.where, []).append(change)
        yield ComparedLanguage(language, (was is not None, now is not None), len(changes), places)
