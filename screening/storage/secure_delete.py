"""Deleted means deleted: what leaves a table leaves the files too, as far as the database can.

SQLite overwrites deleted bytes in its file, but earlier copies of a page stay in the write-ahead log until it is
emptied, which no reader may be in the way of. Nobody waits for a reader. A mark beside the database says that it is
still to be done, for every process that uses the database, and each later write tries again.
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

# Pages read for milliseconds; a reader that takes longer is not waited for. Seconds.
LOG_TRIES, LOG_PAUSE = 10, 0.025
FORGET_MARK = "-forget"

# What patients' rows leave behind in PostgreSQL.
VACUUM = "VACUUM submission, saved_draft, tally, drawn"
# Whether a transaction can still see rows that were deleted after it began.
IS_READ = text(
    "SELECT EXISTS (SELECT FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL)"
)
# Whether deleted rows are there, as far as PostgreSQL has counted.
HAS_DELETED = text(
    "SELECT EXISTS (SELECT FROM pg_stat_user_tables WHERE n_dead_tup > 0"
    " AND relname IN ('submission', 'saved_draft', 'tally', 'drawn'))"
)


def commit_and_forget(session: Session) -> None:
    """Commit a write, and on SQLite try once more to forget what was deleted while somebody read."""
    session.commit()
    if file := _file_of(_engine_of(session)):
        _try_if_due(file)


def commit_deletion(session: Session) -> None:
    """Commit a write that deletes, and on SQLite forget it at once, or as soon as nobody reads. Waits for nobody."""
    session.commit()
    if file := _file_of(_engine_of(session)):
        _empty(file, 1)


def forget_deleted(session: Session) -> bool:
    """Forget what was deleted and committed. Waits a moment for pages that read, but for nothing longer.

    On SQLite the write-ahead log is emptied into the database file; PostgreSQL frees the rows. False while somebody
    still reads what was there, as an export does: then it stays due.
    """
    engine = _engine_of(session)
    if engine.dialect.name == "sqlite":
        file = _file_of(engine)
        return not file or _empty(file, LOG_TRIES)
    # A page has little time, and a large table takes more. What is left is done by `forget_if_due`.
    with suppress(OperationalError):
        is_read = _is_read(engine)
        _outside_transactions(engine, VACUUM)
        return not is_read
    return False


def forget_order(session: Session) -> None:
    """Write SQLite's file anew, in the order of its keys: where a row lies in a page, and in the log beside it, would
    otherwise tell which came first. PostgreSQL frees what was deleted; who holds its server can see the order there.
    """
    engine = _engine_of(session)
    _outside_transactions(engine, "VACUUM" if engine.dialect.name == "sqlite" else VACUUM)
    if file := _file_of(engine):
        _empty(file, LOG_TRIES)


def forget_if_due(engine: Engine) -> None:
    """Forget what was deleted while somebody read, if nobody reads any more. Cheap where nothing is due."""
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
    """The file of an SQLite database; empty for one in memory, or another database."""
    return (engine.url.database or "").removeprefix(":memory:") if engine.dialect.name == "sqlite" else ""


def _outside_transactions(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _is_read(engine: Engine) -> bool:
    """Whether somebody reads in PostgreSQL, and does so for longer than a page."""
    for number in range(LOG_TRIES):
        if number:
            time.sleep(LOG_PAUSE)
        with engine.connect() as connection:
            if not connection.scalar(IS_READ):
                return False
    return True


def _try_if_due(file: str) -> None:
    if os.path.exists(file + FORGET_MARK):  # noqa: PTH110  # at every write, and four times as fast
        _empty(file, 1)


def _empty(file: str, tries: int) -> bool:
    """Empty the log as soon as nobody reads, or mark that it is still to be done and return False."""
    # First, so that a deletion that is marked from now on stays marked.
    Path(file + FORGET_MARK).unlink(missing_ok=True)
    for number in range(tries):
        if number:
            time.sleep(LOG_PAUSE)
        if _is_emptied(file):
            return True
    # On a full disk, even this fails; the next purge empties the log in any case.
    with suppress(OSError):
        os.close(os.open(file + FORGET_MARK, os.O_CREAT | os.O_WRONLY, 0o600))
        # Not when something was deleted.
        os.utime(file + FORGET_MARK, (0, 0))
    return False


def _is_emptied(file: str) -> bool:
    """Empty the log, unless somebody is in the way."""
    # A connection of its own: a page must not need two from the pool. And no time-out: SQLite's own waiting would keep
    # everybody from writing, for as long as an export or a backup reads.
    try:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            (is_in_the_way, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not is_in_the_way
