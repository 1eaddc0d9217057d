"""Access control, deny by default: each staff page declares its roles, and one without opens for nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, g, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.exceptions import BadRequest, Forbidden, ServiceUnavailable, UnsupportedMediaType
from werkzeug.wrappers import Response

from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.sessions import ACCOUNT, StaffVisit
from screening.storage.accounts import DESK, MANAGER, REVIEWER, ROLES, VIEWER, User
from screening.storage.audit import Action
from screening.web.path_prefix import has_prefix

STAFF = "/staff"
SIGNING_IN = "someone who is signing in"
OPENS_FOR = {
    VIEWER: "published figures",
    DESK: "what a patient’s code opens, and the poster for the waiting room",
    REVIEWER: "published figures, insights, submissions and questionnaires",
    MANAGER: "published figures, insights, submissions and questionnaires, and the pages for managers",
}
# Session key: the account's password would be refused today.
MUST_CHANGE = "must change"
# URLs to return to after sign-in: only our own, to prevent open redirects.
STAFF_URL = re.compile(r"/staff/[\w/-]*(\?[\w=&.-]*)?", re.ASCII)
# Browsers silently drop a cookie over 4,096 bytes. After a longer URL, sign-in leads to the home page.
LONGEST_WANTED = 1000

View = TypeVar("View", bound=Callable[..., Any])


class WrongRole(Forbidden):
    """403: the page is for other roles."""

    def __init__(self, roles: frozenset[str]) -> None:
        super().__init__()
        self.roles = [role for role in ROLES if role in roles]


def allowed(*roles: str) -> Callable[[View], View]:
    """Declare which roles a view opens for: `@allowed(REVIEWER, MANAGER)`."""
    if not roles or not {*ROLES, SIGNING_IN}.issuperset(roles):
        raise ValueError(f"Unknown or missing role. Use: {', '.join(ROLES)}.")

    def declare(view: View) -> View:
        view.opens_for = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return declare


def role_holders(role: str, number: int) -> str:
    """Name one person or several with a role, inside a sentence: "a viewer", "viewers", "desk staff"."""
    if role == DESK:
        return "desk staff"
    return f"a {role}" if number == 1 else f"{role}s"


def account() -> User:
    """Return the signed-in account. Only for pages behind the gate."""
    signed_in: User = g.account
    return signed_in


def gate() -> Response | None:
    """Let a request for a staff page pass, redirect it, or refuse it. Deny by default.

    Raises:
        WrongRole: the page is for other roles, or declares none.
        ServiceUnavailable: the database is away, so nobody can be identified.
        UnsupportedMediaType: the request has a JSON body.
    """
    if not has_prefix(request.path, STAFF) or request.endpoint is None:
        return None
    if isinstance(session, StaffVisit) and session.is_cut_off:
        raise ServiceUnavailable
    if request.is_json:
        # Flask-Security would read JSON like a form.
        raise UnsupportedMediaType
    if "next" in request.values:
        return _without_next()
    opens_for: frozenset[str] = getattr(current_app.view_functions[request.endpoint], "opens_for", frozenset())
    signed_in = current_user._get_current_object()
    if not isinstance(signed_in, User):
        return None if SIGNING_IN in opens_for else _to_sign_in()
    g.account = signed_in
    if SIGNING_IN in opens_for:
        return redirect(url_for("staff.home"), 303)
    first = _must_do(signed_in)
    if first and request.endpoint not in (first, "staff.sign_out"):
        return redirect(url_for(first), 303)
    if signed_in.role not in opens_for:
        log_page_access(Action.PAGE_REFUSED)
        raise WrongRole(opens_for)
    wanted = session.pop("wanted", "") if "wanted" in session else ""
    return redirect(wanted, 303) if wanted and request.endpoint == "staff.home" else None


def _must_do(signed_in: User) -> str:
    """Return the endpoint that the account must complete first, or ""."""
    if signed_in.must_change_password or MUST_CHANGE in session:
        return "security.change_password"
    return "" if signed_in.mf_recovery_codes else "security.mf_recovery_codes"


def _to_sign_in() -> Response:
    session.pop(ACCOUNT, None)
    wanted = request.full_path.rstrip("?")
    if len(wanted) > LONGEST_WANTED:
        session.pop("wanted", None)
    elif request.method == "GET" and request.endpoint != "staff.home" and STAFF_URL.fullmatch(wanted):
        session["wanted"] = wanted
    return redirect(url_for("security.login"), 303)


def _without_next() -> Response:
    """Drop `next`, which Flask-Security puts in URLs and forms, to prevent open redirects."""
    if request.method == "POST":
        raise BadRequest
    return redirect(request.path, 303)
