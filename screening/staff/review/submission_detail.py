"""One submission of a closed week: read in the words of its version, and marked."""

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


class Marked(NamedTuple):
    """Where the record stands that was marked on the page before, and as what."""

    address: str
    state: str


@staff.get("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def show_submission(week: str, ref: str) -> str | tuple[str, int]:
    """Show a record in the words of its version, with what its summary said."""
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
        here=submission_url(record, **filters.query),
        back=url_for("staff.list_submissions", **filters.query),
        deletion=url_for("staff.ask_deletion", week=week, ref=ref),
    )


@staff.post("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def mark_submission(week: str, ref: str) -> Response:
    """Give a record another state, unless somebody else did so since this page was opened."""
    record = find_submission(week, ref)
    seen, wanted = STATES.get(request.form.get("seen", "")), STATES.get(request.form.get("state", ""))
    if seen is None or wanted is None:
        abort(400)
    filters = Filters(request.args)
    was_changed = record.state not in (seen, wanted)
    if not was_changed and record.state is not wanted:
        log_page_access(Action.RECORD_MARKED, record)
        was_changed = not submissions.set_review_state(db.session, record, wanted)
    there = submission_url(record, **filters.query, seen=seen.word) if was_changed else _next(record, wanted, filters)
    return redirect(there, 303)


def submission_url(record: Submitted, **query: Any) -> str:
    """Where a record stands. `seen`: the state that somebody else has changed; `last`: what was marked before; all else
    are the filters of the list that led there.
    """
    return _address(record.week_and_ref, query)


def find_submission(week: str, ref: str) -> Submitted:
    """The record at an address. One of an open week or over its time is as little there as one that does not exist."""
    there = parse_key(week, ref)
    record = load_submission(there) if there else None
    if record is None or not _is_over(record.week):
        abort(404)
    return record


def load_submission(there: PagePosition) -> Submitted | None:
    """The record that has this week and ref, unless it is over its time."""
    week, ref = there
    return None if _is_over_time(week) else submissions.find_stored(db.session, [week], [ref])


def submission_in_words(record: Submitted, journey: Journey) -> dict[str, Any]:
    """What a page needs to show a record: its answers, and what its summary said."""
    return {
        "record": record,
        "questionnaire": journey.questionnaire,
        "told": summary_items(journey),
        "summary": summarize(journey, site().support.country),
        "state": record.state.word,
    }


def _is_over_time(week: int) -> bool:
    """Whether a week is kept no longer, though it may not be purged yet."""
    oldest = weeks.oldest_retained(datetime.now(UTC).date(), site().retention_days)
    return weeks.is_week(week) and week < oldest


def _is_over(week: int) -> bool:
    """Whether staff may read a week. What can be no week is damaged, and must be able to be deleted."""
    return not weeks.is_week(week) or weeks.is_closed(week, datetime.now(UTC))


def _next(record: Submitted, state: ReviewState, filters: Filters) -> str:
    """Where to go on after a mark: the next record of the same list, or the list."""
    last = f"{format_key(record.week_and_ref)}.{state.word}"
    for after in (record.week_and_ref, None):
        for following in submission_search.search_page(db.session, filters.wanted, after, 2).records:
            if following.week_and_ref != record.week_and_ref:
                return submission_url(following, **filters.query, last=last)
    return url_for("staff.list_submissions", **filters.query, last=last)


def journey_of(record: Submitted) -> Journey:
    """The way that its answers lead through its version.

    Raises:
        NotPacked: the record is damaged, or its version is.
    """
    if record.is_damaged:
        raise NotPacked
    questionnaire = questionnaire_versions.load_version(db.session, record.version)
    return Journey(questionnaire, unpack(questionnaire, record.answers))


def parse_key(week: str, ref: str) -> PagePosition | None:
    """A record's week and ref from their form in addresses; None if they are none. A damaged row can have any."""
    found = re.fullmatch(r"(\d{1,7})-W(\d\d)", week, re.ASCII)
    is_ref = re.fullmatch("([0-9a-f]{2}){1,64}", ref)
    return (int(found[1]) * 100 + int(found[2]), bytes.fromhex(ref)) if found and is_ref else None


def format_key(there: PagePosition) -> str:
    """A record's week and ref, as `parse_key` reads them."""
    return f"{weeks.format_week(there[0])}.{there[1].hex()}"


def last_marked(filters: Filters) -> Marked | None:
    """What was marked on the page before."""
    there, _, state = request.args.get("last", "").rpartition(".")
    last = parse_key(*there.partition(".")[::2])
    return Marked(_address(last, filters.query), state) if last and state in STATES else None


def _address(there: PagePosition, query: Query) -> str:
    return url_for("staff.show_submission", week=weeks.format_week(there[0]), ref=there[1].hex(), **query)
