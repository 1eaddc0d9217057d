"""One submission, as several pages find it and show it in the words of its version."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import abort, request

from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import NotPacked, unpack
from screening.questionnaire.summary import summarize, summary_items
from screening.site import site
from screening.staff.review.addresses import LastMark, parse_key
from screening.staff.review.filters import Filters, Query
from screening.storage import questionnaire_versions, submission_search, submissions, weeks
from screening.storage.database import db
from screening.storage.submission_search import PagePosition
from screening.storage.submissions import Submitted


def marked_before(filters: Filters, query: Query, week: int = 0) -> dict[str, Any]:
    """Return the template variables about the mark made on the previous page: it, how to undo it, and what is left.

    `left`: the counts of the list in the week, if there is one, and in all; none where counting would read every row.
    """
    mark, wanted = LastMark.of(request.args), filters.wanted
    if mark is None:
        return {"mark": None}
    scopes = [replace(wanted, newest=week, oldest=week), wanted] if week else [wanted]
    left = [submission_search.count_submissions(db.session, one) for one in scopes if not wanted.is_filtered]
    return {"mark": mark, "undo_url": mark.undo_url(query), "left": left}


def find_submission(week: str, ref: str) -> Submitted:
    """Return the submission at a URL; 404 if it is missing, expired or of an open week."""
    position = parse_key(week, ref)
    record = load_submission(position) if position else None
    if record is None or not _is_readable(record.week):
        abort(404)
    return record


def load_submission(position: PagePosition) -> Submitted | None:
    """Return the submission with this week and ref, unless it has expired."""
    week, ref = position
    return None if _is_expired(week) else submissions.find_stored(db.session, [week], [ref])


def submission_in_words(record: Submitted, journey: Journey) -> dict[str, Any]:
    """Return the template variables that show a submission and its summary."""
    return {
        "record": record,
        "questionnaire": journey.questionnaire,
        "answers": summary_items(journey),
        "summary": summarize(journey, site().support.country),
        "state": record.state.word,
    }


def journey_of(record: Submitted) -> Journey:
    """Return the journey of a submission's answers through its version.

    Raises:
        NotPacked: the submission or its version is damaged.
    """
    if record.is_damaged:
        raise NotPacked
    questionnaire = questionnaire_versions.load_version(db.session, record.version)
    return Journey(questionnaire, unpack(questionnaire, record.answers))


def _is_expired(week: int) -> bool:
    """Return whether a week is past retention, even if it is not purged yet."""
    oldest = weeks.oldest_retained(datetime.now(UTC).date(), site().retention_days)
    return weeks.is_week(week) and week < oldest


def _is_readable(week: int) -> bool:
    """Return whether staff may read a week. An invalid week is damaged, and must stay deletable."""
    return not weeks.is_week(week) or weeks.is_closed(week, datetime.now(UTC))
