"""Expiry: counts and deletes shared records, saved drafts and backups whose retention has ended.

A wrong clock must not delete anything, so the database stores the day of the last purge. The automatic purge is held
back while today is before that day or long after it. It resumes after a purge by command, or after a week of running:
a server that was off for months must not keep records forever.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from screening.storage import saved_drafts, submissions, tallies, weeks
from screening.storage.tables import AuditEntry, Installation

if TYPE_CHECKING:
    from screening.storage.backups import Backups

# A purge runs every hour. A longer pause than this means that the clock may be wrong, or that the server was off.
LONGEST_PAUSE = timedelta(days=8)
# Hours of running for which the automatic purge is held back before it resumes.
MAX_HELD_HOURS = 7 * 24
# Hosts that share a database may differ by seconds around midnight, and clocks by an hour at daylight-saving changes.
TOLERANCE = timedelta(days=1)
COMMAND = "flask --app wsgi submissions purge --delete"


class Expired(NamedTuple):
    """Numbers of expired items, found or deleted."""

    submissions: int
    drafts: int
    backups: int


class ClockAlarm(NamedTuple):
    """Why the automatic purge is held back: implausible days (UTC). `purged_on`: None if it cannot be read."""

    today: date
    purged_on: date | None
    hours_left: int

    def __str__(self) -> str:
        return (
            f"Nothing is deleted automatically, because the server's clock may be wrong: it says {self.today}, and "
            f"the last purge was on {self.purged_on or 'an unknown day'}. Check the clock, then run {COMMAND}."
        )


def oldest_retained_today(retention_days: int) -> int:
    """Return the oldest week that is retained today."""
    return weeks.oldest_retained(_today(), retention_days)


def count_expired(session: Session, retention_days: int, backups: Backups) -> Expired:
    """Count what has expired now."""
    number = submissions.count_older(session, oldest_retained_today(retention_days))
    return Expired(number, saved_drafts.count_expired_drafts(session, _today()), len(backups.expired(_today())))


def clock_alarm(session: Session) -> ClockAlarm | None:
    """Return why the automatic purge is held back now, or None if it is not."""
    today, (purged_on, held_hours) = _today(), _state(session)
    hours_left = MAX_HELD_HOURS - held_hours
    is_plausible = purged_on is not None and purged_on <= today <= purged_on + LONGEST_PAUSE
    return None if is_plausible or hours_left <= 0 else ClockAlarm(today, purged_on, hours_left)


def is_purge_held(session: Session) -> bool:
    return clock_alarm(session) is not None


def is_behind(session: Session) -> bool:
    """Whether the clock is certainly behind, so that a new record would expire as soon as the clock is corrected."""
    purged_on, _ = _state(session)
    return purged_on is not None and _today() < purged_on - TOLERANCE


def last_purge(session: Session) -> date | None:
    """Return the day (UTC) of the last purge, installation or restore; None if it cannot be read."""
    return _state(session)[0]


def purge_expired_automatically(
    session: Session, key: str, retention_days: int, backups: Backups, counts_hour: bool
) -> Expired | ClockAlarm:
    """Delete what has expired, unless the clock may be wrong. Commits.

    `counts_hour`: an hour of running passed since the last call. Starts never count as an hour.

    Raises:
        SQLAlchemyError: the purge could not be recorded, and nothing shared was deleted.
    """
    alarm = clock_alarm(session)
    if alarm is None:
        return _purge(session, key, None, retention_days, backups, waits=False)
    if counts_hour:
        session.execute(update(Installation).values(held_hours=Installation.held_hours + 1))
    session.commit()
    return alarm


def purge_expired(session: Session, key: str, account: int, retention_days: int, backups: Backups) -> Expired:
    """Delete what has expired on request, even if the clock may be wrong. Commits.

    Raises:
        SQLAlchemyError: the purge could not be recorded, and nothing shared was deleted.
    """
    return _purge(session, key, account, retention_days, backups, waits=True)


def _purge(
    session: Session, key: str, account: int | None, retention_days: int, backups: Backups, waits: bool
) -> Expired:
    # Imported here because patients' pages use this module and must not load the audit trail.
    from screening.storage import audit

    now = _now()
    today = now.date()
    first = weeks.oldest_retained(today, retention_days)
    drafts = saved_drafts.purge_saved_drafts(session, today)
    if not _begin_exclusive_purge(session, waits):
        return Expired(0, drafts, 0)
    if submissions.count_older(session, first):
        _lock_trail(session)
        by = audit.COMMAND_LINE if account is None else account
        audit.append_entry(session, key, by, audit.Action.PURGED, today, b"", False)
    session.execute(update(Installation).values(purged_on=today, held_hours=0))
    tallies.forget_open(session, now)
    return Expired(submissions.purge_submissions(session, first), drafts, backups.remove_old(today))


def _state(session: Session) -> tuple[date | None, int]:
    try:
        row = session.execute(select(Installation.purged_on, Installation.held_hours)).first()
    except (TypeError, ValueError):
        # SQLite stores anything in any column.
        return None, 0
    return (row.purged_on, row.held_hours) if row else (None, 0)


def _begin_exclusive_purge(session: Session, waits: bool) -> bool:
    """Begin a transaction that excludes other purges. If one runs, wait for it or return False."""
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN IMMEDIATE"))
        return True
    lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    return session.scalar(text(f"SELECT {lock}(hashtext('purge'))")) is not False


def _lock_trail(session: Session) -> None:
    """Lock the audit trail until this transaction ends. On SQLite, the transaction already does."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"LOCK TABLE {AuditEntry.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


def _today() -> date:
    return _now().date()


def _now() -> datetime:
    return datetime.now(UTC)
