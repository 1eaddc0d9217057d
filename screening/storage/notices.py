"""What staff must know of the site itself, by week; never of a patient. Functions that take a session."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage import weeks
from screening.storage.column_types import is_text
from screening.storage.tables import Notice

DAMAGED_RECORDS = "damaged"
SHARING_PAUSED = "sharing-paused"


def add_notice(session: Session, week: int, kind: str) -> None:
    """Tell staff of something that happened in a week, once. Commits."""
    try:
        session.execute(insert(Notice).values(week=week, kind=kind))
        session.commit()
    except IntegrityError:
        session.rollback()


def notices_since(session: Session, week: int) -> list[tuple[int, str]]:
    """Every notice from a week on, as week and kind, latest first. A damaged one has the kind `DAMAGED_RECORDS`."""
    wanted = select(Notice.week, Notice.kind).where(Notice.week >= week).order_by(Notice.week.desc(), Notice.kind)
    return [
        (week, kind if is_text(kind) and weeks.is_week(week) else DAMAGED_RECORDS)
        for week, kind in session.execute(wanted)
    ]
