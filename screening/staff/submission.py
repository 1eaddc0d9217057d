"""One submission, of a week that is closed or opened by its code: read in the words of its version, and marked."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from flask import abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import unpack
from screening.questionnaire.summary import summarise, told
from screening.staff.access import allowed
from screening.staff.routes import staff
from screening.staff.trail import is_open_by_code, write
from screening.storage import submissions, versions, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Record, State

STATES = {"unread": State.UNREAD, "reviewed": State.REVIEWED, "set-aside": State.SET_ASIDE}
NAMES = {state: name for name, state in STATES.items()}


@staff.get("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def show_submission(week: str, ref: str) -> str:
    """Show a record in the words of its version, with what its summary said."""
    record = find(week, ref)
    journey = journey_of(record)
    write(Action.RECORD_READ, record)
    seen = STATES.get(request.args.get("seen", ""), record.state)
    return render_template(
        "staff/submission.html",
        record=record,
        questionnaire=journey.questionnaire,
        told=told(journey),
        summary=summarise(journey, current_app.extensions["support"].country),
        state=NAMES[record.state],
        is_conflict=seen is not record.state,
        is_by_code=is_open_by_code(record),
        is_open_week=not weeks.is_closed(record.week, datetime.now(UTC)),
        last=last_marked(),
    )


@staff.post("/submissions/<week>/<ref>")
@allowed(REVIEWER, MANAGER)
def mark_submission(week: str, ref: str) -> Response:
    """Give a record another state, unless somebody else did so since this page was opened."""
    record = find(week, ref)
    seen, wanted = STATES.get(request.form.get("seen", "")), STATES.get(request.form.get("state", ""))
    if seen is None or wanted is None:
        abort(400)
    if record.state not in (seen, wanted):
        return redirect(address(record, seen=NAMES[seen]), 303)
    if record.state is not wanted:
        write(Action.RECORD_MARKED, record)
        if not submissions.mark(db.session, record, wanted):
            return redirect(address(record, seen=NAMES[seen]), 303)
    return redirect(_next(record), 303)


def address(record: Record, seen: str | None = None, last: str | None = None) -> str:
    """Where a record stands. `seen`: the state that somebody else has changed; `last`: what was marked before."""
    week, ref = weeks.written(record.week), record.ref.hex()
    return url_for("staff.show_submission", week=week, ref=ref, seen=seen, last=last)


def find(week: str, ref: str) -> Record:
    """The record at an address. One of an open week is as little there as one that does not exist."""
    there = place(week, ref)
    record = submissions.find(db.session, [there[0]], [there[1]]) if there else None
    if record is None or not (weeks.is_closed(record.week, datetime.now(UTC)) or is_open_by_code(record)):
        abort(404)
    return record


def _next(record: Record) -> str:
    """Where to go on after a mark: the next record that is not reviewed, or the list; from the desk, nowhere."""
    if is_open_by_code(record):
        return address(record)
    newest = weeks.newest_closed(datetime.now(UTC))
    for after in (record.week_and_ref, None):
        for following in submissions.page(db.session, newest, State.UNREAD, after, 2):
            if following.week_and_ref != record.week_and_ref:
                return address(following, last=written(record))
    return url_for("staff.list_submissions", last=written(record))


def journey_of(record: Record) -> Journey:
    """The way that its answers lead through its version."""
    questionnaire = versions.questionnaire(db.session, record.version)
    return Journey(questionnaire, unpack(questionnaire, record.answers))


def place(week: str, ref: str) -> tuple[int, bytes] | None:
    """A record's week and ref from their form in addresses; None if they are none."""
    number = weeks.read(week)
    return (number, bytes.fromhex(ref)) if number and re.fullmatch("[0-9a-f]{32}", ref) else None


def written(record: Record) -> str:
    """A record's week and ref, as `place` reads them."""
    return f"{weeks.written(record.week)}.{record.ref.hex()}"


def last_marked() -> str:
    """The address of the record that was marked on the page before."""
    last = place(*request.args.get("last", "").partition(".")[::2])
    return url_for("staff.show_submission", week=weeks.written(last[0]), ref=last[1].hex()) if last else ""
