"""`wsgi:app` with a fault in storing shares that the tests must detect: FAULT says which."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.orm import Session

from screening.storage import submissions
from screening.storage.submissions import Added, Submitted
from wsgi import app

__all__ = ["app"]
add = submissions.add_submission


def lost(_session: Session, _record: Submitted) -> Added:
    """Acknowledge without storing."""
    return Added.STORED


def doubled(session: Session, record: Submitted) -> Added:
    """Store the submission a second time, under another ref."""
    add(session, replace(record, ref=secrets.token_bytes(16)))
    return add(session, record)


FAULTS: dict[str, Callable[[Session, Submitted], Added]] = {"lost": lost, "doubled": doubled}
submissions.add_submission = FAULTS[os.environ["FAULT"]]  # type: ignore[assignment]
