"""What is over its time: shared records, saved drafts and backups. Counted, and deleted; the clock's day decides.

A wrong clock must not delete anything, so the day of the last purge is kept in the database. The automatic purge is
held back while today is before that day or long after it, until somebody purges by command or a week of running went
by: a server that was off for months must not keep records for ever.
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

# A purge runs every hour. After a longer pause than this the clock may be wrong, or the server was off.
LONGEST_PAUSE = timedelta(days=8)
# Refusals, one for each hour of running, after which the purge resumes by itself.
MOST_HELD_HOURS = 7 * 24
# Hosts that share a database may differ by some seconds around midnight, and clocks by an hour in spring and autumn.
TOLERANCE = timedelta(days=1)
COMMAND = "flask --app wsgi submissions purge --delete"


class Expired(NamedTuple):
    """How many are over their time, or were deleted."""

    submissions: int
    drafts: int
    backups: int


class ClockAlarm(NamedTuple):
    """Why the automatic purge is held back: the days (UTC) do not fit. `purged_on`: None if it cannot be read."""

    today: date
    purged_on: date | None
    hours_left: int

    def __str__(self) -> str:
        return (
            f"Nothing is deleted automatically, because the server's clock may be wrong: it says {self.today}, and "
            f"the last purge was on {self.purged_on or 'an unknown day'}. Check the clock; then run {COMMAND}."
        )


def oldest_retained_today(retention_days: int) -> int:
    """The first week that is kept today."""
    return weeks.oldest_retained(_today(), retention_days)


def count_expired(session: Session, retention_days: int, backups: Backups) -> Expired:
    """How many are over their time now."""
    number = submissions.count_older(session, oldest_retained_today(retention_days))
    return Expired(number, saved_drafts.count_expired_drafts(session, _today()), len(backups.over(_today())))


def clock_alarm(session: Session) -> ClockAlarm | None:
    """Why the automatic purge is held back now; None if it is not."""
    today, (purged_on, held_hours) = _today(), _state(session)
    hours_left = MOST_HELD_HOURS - held_hours
    is_plausible = purged_on is not None and purged_on <= today <= purged_on + LONGEST_PAUSE
    return None if is_plausible or hours_left <= 0 else ClockAlarm(today, purged_on, hours_left)


def is_purge_held(session: Session) -> bool:
    """Whether the automatic purge is held back."""
    return clock_alarm(session) is not None


def is_behind(session: Session) -> bool:
    """Whether the clock is certainly behind: what is stored now would be over its time as soon as it is put right."""
    purged_on, _ = _state(session)
    return purged_on is not None and _today() < purged_on - TOLERANCE


def last_purge(session: Session) -> date | None:
    """The day (UTC) of the last purge, or of installing or restoring; None if it cannot be read."""
    return _state(session)[0]


def purge_expired_automatically(
    session: Session, key: str, retention_days: int, backups: Backups, counts_hour: bool
) -> Expired | ClockAlarm:
    """Delete what is over its time, unless the clock may be wrong. Commits.

    `counts_hour`: an hour of running went by since the last call. A start does not count, however often it happens.

    Raises:
        SQLAlchemyError: where it cannot be written, nothing shared is deleted.
    """
    held = clock_alarm(session)
    if held is None:
        return _purge(session, key, None, retention_days, backups, waits=False)
    if counts_hour:
        session.execute(update(Installation).values(held_hours=Installation.held_hours + 1))
    session.commit()
    return held


def purge_expired(session: Session, key: str, account: int, retention_days: int, backups: Backups) -> Expired:
    """Delete what is over its time because somebody asked, whatever the alarm says. Commits.

    Raises:
        SQLAlchemyError: where it cannot be written, nothing shared is deleted.
    """
    return _purge(session, key, account, retention_days, backups, waits=True)


def _purge(
    session: Session, key: str, account: int | None, retention_days: int, backups: Backups, waits: bool
) -> Expired:
    # Patients' pages ask this module whether the clock is wrong, and load nothing of the audit trail.
    from screening.storage import audit

    now = _now()
    today = now.date()
    first = weeks.oldest_retained(today, retention_days)
    drafts = saved_drafts.purge_saved_drafts(session, today)
    if not _begin_alone(session, waits):
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
        # On SQLite any column can hold anything.
        return None, 0
    return (row.purged_on, row.held_hours) if row else (None, 0)


def _begin_alone(session: Session, waits: bool) -> bool:
    """Begin a transaction in which nobody else purges. False if somebody does, unless it waits for them."""
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN IMMEDIATE"))
        return True
    lock = "pg_advisory_xact_lock" if waits else "pg_try_advisory_xact_lock"
    return session.scalar(text(f"SELECT {lock}(hashtext('purge'))")) is not False


def _lock_trail(session: Session) -> None:
    """Let nobody else write the next entry before this transaction ends. On SQLite nobody can anyway."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text(f"LOCK TABLE {AuditEntry.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))


def _today() -> date:
    return _now().date()


def _now() -> datetime:
    return datetime.now(UTC)
