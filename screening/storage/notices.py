"""Notices to staff about the site, by week; never about a patient. Functions that take a session."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage import weeks
from screening.storage.column_types import is_undamaged_text
from screening.storage.tables import Notice

DAMAGED_RECORDS = "damaged"
SHARING_PAUSED = "sharing-paused"


def add_notice(session: Session, week: int, kind: str) -> None:
    """Add a notice for a week, once. Commits."""
    try:
        session.execute(insert(Notice).values(week=week, kind=kind))
        session.commit()
    except IntegrityError:
        session.rollback()


def notices_since(session: Session, week: int) -> list[tuple[int, str]]:
    """Return week and kind of each notice from a week on, latest first. A damaged one counts as `DAMAGED_RECORDS`."""
    query = select(Notice.week, Notice.kind).where(Notice.week >= week).order_by(Notice.week.desc(), Notice.kind)
    return [
        (week, kind if is_undamaged_text(kind) and weeks.is_week(week) else DAMAGED_RECORDS)
        for week, kind in session.execute(query)
    ]
