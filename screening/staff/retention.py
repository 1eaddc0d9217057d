"""Retention, for managers: how long things are kept, what is over its time, which backups there are, and purging."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.site import site
from screening.staff.auth.access import account, allowed
from screening.staff.blueprint import staff
from screening.storage import expiry, saved_drafts
from screening.storage.accounts import MANAGER
from screening.storage.database import db


@staff.get("/retention")
@allowed(MANAGER)
def show_retention() -> str:
    """Say how long things are kept, and what is over its time."""
    return _page("staff/retention.html")


@staff.get("/retention/purge")
@allowed(MANAGER)
def ask_purge() -> str | Response:
    """Say exactly what would go, and ask. While the clock may be wrong, this is for whoever runs the server."""
    if expiry.is_purge_held(db.session):
        return redirect(url_for("staff.show_retention"), 303)
    return _page("staff/purge.html")


@staff.post("/retention/purge")
@allowed(MANAGER)
def purge() -> Response:
    """Delete what is over its time, as the site does by itself every hour."""
    if expiry.is_purge_held(db.session):
        return redirect(url_for("staff.show_retention"), 303)
    current = site()
    expiry.purge_expired(db.session, current.audit_key, account().id, current.retention_days, current.backups)
    return redirect(url_for("staff.show_retention", purged="1"), 303)


def _page(template: str) -> str:
    current = site()
    days, backups = current.retention_days, current.backups
    return render_template(
        template,
        days=days,
        first=expiry.oldest_retained_today(days),
        saved_days=saved_drafts.SAVED_FOR.days,
        backups=backups,
        kept=backups.kept(),
        over=expiry.count_expired(db.session, days, backups),
        alarm=expiry.clock_alarm(db.session),
        is_purged="purged" in request.args,
    )
