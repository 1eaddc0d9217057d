"""Write audit entries for staff actions: the account and the day. Each is written before the response is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, g, session
from sqlalchemy.exc import SQLAlchemyError

from screening.site import site
from screening.storage import audit
from screening.storage.accounts import User
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Submitted


def log_page_access(action: Action, record: Submitted | None = None) -> None:
    """Log what the account does on this page, before it is done or shown.

    Raises:
        SQLAlchemyError: the entry could not be written, so the action must not happen.
    """
    _append(g.account.id, action, audit.record_mac(_key(), record.ref) if record else b"")


def is_last_marker(record: Submitted) -> bool:
    """Whether this account, and nobody after it, marked a record since yesterday. A session is never older."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    return bool(audit.last_marker(db.session, audit.record_mac(_key(), record.ref), yesterday) == g.account.id)


def log_access(action: Action, email: str) -> None:
    """Log what the signed-in account does to the account `email`, before it is done.

    Raises:
        SQLAlchemyError: the entry could not be written, so the action must not happen.
    """
    _append(g.account.id, action, audit.account_mac(_key(), email))


def log_sign_in_step(action: Action, user: User | None) -> None:
    """Log the outcome of a sign-in step, before the user sees it.

    A name without an account is never written, because people type passwords into the wrong field. All such names
    share one kind of entry.

    Raises:
        SQLAlchemyError: the entry could not be written, so the outcome must not be shown.
    """
    if user is None:
        _append(audit.COMMAND_LINE, Action.NAME_UNKNOWN)
    else:
        _append(user.id, action)


def log_sign_in(_app: Flask, user: User, authn_via: list[str] | None = None, **_: Any) -> None:
    """Log a sign-in. Changing a password also starts a new session, but is not a sign-in."""
    if authn_via == ["change"]:
        return
    try:
        _append(user.id, Action.SIGNED_IN)
    except SQLAlchemyError:
        # The session is already signed in, and the error page would save it.
        session.clear()
        raise


def _append(account: int, action: Action, about: bytes = b"") -> None:
    audit.append_entry(db.session, _key(), account, action, datetime.now(UTC).date(), about)


def _key() -> str:
    return site().audit_key
