"""Marking a submission, undoing that, and going on to the next one of the list."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import is_last_marker, log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.addresses import LastMark, ListStart, list_query, submission_url
from screening.staff.review.filters import STATES, Filters
from screening.staff.review.submission_view import find_submission
from screening.storage import submission_search, submissions
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submission_search import PagePosition, SearchPage
from screening.storage.submissions import ReviewState, Submitted


@staff.post("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def mark_submission(week: str, ref: str) -> Response:
    """Change a submission's state, unless someone else changed it after this page was opened (optimistic locking)."""
    record = find_submission(week, ref)
    seen, wanted = _states()
    filters = Filters(request.args)
    was_changed = record.state not in (seen, wanted)
    # A second press changes nothing. A colleague's mark is written even then, so that nobody undoes it unseen.
    if not was_changed and not (record.state is wanted and is_last_marker(record)):
        log_page_access(Action.RECORD_MARKED, record)
        was_changed = not submissions.set_review_state(db.session, record, wanted)
    if was_changed:
        return redirect(submission_url(record, **list_query(filters, request.args), seen=seen.word), 303)
    return redirect(_after_marking(record, LastMark(record.week_and_ref, wanted, seen), filters), 303)


@staff.post("/submissions/<week>/<ref>/undo")
@allowed(REVIEWER, MANAGER)
def undo_mark(week: str, ref: str) -> Response:
    """Undo this account's mark, unless someone marked the submission after it, even alike."""
    record = find_submission(week, ref)
    seen, wanted = _states()
    is_done = record.state is wanted
    if record.state is seen and not is_done and is_last_marker(record):
        log_page_access(Action.MARK_UNDONE, record)
        is_done = submissions.set_review_state(db.session, record, wanted)
    query = list_query(Filters(request.args), request.args)
    return redirect(submission_url(record, **query, undo="done" if is_done else "refused"), 303)


@staff.get("/submissions/<week>/<ref>/next")
@allowed(REVIEWER, MANAGER)
def show_next(week: str, ref: str) -> Response:
    """Go on to the next submission of the list without marking this one, or to the list after its last."""
    record, filters = find_submission(week, ref), Filters(request.args)
    page = _page_after(record.week_and_ref, filters, 1)
    if page.records:
        return redirect(submission_url(page.records[0], **list_query(filters, request.args)), 303)
    rest = ListStart(page.goes_on).query if page.goes_on else {"end": "1"}
    return redirect(url_for("staff.list_submissions", **filters.query, **rest), 303)


def _states() -> tuple[ReviewState, ReviewState]:
    """Return the state that the page showed, and the one to set; 400 if one is missing."""
    seen, wanted = (STATES.get(request.form.get(name, "")) for name in ("seen", "state"))
    if seen is None or wanted is None:
        abort(400)
    return seen, wanted


def _after_marking(record: Submitted, mark: LastMark, filters: Filters) -> str:
    """Return the URL after marking: the next submission of the same list, or the list."""
    for after in (record.week_and_ref, None):
        for following in _page_after(after, filters, 2).records:
            if following.week_and_ref != record.week_and_ref:
                return submission_url(following, **list_query(filters, request.args), last=str(mark))
    return url_for("staff.list_submissions", **filters.query, last=str(mark))


def _page_after(after: PagePosition | None, filters: Filters, size: int) -> SearchPage:
    return submission_search.search_page(db.session, filters.wanted, after, size)
