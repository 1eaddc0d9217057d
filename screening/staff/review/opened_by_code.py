"""Submissions that codes have opened in this session.

The session has each one encrypted under a random handle that only the URL has.
"""

from __future__ import annotations

import json
import secrets

from cryptography.fernet import Fernet, InvalidToken
from flask import render_template, request, session

from screening.site import site
from screening.staff.review.submission_view import load_submission
from screening.storage import patient_codes
from screening.storage.submissions import Submitted

# More codes than one desk session needs.
MAX_OPENED = 50
OPENED = "opened by code"


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
    return look_up_page("closed"), 404


def remember_opened(record: Submitted) -> str:
    """Remember a submission for this session, encrypted under a random handle; return the handle."""
    handle = secrets.token_urlsafe(32)
    key = json.dumps([record.week, record.ref.hex()]).encode()
    # Fernet tokens carry a plaintext timestamp: set it to 0.
    session[OPENED] = [*session.get(OPENED, []), _cipher(handle).encrypt_at_time(key, 0).decode()][-MAX_OPENED:]
    return handle


def _cipher(handle: str) -> Fernet:
    """Return the cipher whose key is a handle.

    Raises:
        ValueError: it is not a handle.
    """
    return Fernet(handle + "=")


def look_up_page(problem: str) -> str:
    """Render the form for a code, with what is wrong with the last one."""
    # Show the typed text again next to the error, in groups, to compare it with the patient's. It is stored nowhere.
    typed = request.form.get("code", "")[: 2 * patient_codes.CODE_LENGTH]
    characters = patient_codes.code_characters(typed)
    if len(characters) == patient_codes.CODE_LENGTH:
        typed = patient_codes.format_code(characters)
    days = site().retention_days
    return render_template("staff/review/lookup.html", problem=problem, typed=typed, days=days, most_opened=MAX_OPENED)
