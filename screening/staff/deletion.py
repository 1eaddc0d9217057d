"""Deleting one submission, for managers: when a court orders it, or a patient at the desk asks and has their code."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from screening.staff.access import allowed
from screening.staff.routes import staff
from screening.staff.submission import address, find
from screening.staff.trail import write
from screening.storage import submissions
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.database import db


@staff.get("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def ask_deletion(week: str, ref: str) -> str:
    """Say exactly what would go, and ask."""
    record = find(week, ref)
    return render_template("staff/deletion.html", record=record, back=address(record))


@staff.post("/submissions/<week>/<ref>/delete")
@allowed(MANAGER)
def delete_submission(week: str, ref: str) -> Response:
    """Delete a record, as the patient's own code would: from the file too."""
    record = find(week, ref)
    write(Action.RECORD_DELETED, record)
    submissions.remove(db.session, [record.week], [record.ref])
    return redirect(url_for("staff.list_submissions", state=record.state.word, deleted="1"), 303)
