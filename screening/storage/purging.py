"""What is over its time: shared records, saved drafts and backups. Counted, and deleted; what decides it is the day."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from screening.storage import audit, saved, submissions, weeks
from screening.storage.backups import Backups


class Over(NamedTuple):
    """How many are over their time, or were deleted."""

    submissions: int
    drafts: int
    backups: int


def oldest_kept(retention_days: int) -> int:
    """The first week that is kept today."""
    return weeks.oldest_kept(_today(), retention_days)


def count(session: Session, retention_days: int, backups: Backups) -> Over:
    """How many are over their time now."""
    number = submissions.count_before(session, oldest_kept(retention_days))
    return Over(number, saved.count_over(session, _today()), len(backups.over(_today())))


def purge(session: Session, key: str, account: int, retention_days: int, backups: Backups) -> Over:
    """Delete what is over its time, as an account of the audit trail. Commits.

    Raises:
        SQLAlchemyError: where it cannot be written, nothing shared is deleted.
    """
    first = oldest_kept(retention_days)
    gone = backups.remove_old(_today())
    drafts = saved.purge(session, _today())
    if submissions.count_before(session, first):
        audit.append(session, key, account, audit.Action.PURGED, _today())
    return Over(submissions.purge(session, first), drafts, gone)


def _today() -> date:
    return datetime.now(UTC).date()
