"""Account pages for managers: list, invitations, roles, new links, disabling, and sessions.

Actions that grant access ask for the manager's own password, because a desk may be left unattended for a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple, TypeAlias

from flask import abort, current_app, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import log_access
from screening.staff.auth.access import STAFF, account, allowed
from screening.staff.auth.forms import is_own_password
from screening.staff.auth.sessions import StaffVisit
from screening.staff.auth.sign_in_names import WHAT_TO_WRITE, can_be_name, canonical_name
from screening.staff.blueprint import staff
from screening.storage import accounts
from screening.storage.accounts import DESK, MANAGER, REVIEWER, ROLES, VIEWER, LastManager, StaffSession, User
from screening.storage.audit import Action
from screening.storage.database import db

ROLE_ACTIONS = {
    VIEWER: Action.MADE_VIEWER,
    DESK: Action.MADE_DESK,
    REVIEWER: Action.MADE_REVIEWER,
    MANAGER: Action.MADE_MANAGER,
}
LONGEST_PURPOSE = 300
IDENTITY_REFUSED = "This is not your password. Type the password that you sign in with yourself."
LAST_MANAGER_STAYS = "No other manager has signed in before. First make someone else a manager, and let them sign in."
OWN_ACCOUNT = "This is your own account. Use “Your password” or “Recovery codes” in the menu instead."

Errors: TypeAlias = Mapping[str, list[str]]


class AccountRow(NamedTuple):
    """An account and its live sessions."""

    account: User
    sessions: list[StaffSession]


@staff.get("/accounts")
@allowed(MANAGER)
def list_accounts() -> str:
    """List accounts with role, purpose and live sessions."""
    live = _live_sessions()
    rows = [AccountRow(user, live.get(user.id, [])) for user in accounts.all_accounts(db.session)]
    return render_template("staff/auth/accounts.html", rows=rows, today=_today())


@staff.get("/accounts/invite")
@allowed(MANAGER)
def ask_invitation() -> str:
    """Show the invitation form."""
    return _ask_invitation({})


@staff.post("/accounts/invite")
@allowed(MANAGER)
def invite() -> str | tuple[str, int]:
    """Create a viewer account and show its one-time link, only this once."""
    email = canonical_name(request.form.get("email"))
    errors = {}
    if not can_be_name(email):
        errors["email"] = [WHAT_TO_WRITE]
    elif any(user.email == email for user in accounts.all_accounts(db.session)):
        errors["email"] = [f"{email} already has an account. For a new link, open it and choose “New link”."]
    if not is_own_password(request.form.get("password")):
        errors["password"] = [IDENTITY_REFUSED]
    if errors:
        return _ask_invitation(errors), 422
    log_access(Action.ACCOUNT_ADDED, email)
    return _show_link(email, accounts.add_invited_account(db.session, email, _today()))


@staff.get("/accounts/<int:number>")
@allowed(MANAGER)
def show_account(number: int) -> str:
    """Show one account and its actions."""
    one = _account(number)
    done = request.args.get("done", "")
    return render_template(
        "staff/auth/account.html", row=AccountRow(one, _sessions(one)), today=_today(), done=done, me=account()
    )


@staff.get("/accounts/<int:number>/role")
@allowed(MANAGER)
def ask_role(number: int) -> str:
    """Show the form for role and purpose."""
    return _ask_role(_account(number), {})


@staff.post("/accounts/<int:number>/role")
@allowed(MANAGER)
def give_role(number: int) -> Response | tuple[str, int]:
    """Change an account's role. Any role but viewer needs a purpose."""
    one, role = _account(number), request.form.get("role", "")
    purpose = request.form.get("purpose", "").replace("\0", "").strip()
    errors = {}
    if role not in ROLES:
        errors["role-viewer"] = ["Choose a role."]
    elif role != VIEWER and not 0 < len(purpose) <= LONGEST_PURPOSE:
        errors["purpose"] = [f"Write a purpose of {LONGEST_PURPOSE} characters or fewer, such as: reads for the team."]
    if not is_own_password(request.form.get("password")):
        errors["password"] = [IDENTITY_REFUSED]
    if errors:
        return _ask_role(one, errors), 422
    stored_purpose = "" if role == VIEWER else purpose
    if not _do(
        one, ROLE_ACTIONS[role], lambda: accounts.change_role(db.session, one, role, stored_purpose), role != MANAGER
    ):
        return _ask_role(one, {"role-viewer": [LAST_MANAGER_STAYS]}), 422
    return _back(one, "role")


@staff.get("/accounts/<int:number>/<any(reset,disable,enable):act>")
@allowed(MANAGER)
def ask_act(number: int, act: str) -> str:
    """Ask for confirmation, listing what would be lost."""
    return _ask(_account(number), act, {})


@staff.post("/accounts/<int:number>/reset")
@allowed(MANAGER)
def reset(number: int) -> str | tuple[str, int]:
    """Reset an account and show its new one-time link, only this once."""
    one = _account(number)
    if one.id == account().id:
        return _ask(one, "reset", {"password": [OWN_ACCOUNT]}), 422
    if not is_own_password(request.form.get("password")):
        return _ask(one, "reset", {"password": [IDENTITY_REFUSED]}), 422
    log_access(Action.ACCOUNT_RENEWED, one.email)
    return _show_link(one.email, accounts.reset_account(db.session, one, _today()))


@staff.post("/accounts/<int:number>/disable")
@allowed(MANAGER)
def disable(number: int) -> Response | tuple[str, int]:
    """Disable an account and end its sessions."""
    one = _account(number)
    if not _do(one, Action.ACCOUNT_DISABLED, lambda: accounts.close_account(db.session, one), True):
        return _ask(one, "disable", {"do": [LAST_MANAGER_STAYS]}), 422
    return _back(one, "disabled")


@staff.post("/accounts/<int:number>/enable")
@allowed(MANAGER)
def enable(number: int) -> Response | tuple[str, int]:
    """Enable a disabled account."""
    one = _account(number)
    if not is_own_password(request.form.get("password")):
        return _ask(one, "enable", {"password": [IDENTITY_REFUSED]}), 422
    log_access(Action.ACCOUNT_ENABLED, one.email)
    accounts.enable_account(db.session, one)
    return _back(one, "enabled")


@staff.get("/accounts/<int:number>/sessions")
@allowed(MANAGER)
def ask_sessions(number: int) -> str:
    """Show the form to end sessions."""
    return _ask_sessions(_account(number), {})


@staff.post("/accounts/<int:number>/sessions")
@allowed(MANAGER)
def end_sessions(number: int) -> Response | tuple[str, int]:
    """End the chosen sessions of an account."""
    one = _account(number)
    chosen = [row.id for row in _sessions(one) if row.id.hex() in request.form.getlist("session")]
    if not chosen:
        return _ask_sessions(one, {"session-1": ["Choose at least one session, or go back."]}), 422
    log_access(Action.SESSIONS_ENDED, one.email)
    accounts.end_account_sessions(db.session, one, chosen)
    return _back(one, "ended")


def _do(one: User, action: Action, change: Callable[[], None], takes_away: bool) -> bool:
    """Log and make a change; return False if it would remove the last manager."""
    if takes_away and accounts.is_last_manager(db.session, one):
        return False
    log_access(action, one.email)
    try:
        change()
    except LastManager:
        # Race: two managers demoted or disabled each other at the same time.
        return False
    return True


def _account(number: int) -> User:
    # A larger number overflows the database's integer type.
    return (db.session.get(User, number) if number < 2**31 else None) or abort(404)


def _live_sessions() -> dict[int, list[StaffSession]]:
    """Return the live sessions by account number."""
    is_live = current_app.session_interface.parts[STAFF].is_live  # type: ignore[attr-defined]
    return {
        number: [row for row in rows if is_live(row.sealed)]
        for number, rows in accounts.account_sessions(db.session).items()
    }


def _sessions(one: User) -> list[StaffSession]:
    return _live_sessions().get(one.id, [])


def _ask_invitation(errors: Errors) -> str:
    return render_template("staff/auth/account-invite.html", form={"errors": errors}, typed=request.form)


def _ask_role(one: User, errors: Errors) -> str:
    return render_template(
        "staff/auth/account-role.html", one=one, form={"errors": errors}, typed=request.form, longest=LONGEST_PURPOSE
    )


def _ask(one: User, act: str, errors: Errors) -> str:
    return render_template(
        "staff/auth/account-ask.html", one=one, act=act, form={"errors": errors}, sessions=_sessions(one), me=account()
    )


def _ask_sessions(one: User, errors: Errors) -> str:
    assert isinstance(session, StaffVisit)
    return render_template(
        "staff/auth/account-sessions.html", one=one, form={"errors": errors}, sessions=_sessions(one), mine=session.row
    )


def _show_link(email: str, token: str) -> str:
    # In the URL fragment, which browsers send to no server, log or referrer.
    link = f"{url_for('staff.join', _external=True)}#{token}"
    return render_template("staff/auth/account-link.html", email=email, link=link, until=_today() + accounts.LINK_LASTS)


def _back(one: User, done: str) -> Response:
    return redirect(url_for("staff.show_account", number=one.id, done=done), 303)


def _today() -> date:
    return datetime.now(UTC).date()
