"""The list of submissions, of weeks that are closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import render_template, request

from screening.questionnaire.summary import told
from screening.staff.access import allowed
from screening.staff.routes import staff
from screening.staff.submission import NAMES, STATES, address, journey_of, last_marked, place, written
from screening.staff.trail import write
from screening.storage import notices, submissions, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import PAGE_SIZE, Record, State

# So many of the first questions tell one record from the next in the list.
TELLING = 2
NOTICES_LAST = timedelta(weeks=4)


class Row(NamedTuple):
    """A record as the list shows it: its address, week, its questionnaire, what was picked first."""

    address: str
    week: int
    title: str
    picked: str


@staff.get("/submissions")
@allowed(REVIEWER, MANAGER)
def list_submissions() -> str:
    """List the records of closed weeks, those not yet reviewed unless another state is asked for."""
    now = datetime.now(UTC)
    state = STATES.get(request.args.get("state", ""), State.UNREAD)
    after = place(*request.args.get("after", "").partition(".")[::2])
    write(Action.LIST_READ)
    found = submissions.page(db.session, weeks.newest_closed(now), state, after, PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    return render_template(
        "staff/submissions.html",
        state=NAMES[state],
        rows=[_row(record) for record in shown],
        is_first=after is None,
        older=written(shown[-1]) if len(found) > PAGE_SIZE else "",
        last=last_marked(),
        notices=notices.since(db.session, weeks.week_of(now - NOTICES_LAST)),
        closes=weeks.closes(weeks.week_of(now)),
    )


def _row(record: Record) -> Row:
    journey = journey_of(record)
    first = [one for _, answered in told(journey) for one in answered][:TELLING]
    picked = ": ".join(", ".join(one.said) or "No answer" for one in first)
    return Row(address(record), record.week, journey.questionnaire.title, picked)
