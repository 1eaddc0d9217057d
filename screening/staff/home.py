"""Staff home page: pending work, and a field for a patient's code."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template

from screening.site import site
from screening.staff.auth.access import OPENS_FOR, account, allowed, role_holders
from screening.staff.blueprint import staff
from screening.statistics import publishing
from screening.storage import accounts, expiry, submission_search, weeks
from screening.storage.accounts import MANAGER, REVIEWER, ROLES
from screening.storage.database import db

# More than anyone reads in a day, so the count stops there.
LARGEST_EXACT_COUNT = 500


@staff.get("/")
@allowed(*ROLES)
def home() -> str:
    """Show the pending work of this role, what it can open, and links to both."""
    now, role = datetime.now(UTC), account().role
    days = site().retention_days
    oldest, newest = weeks.oldest_retained(now.date(), days), weeks.newest_closed(now)
    unread = (
        submission_search.count_unread(db.session, oldest, newest, LARGEST_EXACT_COUNT + 1)
        if role in (REVIEWER, MANAGER)
        else 0
    )
    return render_template(
        "staff/home.html",
        opens_for=OPENS_FOR[role],
        holder=role_holders(role, 1),
        unread=min(unread, LARGEST_EXACT_COUNT),
        is_more=unread > LARGEST_EXACT_COUNT,
        closes=weeks.closes_on(weeks.week_of(now)),
        alarm=expiry.clock_alarm(db.session) if role == MANAGER else None,
        blocks=len(publishing.blocks_to_publish(db.session, now, days)) if role == MANAGER else 0,
        unfinished=[user for user in accounts.all_accounts(db.session) if user.active and not user.is_set_up]
        if role == MANAGER
        else [],
    )
