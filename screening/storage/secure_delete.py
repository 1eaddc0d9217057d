"""Secure deletion: removes deleted rows from the database files too, as far as the database can.

SQLite overwrites deleted bytes in its file. Earlier copies of a page stay in the write-ahead log (WAL) until a
checkpoint empties it, which any open read prevents. Nothing waits for long reads. Instead, a marker file next to the
database tells every process that a checkpoint is due, and each later write tries again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

# Attempts, and seconds between them. Pages read for milliseconds; nothing waits for a longer read.
LOG_TRIES, LOG_PAUSE = 10, 0.025
FORGET_MARK = "-forget"

# Frees the dead rows of patients' tables in PostgreSQL.
VACUUM = "VACUUM submission, saved_draft, tally, drawn"
# Whether another transaction can still see rows that were deleted after it began.
IS_READ = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL)"
)
# Whether there are dead rows, by PostgreSQL's own estimate.
HAS_DELETED = text(
    "SELECT EXISTS (SELECT FROM pg_stat_user_tables WHERE n_dead_tup > 0"
    " AND relname IN ('submission', 'saved_draft', 'tally', 'drawn'))"
)


def commit_write(session: Session) -> None:
    """Commit a write. On SQLite, also empty the WAL if an earlier deletion could not."""
    session.commit()
    if file := _file_of(_engine_of(session)):
        _try_if_due(file)


def commit_deletion(session: Session) -> None:
    """Commit a deletion. On SQLite, empty the WAL at once, or leave the marker if a read prevents it. Never waits."""
    session.commit()
    if file := _file_of(_engine_of(session)):
        _empty(file, 1)


def forget_deleted(session: Session) -> bool:
    """Remove committed deletions from the files, waiting only for the short reads of pages.

    SQLite empties the WAL into the database file; PostgreSQL frees the rows. Returns False if a longer read, such as an
    export, still sees them: the work then stays due.
    """
    engine = _engine_of(session)
    if engine.dialect.name == "sqlite":
        file = _file_of(engine)
        return not file or _empty(file, LOG_TRIES)
    # A large table takes longer than a page may. `forget_if_due` does the rest.
    with suppress(OperationalError):
        is_read = _is_read(engine)
        _outside_transactions(engine, VACUUM)
        return not is_read
    return False


def forget_order(session: Session) -> None:
    """Remove traces of the order of rows. SQLite rewrites its file in key order and empties the WAL.

    PostgreSQL only frees deleted rows: its operator can see the order of the others.
    """
    engine = _engine_of(session)
    _outside_transactions(engine, "VACUUM" if engine.dialect.name == "sqlite" else VACUUM)
    if file := _file_of(engine):
        _empty(file, LOG_TRIES)


def forget_if_due(engine: Engine) -> None:
    """Remove deletions that a read delayed, unless one still does. Cheap if nothing is due."""
    if engine.dialect.name == "sqlite":
        if file := _file_of(engine):
            _try_if_due(file)
        return
    with engine.connect() as connection:
        is_due = connection.scalar(HAS_DELETED) and not connection.scalar(IS_READ)
    if is_due:
        _outside_transactions(engine, VACUUM)


def _engine_of(session: Session) -> Engine:
    return session.get_bind().engine


def _file_of(engine: Engine) -> str:
    """Return the path of an SQLite database; "" for one in memory and for PostgreSQL."""
    return (engine.url.database or "").removeprefix(":memory:") if engine.dialect.name == "sqlite" else ""


def _outside_transactions(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _is_read(engine: Engine) -> bool:
    """Whether a PostgreSQL transaction reads for longer than a page does."""
    for number in range(LOG_TRIES):
        if number:
            time.sleep(LOG_PAUSE)
        with engine.connect() as connection:
            if not connection.scalar(IS_READ):
                return False
    return True


def _try_if_due(file: str) -> None:
    if os.path.exists(file + FORGET_MARK):  # noqa: PTH110  # runs at every write, and is four times as fast
        _empty(file, 1)


def _empty(file: str, tries: int) -> bool:
    """Empty the WAL, or leave the marker and return False."""
    # Remove the marker first, so that one set from now on stays.
    Path(file + FORGET_MARK).unlink(missing_ok=True)
    for number in range(tries):
        if number:
            time.sleep(LOG_PAUSE)
        if _is_emptied(file):
            return True
    # This fails on a full disk; the next purge empties the WAL in any case.
    with suppress(OSError):
        os.close(os.open(file + FORGET_MARK, os.O_CREAT | os.O_WRONLY, 0o600))
        # The file's time must not reveal when something was deleted.
        os.utime(file + FORGET_MARK, (0, 0))
    return False


def _is_emptied(file: str) -> bool:
    """Empty the WAL, unless another connection prevents it."""
    # A separate connection, because a page must not need two from the pool. The busy timeout is 0: with one, SQLite
    # would block all writers for as long as an export or a backup reads.
    try:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not is_busy
