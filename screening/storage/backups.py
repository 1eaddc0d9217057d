"""Backups of the database: make, check by restoring, restore, and remove after their retention.

They are not encrypted: they are next to the database, so anyone able to read one can read the other.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import NamedTuple

from sqlalchemy import Connection, Engine, StaticPool, create_engine, func, inspect, select, table, text
from sqlalchemy.orm import Session

from screening.storage import audit, schema_revision
from screening.storage.audit import ChainHead
from screening.storage.failures import OperationRefused, is_damaged, sqlite_name

BACKUP, UPGRADE, REPLACED = "backup", "upgrade", "replaced"
"""Why a copy was made: on request, before an upgrade, or because a restore replaced the database."""
# The file in the instance folder that a server locks. It holds the name of the server's database.
SERVED = "served"
# Errors of the disk or the database, not of the copy that is being restored.
NOT_OF_THE_COPY = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY")
BACKUP_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-[a-z]+(-\d+)?\.(sqlite|dump)(\.part(-journal|-wal|-shm)?)?")


class Contents(NamedTuple):
    """What is compared between a database and its copy: schema revision, row count per table, audit head."""

    revision: str
    rows: dict[str, int]
    head: ChainHead


class RetainedBackup(NamedTuple):
    """A copy in the folder, with the days on which it was made and will be removed."""

    path: Path
    made: date
    goes: date


@dataclass(frozen=True)
class Backups:
    """An installation's folder of copies. Each is kept for `days`."""

    folder: Path
    days: int

    def new(self, why: str, extension: str, today: date) -> Path:
        """Return a free name, and make the folder if needed."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = (f"{today}-{why}{number}.{extension}" for number in ("", *(f"-{n}" for n in range(2, 1000))))
        # An interrupted copy keeps its name until its retention ends.
        return next(path for name in names if not (path := self.folder / name).exists() and not _part_of(path).exists())

    def kept(self) -> list[RetainedBackup]:
        """Return every copy, the newest first, including interrupted ones."""
        copies = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := BACKUP_NAME.fullmatch(path.name):
                made = date.fromisoformat(name[1])
                copies.append(RetainedBackup(path, made, made + timedelta(days=self.days)))
        return sorted(copies, key=lambda copy: (copy.made, copy.path.name), reverse=True)

    def last_made(self) -> date | None:
        """Return the day of the newest backup. Ignores interrupted copies and replaced databases."""
        whole = (copy for copy in self.kept() if ".part" not in copy.path.name)
        return next((copy.made for copy in whole if f"-{REPLACED}" not in copy.path.name), None)

    def expired(self, today: date) -> list[RetainedBackup]:
        """Return the copies whose retention has ended."""
        return [copy for copy in self.kept() if copy.goes <= today]

    def remove_old(self, today: date) -> int:
        """Remove the copies whose retention has ended, and return their number."""
        expired = self.expired(today)
        for copy in expired:
            copy.path.unlink(missing_ok=True)
        return len(expired)


def back_up(engine: Engine, target: Path) -> Contents:
    """Write a copy of the database to a new file, and check it by restoring it elsewhere.

    Raises:
        OperationRefused: the copy failed or is not reliable; no file is left.
    """
    part = _part_of(target)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        contents = _copy_sqlite(engine, part) if engine.dialect.name == "sqlite" else _dump(engine, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except OSError as error:
        raise OperationRefused(
            f"The backup could not be written to {error.filename or target}: {error.strerror}. "
            "Give the folder space and write access, then try again."
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return contents


def restore_backup(engine: Engine, source: Path, backups: Backups, today: date) -> Path | None:
    """Replace the database by a copy. Keep what it held as one more copy, and return its path.

    Raises:
        OperationRefused: the file is not a valid backup, or its schema is newer than this code; nothing was changed.
    """
    database = _file_of(engine)
    incoming = database.with_name(database.name + ".restoring")
    try:
        os.close(os.open(incoming, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(incoming)) as restored:
            _restore_sqlite(source, restored)
            (revision,) = restored.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision not in schema_revision.revisions():
            raise OperationRefused(
                f"{source} has a newer schema ({revision}) than this release knows. Install the release that made it."
            )
        return _swap(engine, database, incoming, backups, today)
    except (sqlite3.Error, TypeError) as error:
        if sqlite_name(error).startswith(NOT_OF_THE_COPY):
            raise
        raise OperationRefused(
            f"{source} is not a backup of this site, or is damaged. Nothing was changed. Choose another backup."
        ) from None
    finally:
        incoming.unlink(missing_ok=True)


@contextmanager
def while_serving(instance: Path, database: str) -> Iterator[None]:
    """Hold the shared lock that keeps a restore from starting while the server runs. `database`: which one it uses.

    Raises:
        OperationRefused: a backup is being restored.
    """
    with _locked(instance, fcntl.LOCK_SH, "A backup is being restored. Start the server when that is done."):
        # A full disk must not keep the server from starting.
        with suppress(OSError):
            (instance / SERVED).write_text(database, encoding="utf-8")
        yield


def refuse_another_database(instance: Path, database: str) -> None:
    """Compare the database of a command with that of the running server, if one runs.

    Raises:
        OperationRefused: they differ.
    """
    # No server has run here, or this user has no access, which the command itself explains.
    if not os.access(instance / SERVED, os.R_OK | os.W_OK):
        return
    with suppress(OperationRefused), _locked(instance, fcntl.LOCK_EX, "The server is running."):
        return
    served = (instance / SERVED).read_text(encoding="utf-8")
    # A server of an earlier release does not say.
    if served not in ("", database):
        raise OperationRefused(
            f"The running site uses the database {served}, and this command {database}. Nothing was changed. "
            "Run it with the site's own settings. If you are moving to another database, stop the site first."
        )


@contextmanager
def with_exclusive_lock(instance: Path, loss: str = "what patients share now would be lost") -> Iterator[None]:
    """Hold the exclusive lock that keeps servers from starting. `loss`: what a running server would cost.

    Raises:
        OperationRefused: a server is running.
    """
    with _locked(instance, fcntl.LOCK_EX, f"The server is running. Stop it first: {loss}."):
        yield


@contextmanager
def _locked(instance: Path, kind: int, refusal: str) -> Iterator[None]:
    # Forked workers inherit the lock, so a worker that outlives the server still holds it.
    lock = os.open(instance / SERVED, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise OperationRefused(refusal) from None
    finally:
        os.close(lock)


def _contents(connection: Connection) -> Contents:
    names = inspect(connection).get_table_names()
    rows = {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}
    revision = connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in rows else ""
    head = audit.chain_head(Session(connection)) if "audit_entry" in rows else audit.EMPTY_CHAIN
    return Contents(revision or "", rows, head)


def _copy_sqlite(engine: Engine, part: Path) -> Contents:
    _file_of(engine)
    with engine.connect() as source, closing(sqlite3.connect(part)) as target:
        # One transaction: the counts and the copy see the same snapshot, whatever patients do meanwhile.
        source.exec_driver_sql("BEGIN")
        contents = _contents(source)
        raw = source.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        # The backup API copies pages as they are, and the position of rows in them would reveal their order.
        target.execute("VACUUM")
    with closing(_unnamed_database(part.parent)) as restored:
        try:
            _restore_sqlite(part, restored)
        except sqlite3.Error as error:
            raise OperationRefused(f"The backup cannot be restored ({error}). It was not kept. Try again.") from None
        _compare(create_engine("sqlite://", creator=lambda: restored, poolclass=StaticPool), contents)
    return contents


def _unnamed_database(folder: Path) -> sqlite3.Connection:
    """Open a database in an unlinked file, which vanishes however this process ends."""
    handle, path = mkstemp(dir=folder)
    os.close(handle)
    database = sqlite3.connect(path)
    # A journal would be a named file, and this database needs no recovery.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA user_version = 1")
    Path(path).unlink()
    return database


def _restore_sqlite(source: Path, target: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        copy.backup(target)
    if target.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError("damaged")


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _swap(engine: Engine, database: Path, incoming: Path, backups: Backups, today: date) -> Path | None:
    engine.dispose()
    replaced = None
    if database.exists():
        with closing(sqlite3.connect(database)) as current:
            holds_data = _holds_data(current)
        if holds_data:
            replaced = backups.new(REPLACED, "sqlite", today)
            # A hard link keeps the database's own name in use until the copy takes it.
            os.link(database, replaced)
            replaced.chmod(0o600)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    incoming.replace(database)
    return replaced


def _holds_data(current: sqlite3.Connection) -> bool:
    """Empty the write-ahead log. Return whether the database has tables: the first connection makes an empty one."""
    try:
        current.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(current.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    except sqlite3.DatabaseError as error:
        # A damaged database is kept as it is: damage may be the reason for the restore.
        if not is_damaged(error):
            raise
        return True


def _dump(engine: Engine, part: Path) -> Contents:
    # Imported here to save installations on SQLite the memory of PostgreSQL's driver.
    from screening.storage import postgresql_dumps

    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source:
        contents = _contents(source)
        postgresql_dumps.write_dump(source, part)
    with postgresql_dumps.restored_dump(engine, part) as restored:
        _compare(restored, contents)
    return contents


def _compare(engine: Engine, expected: Contents) -> None:
    with engine.connect() as restored:
        actual = _contents(restored)
    if actual != expected:
        raise OperationRefused(
            f"The restored backup differs from the database: {actual}, not {expected}. It was not kept. Try again."
        )


def _file_of(engine: Engine) -> Path:
    if engine.dialect.name != "sqlite":
        raise OperationRefused("This command is for SQLite. To restore PostgreSQL, follow docs/operations.md.")
    if not engine.url.database:
        raise OperationRefused("The database is in memory and has no file. Name a file in DATABASE_URL.")
    return Path(engine.url.database)
