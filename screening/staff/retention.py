"""Retention pages for managers: retention periods, expired data, backups, and purging."""

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
    """Show retention periods and counts of expired data."""
    return _page("staff/retention.html")


@staff.get("/retention/purge")
@allowed(MANAGER)
def ask_purge() -> str | Response:
    """Ask for confirmation, listing what would be deleted.

    While the clock may be wrong, only the command line can purge.
    """
    if expiry.is_purge_held(db.session):
        return redirect(url_for("staff.show_retention"), 303)
    return _page("staff/purge.html")


@staff.post("/retention/purge")
@allowed(MANAGER)
def purge() -> Response:
    """Delete expired data, as the site does every hour."""
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
        retained=backups.kept(),
        over=expiry.count_expired(db.session, days, backups),
        alarm=expiry.clock_alarm(db.session),
        is_purged="purged" in request.args,
    )
