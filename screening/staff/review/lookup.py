"""Look-up of a patient's code. It opens one submission, even of the current week, for this session only.

Staff know who is at the desk, so nothing stored may reveal which submission was opened: neither the URL (a random
handle), nor the audit trail, nor the session without that handle.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import redirect, render_template, request, url_for
from limits import RateLimitItemPerMinute
from werkzeug.wrappers import Response

from screening.questionnaire.packing import NotPacked
from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import account, allowed
from screening.staff.blueprint import staff
from screening.staff.review.opened_by_code import (
    look_up_page,
    open_week_key,
    opened_submission,
    remember_opened,
)
from screening.staff.review.submission_view import journey_of, submission_in_words
from screening.storage import patient_codes, submissions, weeks
from screening.storage.accounts import DESK, MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db

# Far more than a desk needs, far fewer than guessing needs.
LOOK_UPS_PER_ACCOUNT = RateLimitItemPerMinute(30, 10)


@staff.get("/look-up")
@allowed(DESK, REVIEWER, MANAGER)
def look_up() -> str:
    """Show the code form."""
    return look_up_page("")


@staff.post("/look-up")
@allowed(DESK, REVIEWER, MANAGER)
def find_by_code() -> Response | tuple[str, int]:
    """Open the submission of a code, or say why there is none."""
    if not site().attempts.limiter.hit(LOOK_UPS_PER_ACCOUNT, f"look-up {account().id}"):
        return look_up_page("limited"), 429
    try:
        code = patient_codes.parse_code(request.form.get("code", ""))
    except patient_codes.OtherKind:
        return look_up_page("other"), 422
    except patient_codes.NoCode:
        return look_up_page("mistyped"), 422
    current = site()
    keys = submissions.lookup_keys(db.session, code, current.code_keys, datetime.now(UTC), current.retention_days)
    record = submissions.find_stored(db.session, *keys)
    log_page_access(Action.RECORD_LOOKED_UP)
    if record is None:
        return look_up_page("unknown"), 404
    return redirect(url_for("staff.show_looked_up", handle=remember_opened(record)), 303)


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
