"""What is written of those who read: that an account did it, on which day. Written before the answer is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Flask, current_app, session
from sqlalchemy.exc import SQLAlchemyError

from screening.staff.access import account
from screening.storage import audit
from screening.storage.accounts import User
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Record

# More codes than one visit at the desk brings.
MOST_OPENED = 50
OPENED = "opened by code"


def write(action: Action, record: Record | None = None) -> None:
    """Write what the account does on this page, before it is done or shown.

    Raises:
        SQLAlchemyError: it is not written, so it must not happen.
    """
    about = mark(record) if record else b""
    audit.append(db.session, _key(), account().id, action, datetime.now(UTC).date(), about)


def write_of(action: Action, email: str) -> None:
    """Write what the account does with an account of this name, before it is done.

    Raises:
        SQLAlchemyError: it is not written, so it must not happen.
    """
    about = audit.mark_account(_key(), email)
    audit.append(db.session, _key(), account().id, action, datetime.now(UTC).date(), about)


def write_sign_in(_app: Flask, user: User, authn_via: list[str] | None = None, **_: Any) -> None:
    """Write that someone signed in. A changed password begins a new session too, but is no sign-in."""
    if authn_via == ["change"]:
        return
    try:
        audit.append(db.session, _key(), user.id, Action.SIGNED_IN, datetime.now(UTC).date())
    except SQLAlchemyError:
        # The session is signed in already, and the error's own page would keep it.
        session.clear()
        raise


def mark(record: Record) -> bytes:
    """A record as it is named where it must not be recognised."""
    return audit.mark(_key(), record.ref)


def open_by_code(record: Record) -> None:
    """Remember, as long as this sign-in lasts, that a patient's code opened a record."""
    opened = [one for one in session.get(OPENED, []) if one != mark(record).hex()]
    session[OPENED] = [*opened, mark(record).hex()][-MOST_OPENED:]


def is_open_by_code(record: Record) -> bool:
    """Whether a patient's code opened this record since sign-in."""
    return mark(record).hex() in session.get(OPENED, [])


def _key() -> str:
    key: str = current_app.extensions["audit_key"]
    return key
