"""Deletion of one submission, for managers: by court order, or when a patient with the code asks at the desk."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.addresses import submission_url
from screening.staff.review.opened_by_code import open_week_key, opened_submission
from screening.staff.review.submission_view import find_submission
from screening.storage import submissions
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Removed, Submitted


@staff.get("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def ask_deletion(week: str, ref: str) -> str:
    """Ask for confirmation, listing what would be lost."""
    record = find_submission(week, ref)
    return _ask(record, submission_url(record))


@staff.post("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def delete_submission(week: str, ref: str) -> Response:
    """Delete a submission as the patient's own code would: also from the database file."""
    record = find_submission(week, ref)
    log_page_access(Action.RECORD_DELETED, record)
    return redirect(url_for("staff.list_submissions", state=record.state.word, deleted=_delete(record)), 303)


@staff.get("/look-up/<handle>/delete")
@allowed(MANAGER)
def ask_deletion_of_looked_up(handle: str) -> str | tuple[str, int]:
    """Ask for confirmation for the submission that a patient's code opened."""
    record = opened_submission(handle)
    return open_week_key() if record is None else _ask(record, url_for("staff.show_looked_up", handle=handle))


@staff.post("/look-up/<handle>/delete")
@allowed(MANAGER)
def delete_looked_up(handle: str) -> Response | tuple[str, int]:
    """Delete the submission that a patient's code opened.

    The audit entry has no mark: the look-up is right before it, so a mark would reveal which submission it opened.
    """
    record = opened_submission(handle)
    if record is None:
        return open_week_key()
    log_page_access(Action.RECORD_DELETED)
    return redirect(url_for("staff.look_up", deleted=_delete(record)), 303)


def _ask(record: Submitted, back: str) -> str:
    return render_template("staff/review/deletion.html", record=record, back=back)


def _delete(record: Submitted) -> str:
    """Delete a submission; return the next page's `deleted` parameter."""
    is_read = submissions.remove_submission(db.session, [record.week], [record.ref]) is Removed.STILL_READ
    return "still-read" if is_read else "1"
