"""Deleting one submission, for managers: when a court orders it, or a patient at the desk asks and has their code."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.lookup import open_week_key, opened_submission
from screening.staff.review.submission_detail import find_submission, submission_url
from screening.storage import submissions
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Removed, Submitted


@staff.get("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def ask_deletion(week: str, ref: str) -> str:
    """Say exactly what would go, and ask."""
    record = find_submission(week, ref)
    return _ask(record, submission_url(record))


@staff.post("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def delete_submission(week: str, ref: str) -> Response:
    """Delete a record, as the patient's own code would: from the file too."""
    record = find_submission(week, ref)
    log_page_access(Action.RECORD_DELETED, record)
    return redirect(url_for("staff.list_submissions", state=record.state.word, deleted=_delete(record)), 303)


@staff.get("/look-up/<handle>/delete")
@allowed(MANAGER)
def ask_deletion_of_looked_up(handle: str) -> str | tuple[str, int]:
    """The same for the record that a patient's code opened."""
    record = opened_submission(handle)
    return open_week_key() if record is None else _ask(record, url_for("staff.show_looked_up", handle=handle))


@staff.post("/look-up/<handle>/delete")
@allowed(MANAGER)
def delete_looked_up(handle: str) -> Response | tuple[str, int]:
    """Delete the record that a patient's code opened. The entry has no mark: the look-up stands right before it."""
    record = opened_submission(handle)
    if record is None:
        return open_week_key()
    log_page_access(Action.RECORD_DELETED)
    return redirect(url_for("staff.look_up", deleted=_delete(record)), 303)


def _ask(record: Submitted, back: str) -> str:
    return render_template("staff/review/deletion.html", record=record, back=back)


def _delete(record: Submitted) -> str:
    """Delete a record, and return how completely, as the next page is told it."""
    is_read = submissions.remove_submission(db.session, [record.week], [record.ref]) is Removed.STILL_READ
    return "still-read" if is_read else "1"
