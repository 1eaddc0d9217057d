"""Look-up of a patient's code. It opens one submission, even of the current week, for this session only.

Staff know who is at the desk, so nothing stored may reveal which submission was opened: neither the URL (a random
handle), nor the audit trail, nor the session without that handle.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from flask import redirect, render_template, request, session, url_for
from limits import RateLimitItemPerMinute
from werkzeug.wrappers import Response

from screening.questionnaire.packing import NotPacked
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import account, allowed
from screening.staff.blueprint import staff
from screening.staff.review.submission_detail import journey_of, load_submission, submission_in_words
from screening.storage import patient_codes, submissions, weeks
from screening.storage.accounts import DESK, MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Submitted

# Far more than a desk needs, far fewer than guessing needs.
LOOK_UPS_PER_ACCOUNT = RateLimitItemPerMinute(30, 10)
# More codes than one desk session needs.
MOST_OPENED = 50
OPENED = "opened by code"


@staff.get("/look-up")
@allowed(DESK, REVIEWER, MANAGER)
def look_up() -> str:
    """Show the code form."""
    return _page("")


@staff.post("/look-up")
@allowed(DESK, REVIEWER, MANAGER)
def find_by_code() -> Response | tuple[str, int]:
    """Open the submission of a code, or say why there is none."""
    if not site().attempts.limiter.hit(LOOK_UPS_PER_ACCOUNT, f"look-up {account().id}"):
        return _page("limited"), 429
    try:
        code = patient_codes.parse_code(request.form.get("code", ""))
    except patient_codes.OtherKind:
        return _page("other"), 422
    except patient_codes.NoCode:
        return _page("mistyped"), 422
    current = site()
    keys = submissions.lookup_keys(db.session, code, current.code_keys, datetime.now(UTC), current.retention_days)
    record = submissions.find_stored(db.session, *keys)
    log_page_access(Action.RECORD_LOOKED_UP)
    if record is None:
        return _page("unknown"), 404
    return redirect(url_for("staff.show_looked_up", handle=_open(record)), 303)


@staff.get("/look-up/<handle>")
@allowed(DESK, REVIEWER, MANAGER)
def show_looked_up(handle: str) -> str | tuple[str, int]:
    """Show the submission that a code opened, as often as this session asks. The look-up itself was logged."""
    record = opened_submission(handle)
    if record is None:
        return open_week_key()
    deletion = url_for("staff.ask_deletion_of_looked_up", handle=handle)
    try:
        journey = journey_of(record)
    except NotPacked:
        return render_template("staff/review/damaged.html", deletion=deletion), 500
    return render_template(
        "staff/review/submission.html",
        **submission_in_words(record, journey),
        is_by_code=True,
        is_conflict=False,
        is_open_week=not weeks.is_closed(record.week, datetime.now(UTC)),
        deletion=deletion,
    )


def opened_submission(handle: str) -> Submitted | None:
    """Return a handle's submission; None if this session did not open it, or it no longer exists."""
    for token in session.get(OPENED, []):
        try:
            week, ref = json.loads(_cipher(handle).decrypt(token))
        except (InvalidToken, ValueError):
            continue
        return load_submission((week, bytes.fromhex(ref)))
    return None


def open_week_key() -> tuple[str, int]:
    """Render the page for a handle that opens nothing."""
    return _page("closed"), 404


def _open(record: Submitted) -> str:
    """Remember a submission for this session, encrypted under a random handle; return the handle."""
    handle = secrets.token_urlsafe(32)
    key = json.dumps([record.week, record.ref.hex()]).encode()
    # Fernet tokens carry a plaintext timestamp: set it to 0.
    session[OPENED] = [*session.get(OPENED, []), _cipher(handle).encrypt_at_time(key, 0).decode()][-MOST_OPENED:]
    return handle


def _cipher(handle: str) -> Fernet:
    """Return the cipher whose key is a handle.

    Raises:
        ValueError: it is not a handle.
    """
    return Fernet(handle + "=")


def _page(problem: str) -> str:
    # Show the typed text again next to the error, in groups, to compare it with the patient's. It is stored nowhere.
    typed = request.form.get("code", "")[: 2 * patient_codes.CODE_LENGTH]
    characters = patient_codes.code_characters(typed)
    if len(characters) == patient_codes.CODE_LENGTH:
        typed = patient_codes.format_code(characters)
    days = site().retention_days
    return render_template("staff/review/lookup.html", problem=problem, typed=typed, days=days, most_opened=MOST_OPENED)
