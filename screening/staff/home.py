"""Staff home page: pending work, and a field for a patient's code."""

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

# More than anyone reads in a day, so the count stops there.
MOST_COUNTED = 500


@staff.get("/")
@allowed(*ROLES)
def home() -> str:
    """Show the pending work of this role, what it can open, and links to both."""
    now, role = datetime.now(UTC), account().role
    days = site().retention_days
    oldest, newest = weeks.oldest_retained(now.date(), days), weeks.newest_closed(now)
    unread = 0 if role == VIEWER else submission_search.count_unread(db.session, oldest, newest, MOST_COUNTED + 1)
    return render_template(
        "staff/home.html",
        opens_for=OPENS_FOR[role],
        unread=min(unread, MOST_COUNTED),
        is_more=unread > MOST_COUNTED,
        closes=weeks.closes_on(weeks.week_of(now)),
        alarm=expiry.clock_alarm(db.session) if role == MANAGER else None,
        blocks=len(publishing.blocks_to_publish(db.session, now, days)) if role == MANAGER else 0,
        unfinished=[user for user in accounts.all_accounts(db.session) if user.active and not user.is_set_up]
        if role == MANAGER
        else [],
    )
