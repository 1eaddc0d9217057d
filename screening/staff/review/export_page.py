"""Export of submissions of closed weeks as files, for roles that may read each submission anyway."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from flask import Response, abort, render_template, request
from sqlalchemy.orm import Session

from screening.exports.codebook import codebook
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.exports.record_schema import record_schema
from screening.questionnaire.model import Questionnaire
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.downloads import attached, reserved_download, streamed
from screening.staff.figures.figure_choices import OfferedVersion, versions_offered
from screening.staff.review.file_disclosure import measure_file
from screening.staff.review.filters import STATES
from screening.storage import export_rows, questionnaire_versions, tallies, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db, unpooled_engine
from screening.storage.export_rows import AnsweredVersion, Export, ExportQuery
from screening.storage.tallies import RowTotal

log = logging.getLogger("screening")

ACTIONS = {Level.YEAR_ONLY: Action.EXPORTED_YEARS, Level.WEEKLY: Action.EXPORTED_WEEKS}


class ExportChoice(NamedTuple):
    """What can be exported: questionnaires (ID -> title), and the versions of the chosen one."""

    questionnaires: dict[str, str]
    offered: list[OfferedVersion]


class LikelyFile(NamedTuple):
    """Numbers of submissions that a file would have and leave out, and its size in bytes by the name of the format."""

    number: int
    damaged: int
    sizes: dict[str, int]


@staff.get("/export")
@allowed(REVIEWER, MANAGER)
def show_export() -> str:
    """Show what an export would contain, with the size in each format."""
    now, level = datetime.now(UTC), _level()
    days = site().retention_days
    totals = tallies.row_totals(db.session, weeks.readable_weeks(now, days), now)
    answered = export_rows.known_versions(
        db.session,
        {version: sum(one.number + one.unreadable for one in several) for version, several in totals.items()},
    )
    choice = _choice(answered)
    wanted = _wanted(level, choice) if choice.questionnaires else None
    file = _likely_file(wanted, level, now, totals, answered) if wanted else LikelyFile(0, 0, {})
    is_asked = "count" in request.args
    singled = measure_file(wanted, level, now, answered) if wanted and file.number and is_asked else None
    return render_template(
        "staff/review/export.html",
        level=level.value,
        levels=[one.value for one in Level],
        readable=weeks.readable_weeks(now, days),
        choice=choice,
        wanted=wanted,
        state=request.args.get("state", ""),
        number=file.number,
        damaged=file.damaged,
        sizes=file.sizes,
        singled=singled,
        days=days,
        closes=weeks.closes_on(weeks.week_of(now)),
    )


@staff.post("/export")
@allowed(REVIEWER, MANAGER)
def export() -> Response:
    """Stream the file. A download that is cut short does not match its Content-Length."""
    # Before counting anything: many requests at once would keep pages waiting.
    with reserved_download() as held:
        now, level = datetime.now(UTC), _level()
        choice = _choice(_answered(now))
        form = FORMATS.get(request.form.get("format", ""))
        if form is None or not choice.questionnaires:
            abort(400)
        wanted = _wanted(level, choice)
        log_page_access(ACTIONS[level])
        file = Export(held.enter_context(Session(unpooled_engine())), wanted, level, now, _oldest(now))
        size = file.size(form)
        left_out = file.left_out + file.without_version
        name = f"{wanted.questionnaire}-{level.value}{_without(left_out)}.{form.ending}"
        response = attached(name, form.mimetype)
        return streamed(response, size, file.parts(form), (REVIEWER, MANAGER), held)


@staff.get("/export/codebook")
@allowed(REVIEWER, MANAGER)
def show_codebook() -> Response:
    """Download the meaning of columns and values, as CSV."""
    versions = _versions()
    return attached(f"{versions[0].id}-codebook.csv", "text/csv", codebook(versions))


@staff.get("/export/schema")
@allowed(REVIEWER, MANAGER)
def show_schema() -> Response:
    """Download the JSON Schema of the NDJSON format."""
    level, versions = _level(), _versions()
    return attached(
        f"{versions[0].id}-{level.value}.schema.json",
        "application/schema+json",
        json.dumps(record_schema(versions, level), indent=1),
    )


def _likely_file(
    wanted: ExportQuery,
    level: Level,
    now: datetime,
    totals: Mapping[int, Sequence[RowTotal]],
    answered: Sequence[AnsweredVersion],
) -> LikelyFile:
    with db.sessionmaker() as session:
        export = Export(session, wanted, level, now, _oldest(now), answered)
        stateless = export.count_stateless()
        number, damaged = _count(wanted, export, totals, now)
        # Tallies know no states, so a state filter counts the rows.
        number = max(0, number - stateless) if wanted.state is None else export.number
        sizes = {name: export.likely_size(form, number) for name, form in FORMATS.items()}
    return LikelyFile(number, damaged + stateless, sizes)


def _count(
    wanted: ExportQuery, export: Export, totals: Mapping[int, Sequence[RowTotal]], now: datetime
) -> tuple[int, int]:
    """Count the submissions that can be exported, in any state, and those of the chosen weeks that are damaged."""
    first, last = wanted.first or _oldest(now), wanted.last or weeks.newest_closed(now)
    chosen = {version: [one for one in several if first <= one.week <= last] for version, several in totals.items()}
    of_file = [
        one for row, version in export.hashes.items() if wanted.version in (None, version) for one in chosen[row]
    ]
    unreadable = sum(one.unreadable for one in of_file)
    counted = sum(one.number + one.unreadable for several in chosen.values() for one in several)
    # A version or a week that does not exist has no tally.
    untallied = 0 if wanted.version else max(0, export_rows.count_between(export.session, first, last) - counted)
    return sum(one.number for one in of_file), unreadable + untallied


def _without(left_out: int) -> str:
    """Return the part of the file name that says how many submissions are missing: readers may not see this page."""
    if not left_out:
        return ""
    log.error("Damaged submissions left out of an export: %d", left_out)
    return f"-without-{left_out}-damaged"


def _level() -> Level:
    named = request.values.get("level", Level.YEAR_ONLY.value)
    return Level(named) if named in {one.value for one in Level} else abort(400)


def _oldest(now: datetime) -> int:
    return weeks.oldest_retained(now.date(), site().retention_days)


def _answered(now: datetime) -> list[AnsweredVersion]:
    return export_rows.answered_versions(db.session, now, _oldest(now))


def _choice(answered: Sequence[AnsweredVersion]) -> ExportChoice:
    titles: dict[str, str] = {}
    for one in answered:
        titles.setdefault(one.questionnaire, questionnaire_versions.load_version(db.session, one.version).title)
    chosen = request.values.get("questionnaire") or next(iter(titles), "")
    there = {one.version for one in answered if one.questionnaire == chosen}
    return ExportChoice(titles, [one for one in versions_offered() if one.version in there])


def _versions() -> list[Questionnaire]:
    """Return the answered versions of the requested questionnaire, newest first."""
    offered = _choice(_answered(datetime.now(UTC))).offered or abort(404)
    return [questionnaire_versions.load_version(db.session, one.version) for one in offered]


def _wanted(level: Level, choice: ExportChoice) -> ExportQuery:
    """Parse the query. Refuse invalid values with 400: ignoring one would export more than was meant."""
    if not choice.offered:
        abort(400)
    name = questionnaire_versions.load_version(db.session, choice.offered[0].version).id
    if level is Level.YEAR_ONLY:
        return ExportQuery(name)
    first, last = (
        weeks.parse_week(text) or abort(400) if (text := request.values.get(end)) else None for end in ("from", "to")
    )
    if first and last and first > last:
        first, last = last, first
    state, version = request.values.get("state"), request.values.get("version")
    matches = [one.version for one in choice.offered if version and one.version.startswith(version)]
    if (state and state not in STATES) or (version and len(matches) != 1):
        abort(400)
    return ExportQuery(name, first, last, matches[0] if matches else None, STATES[state] if state else None)
