"""Page of one submission of a closed week: shown in the words of its version, and marked."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import NotPacked, unpack
from screening.questionnaire.summary import summarize, summary_items
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.filters import STATES, Filters, Query
from screening.storage import questionnaire_versions, submission_search, submissions, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submission_search import PagePosition
from screening.storage.submissions import ReviewState, Submitted


class LastMarked(NamedTuple):
    """The submission that was marked on the previous page: its URL and new state."""

    address: str
    state: str


@staff.get("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def show_submission(week: str, ref: str) -> str | tuple[str, int]:
    """Show a submission in the words of its version, with its summary."""
    record = find_submission(week, ref)
    try:
        journey = journey_of(record)
    except NotPacked:
        return render_template(
            "staff/review/damaged.html", deletion=url_for("staff.ask_deletion", week=week, ref=ref)
        ), 500
    log_page_access(Action.RECORD_READ, record)
    filters = Filters(request.args)
    seen = STATES.get(request.args.get("seen", ""), record.state)
    return render_template(
        "staff/review/submission.html",
        **submission_in_words(record, journey),
        is_by_code=False,
        is_open_week=False,
        is_conflict=seen is not record.state,
        last=last_marked(filters),
        this_url=submission_url(record, **filters.query),
        back=url_for("staff.list_submissions", **filters.query),
        deletion=url_for("staff.ask_deletion", week=week, ref=ref),
    )


@staff.post("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def mark_submission(week: str, ref: str) -> Response:
    """Change a submission's state, unless someone else changed it after this page was opened."""
    record = find_submission(week, ref)
    seen, wanted = STATES.get(request.form.get("seen", "")), STATES.get(request.form.get("state", ""))
    if seen is None or wanted is None:
        abort(400)
    filters = Filters(request.args)
    was_changed = record.state not in (seen, wanted)
    if not was_changed and record.state is not wanted:
        log_page_access(Action.RECORD_MARKED, record)
        was_changed = not submissions.set_review_state(db.session, record, wanted)
    target = submission_url(record, **filters.query, seen=seen.word) if was_changed else _next(record, wanted, filters)
    return redirect(target, 303)


def submission_url(record: Submitted, **query: Any) -> str:
    """Return a submission's URL.

    `query`: the filters of its list; `seen`: the state that someone else has changed; `last`: the one marked before.
    """
    return _address(record.week_and_ref, query)


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


def _is_expired(week: int) -> bool:
    """Return whether a week is past retention, even if it is not purged yet."""
    oldest = weeks.oldest_retained(datetime.now(UTC).date(), site().retention_days)
    return weeks.is_week(week) and week < oldest


def _is_readable(week: int) -> bool:
    """Return whether staff may read a week. An invalid week is damaged, and must stay deletable."""
    return not weeks.is_week(week) or weeks.is_closed(week, datetime.now(UTC))


def _next(record: Submitted, state: ReviewState, filters: Filters) -> str:
    """Return the URL after marking: the next submission of the same list, or the list."""
    last = f"{format_key(record.week_and_ref)}.{state.word}"
    for after in (record.week_and_ref, None):
        for following in submission_search.search_page(db.session, filters.wanted, after, 2).records:
            if following.week_and_ref != record.week_and_ref:
                return submission_url(following, **filters.query, last=last)
    return url_for("staff.list_submissions", **filters.query, last=last)


def journey_of(record: Submitted) -> Journey:
    """Return the journey of a submission's answers through its version.

    Raises:
        NotPacked: the submission or its version is damaged.
    """
    if record.is_damaged:
        raise NotPacked
    questionnaire = questionnaire_versions.load_version(db.session, record.version)
    return Journey(questionnaire, unpack(questionnaire, record.answers))


def parse_key(week: str, ref: str) -> PagePosition | None:
    """Parse a week and ref as URLs write them; None if invalid. Damaged rows can have any values."""
    week_match = re.fullmatch(r"(\d{1,7})-W(\d\d)", week, re.ASCII)
    is_ref = re.fullmatch("([0-9a-f]{2}){1,64}", ref)
    return (int(week_match[1]) * 100 + int(week_match[2]), bytes.fromhex(ref)) if week_match and is_ref else None


def format_key(position: PagePosition) -> str:
    """Format a week and ref, as `parse_key` reads them."""
    return f"{weeks.format_week(position[0])}.{position[1].hex()}"


def last_marked(filters: Filters) -> LastMarked | None:
    """Return the submission marked on the previous page, if any."""
    key, _, state = request.args.get("last", "").rpartition(".")
    last = parse_key(*key.partition(".")[::2])
    return LastMarked(_address(last, filters.query), state) if last and state in STATES else None


def _address(position: PagePosition, query: Query) -> str:
    return url_for("staff.show_submission", week=weeks.format_week(position[0]), ref=position[1].hex(), **query)
