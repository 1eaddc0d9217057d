"""The first page after sign-in: what waits to be done, and a patient's code at once."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template

from screening.site import site
from screening.staff.auth.access import OPENS_FOR, account, allowed
from screening.staff.blueprint import staff
from screening.statistics import publishing
from screening.storage import accounts, expiry, submission_search, weeks
from screening.storage.accounts import MANAGER, ROLES, VIEWER
from screening.storage.database import db

# More than anyone reads in a day: what lies beyond need not be counted.
COUNTED = 500


@staff.get("/")
@allowed(*ROLES)
def home() -> str:
    """Say what waits for this role, what it opens, and lead there."""
    now, role = datetime.now(UTC), account().role
    days = site().retention_days
    oldest, newest = weeks.oldest_retained(now.date(), days), weeks.newest_closed(now)
    unread = 0 if role == VIEWER else submission_search.count_unread(db.session, oldest, newest, COUNTED + 1)
    return render_template(
        "staff/home.html",
        opens_for=OPENS_FOR[role],
        unread=min(unread, COUNTED),
        is_more=unread > COUNTED,
        closes=weeks.closes_on(weeks.week_of(now)),
        alarm=expiry.clock_alarm(db.session) if role == MANAGER else None,
        blocks=len(publishing.blocks_to_publish(db.session, now, days)) if role == MANAGER else 0,
        half_made=[one for one in accounts.all_accounts(db.session) if one.active and not one.is_set_up]
        if role == MANAGER
        else [],
    )
