"""Looking up the code that a patient brings. It opens one record, in the current week too, for this sign-in alone."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app, redirect, render_template, request
from limits import RateLimitItemPerMinute
from werkzeug.wrappers import Response

from screening.staff.access import account, allowed
from screening.staff.attempts import attempts
from screening.staff.routes import staff
from screening.staff.submission import address
from screening.staff.trail import open_by_code, write
from screening.storage import codes, submissions
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db

# Far more than a desk needs, far fewer than guessing would.
OF_ACCOUNT = RateLimitItemPerMinute(30, 10)


@staff.get("/look-up")
@allowed(REVIEWER, MANAGER)
def look_up() -> str:
    """Ask for a code."""
    return _page("")


@staff.post("/look-up")
@allowed(REVIEWER, MANAGER)
def find_by_code() -> Response | tuple[str, int]:
    """Open the record of a code, or say why there is none."""
    if not attempts().limiter.hit(OF_ACCOUNT, f"look-up {account().id}"):
        return _page("limited"), 429
    try:
        code = codes.read(request.form.get("code", ""))
    except codes.OtherKind:
        return _page("other"), 422
    except codes.NoCode:
        return _page("mistyped"), 422
    extensions = current_app.extensions
    places = submissions.places(
        db.session, code, extensions["code_keys"], datetime.now(UTC), extensions["retention_days"]
    )
    record = submissions.find(db.session, *places)
    write(Action.RECORD_LOOKED_UP, record)
    if record is None:
        return _page("unknown"), 404
    open_by_code(record)
    return redirect(address(record), 303)


def _page(problem: str) -> str:
    # What was typed is shown again beside what is wrong with it, and kept nowhere.
    typed = request.form.get("code", "")[: 2 * codes.LENGTH]
    days = current_app.extensions["retention_days"]
    return render_template("staff/look-up.html", problem=problem, typed=typed, days=days)
