"""Counts of audit entries by day, action and account, without the marks of records."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from screening.storage.audit import Action
from screening.storage.column_types import NO_DAY, NO_NUMBER
from screening.storage.tables import AuditEntry

_ACTIONS = frozenset(action.value for action in Action)


class EntryCount(NamedTuple):
    """The number of entries of one day, action and account."""

    day: date
    action: str
    account_id: int
    number: int

    @property
    def is_damaged(self) -> bool:
        """Whether one of the fields has a value that this site never writes."""
        return self.day == NO_DAY or self.account_id == NO_NUMBER or self.action not in _ACTIONS


def count_entries(session: Session, first: date, last: date) -> list[EntryCount]:
    """Count the entries from one day to another. Only the index is read, and of it only these days.

    An entry whose day is damaged can be missing: `audit.verify_chain` reveals it.
    """
    columns = (AuditEntry.day, AuditEntry.action, AuditEntry.account_id)
    counted = select(*columns, func.count()).where(AuditEntry.day.between(first, last)).group_by(*columns)
    return [EntryCount(*row) for row in session.execute(counted)]
