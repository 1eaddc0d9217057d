"""What is written of those who read: that an account did it, on which day. Written before the answer is sent."""

from __future__ import annotations

from datetime import UTC, datetime
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
    """Write what the account does on this page, before it is done or shown.

    Raises:
        SQLAlchemyError: it is not written, so it must not happen.
    """
    _append(g.account.id, action, audit.record_mac(_key(), record.ref) if record else b"")


def log_access(action: Action, email: str) -> None:
    """Write what the account does with an account of this name, before it is done.

    Raises:
        SQLAlchemyError: it is not written, so it must not happen.
    """
    _append(g.account.id, action, audit.account_mac(_key(), email))


def log_sign_in_step(action: Action, user: User | None) -> None:
    """Write what came of a step of signing in to an account, before it is told.

    A name without an account is written nowhere: people type passwords into the wrong field. All such names share one
    kind of entry.

    Raises:
        SQLAlchemyError: it is not written, so it must not be told.
    """
    if user is None:
        _append(audit.COMMAND_LINE, Action.NAME_UNKNOWN)
    else:
        _append(user.id, action)


def log_sign_in(_app: Flask, user: User, authn_via: list[str] | None = None, **_: Any) -> None:
    """Write that someone signed in. A changed password begins a new session too, but is no sign-in."""
    if authn_via == ["change"]:
        return
    try:
        _append(user.id, Action.SIGNED_IN)
    except SQLAlchemyError:
        # The session is signed in already, and the error's own page would keep it.
        session.clear()
        raise


def _append(account: int, action: Action, about: bytes = b"") -> None:
    audit.append_entry(db.session, _key(), account, action, datetime.now(UTC).date(), about)


def _key() -> str:
    return site().audit_key
