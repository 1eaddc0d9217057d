"""Page on which staff see their own sessions and end those left open elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from flask import current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import STAFF, account, allowed
from screening.staff.auth.forms import is_own_password
from screening.staff.auth.sessions import StaffVisit
from screening.staff.blueprint import staff
from screening.storage import accounts
from screening.storage.accounts import ROLES
from screening.storage.audit import Action
from screening.storage.database import db

SESSION_IDENTITY_REFUSED = "This is not your password. Type the password that you sign in with."
NONE_CHOSEN = "Choose at least one session."


class OwnSession(NamedTuple):
    """One of the account's sessions: its row ID, the day (UTC) it began, and whether it is the current one."""

    id: bytes
    begun: date
    is_this: bool


@staff.get("/sessions")
@allowed(*ROLES)
def list_own_sessions() -> str:
    """List the account's live sessions."""
    return _page(_own(), {})


@staff.post("/sessions")
@allowed(*ROLES)
def end_own_sessions() -> Response | tuple[str, int]:
    """End the chosen sessions. The current one ends by signing out."""
    own = _own()
    chosen = [one.id for one in own if not one.is_this and one.id.hex() in request.form.getlist("session")]
    errors = {}
    if not chosen:
        errors["session-1"] = [NONE_CHOSEN]
    if not is_own_password(request.form.get("password")):
        errors["password"] = [SESSION_IDENTITY_REFUSED]
    if errors:
        return _page(own, errors), 422
    log_page_access(Action.OWN_SESSIONS_ENDED)
    accounts.end_account_sessions(db.session, account(), chosen)
    return redirect(url_for("staff.list_own_sessions", ended=len(chosen)), 303)


def _own() -> list[OwnSession]:
    """Return the account's live sessions: the current one first, then the newest."""
    assert isinstance(session, StaffVisit)
    begun = current_app.session_interface.parts[STAFF].begun  # type: ignore[attr-defined]
    rows = accounts.account_sessions(db.session).get(account().id, [])
    own = [OwnSession(row.id, day, row.id == session.row) for row in rows if (day := begun(row.sealed))]
    return sorted(own, key=lambda one: (one.is_this, one.begun), reverse=True)


def _page(own: list[OwnSession], errors: Mapping[str, list[str]]) -> str:
    chosen = request.form.getlist("session")
    return render_template("staff/auth/own-sessions.html", own=own, form={"errors": errors}, chosen=chosen)
