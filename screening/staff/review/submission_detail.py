"""Page of one submission of a closed week, shown in the words of its version."""

from __future__ import annotations

from flask import render_template, request, url_for

from screening.questionnaire.packing import NotPacked
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.addresses import list_query, next_url, submission_url
from screening.staff.review.filters import STATES, Filters
from screening.staff.review.submission_view import (
    find_submission,
    journey_of,
    marked_before,
    submission_in_words,
)
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action


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
    query = list_query(filters, request.args)
    seen = STATES.get(request.args.get("seen", ""), record.state)
    return render_template(
        "staff/review/submission.html",
        **submission_in_words(record, journey),
        **marked_before(filters, query, record.week),
        is_by_code=False,
        is_open_week=False,
        is_conflict=seen is not record.state,
        undo=request.args.get("undo", ""),
        this_url=submission_url(record, **query),
        next_url=next_url(record, query),
        back=url_for("staff.list_submissions", **query, _anchor=ref),
        deletion=url_for("staff.ask_deletion", week=week, ref=ref),
    )
