"""Backups of the database: made, checked by restoring them, put back, and removed when their stated life is over.

They are not encrypted: they lie beside the database, and whoever can read one can read the other.
"""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkstemp
from typing import NamedTuple

from sqlalchemy import Connection, Engine, StaticPool, create_engine, func, inspect, select, table, text
from sqlalchemy.orm import Session

from screening.storage import audit, schema_revision
from screening.storage.audit import ChainHead
from screening.storage.failures import Impossible as Impossible
from screening.storage.failures import is_damaged, sqlite_name

BACKUP, UPGRADE, REPLACED = "backup", "upgrade", "replaced"
"""Why a copy was made: asked for, before an upgrade, or because a restored one took its place."""
# Errors that say nothing about the copy that is restored.
OF_THE_PLACE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_READONLY")
BACKUP_NAME = re.compile(r"(\d{4}-\d\d-\d\d)-[a-z]+(-\d+)?\.(sqlite|dump)(\.part(-journal|-wal|-shm)?)?")


class Contents(NamedTuple):
    """By what a copy is compared: the form of the database, how many rows each table has, the audit trail's head."""

    revision: str
    rows: dict[str, int]
    head: ChainHead


class RetainedBackup(NamedTuple):
    """A copy in the folder, the day it was made, and the day on which it is removed."""

    path: Path
    made: date
    goes: date


@dataclass(frozen=True)
class Backups:
    """The folder of an installation's copies, each of which is kept for so many days."""

    folder: Path
    days: int

    def new(self, why: str, ending: str, today: date) -> Path:
        """A name that is free."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        names = (f"{today}-{why}{number}.{ending}" for number in ("", *(f"-{n}" for n in range(2, 1000))))
        # One that was cut off keeps its name until its time is over.
        return next(path for name in names if not (path := self.folder / name).exists() and not _part_of(path).exists())

    def kept(self) -> list[RetainedBackup]:
        """Every copy, the newest first. A copy that was cut off while it was made is one too."""
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            if name := BACKUP_NAME.fullmatch(path.name):
                made = date.fromisoformat(name[1])
                found.append(RetainedBackup(path, made, made + timedelta(days=self.days)))
        return sorted(found, key=lambda one: (one.made, one.path.name), reverse=True)

    def over(self, today: date) -> list[RetainedBackup]:
        """The copies whose time is over."""
        return [one for one in self.kept() if one.goes <= today]

    def remove_old(self, today: date) -> int:
        """Remove the copies whose time is over, and say how many there were."""
        over = self.over(today)
        for one in over:
            one.path.unlink(missing_ok=True)
        return len(over)


def back_up(engine: Engine, target: Path) -> Contents:
    """Write a copy of the database to a new file, and check it by restoring it elsewhere.

    Raises:
        Impossible: there is no copy that could be relied on, and no file.
    """
    part = _part_of(target)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        contents = _copy_sqlite(engine, part) if engine.dialect.name == "sqlite" else _dump(engine, part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    except OSError as error:
        raise Impossible(f"The backup could not be written to {error.filename or target}: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return contents


def restore_backup(engine: Engine, source: Path, backups: Backups, today: date) -> Path | None:
    """Put a copy in the place of the database, and keep that as one more copy, whose name is returned.

    Raises:
        Impossible: the copy is none, or of a newer form than this code knows; nothing was changed.
    """
    place = _file_of(engine)
    coming = place.with_name(place.name + ".restoring")
    try:
        os.close(os.open(coming, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(coming)) as restored:
            _restore_sqlite(source, restored)
            (revision,) = restored.execute("SELECT version_num FROM alembic_version").fetchone()
        if revision not in schema_revision.revisions():
            raise Impossible(f"{source} is of a newer form ({revision}) than this code knows. Install the newer code.")
        return _swap(engine, place, coming, backups, today)
    except (sqlite3.Error, TypeError) as error:
        if sqlite_name(error).startswith(OF_THE_PLACE):
            raise
        raise Impossible(f"{source} is no backup of this site, or is damaged. Nothing was changed.") from None
    finally:
        coming.unlink(missing_ok=True)


@contextmanager
def while_serving(instance: Path) -> Iterator[None]:
    """Say, for as long as this lasts, that the database is served from here.

    Raises:
        Impossible: a backup is being put back.
    """
    with _locked(instance, fcntl.LOCK_SH, "A backup is being restored. Start the server when that is done."):
        yield


@contextmanager
def with_exclusive_lock(instance: Path) -> Iterator[None]:
    """Keep every server from starting.

    Raises:
        Impossible: one runs.
    """
    with _locked(instance, fcntl.LOCK_EX, "The server runs. Stop it first: what patients share now would be lost."):
        yield


@contextmanager
def _locked(instance: Path, kind: int, told: str) -> Iterator[None]:
    # Workers hold it too, since they are forked from the server: one that outlives it still serves.
    lock = os.open(instance / "served", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Impossible(told) from None
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
        # What is counted and what is copied is of one moment, whatever patients do meanwhile.
        source.exec_driver_sql("BEGIN")
        contents = _contents(source)
        raw = source.connection.dbapi_connection
        assert isinstance(raw, sqlite3.Connection)
        raw.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")
        # Pages were copied as they lay: where rows lie in them would tell which came first.
        target.execute("VACUUM")
    with closing(_nameless(part.parent)) as restored:
        try:
            _restore_sqlite(part, restored)
        except sqlite3.Error as error:
            raise Impossible(f"The backup cannot be restored ({error}). It was not kept.") from None
        _compare(create_engine("sqlite://", creator=lambda: restored, poolclass=StaticPool), contents)
    return contents


def _nameless(folder: Path) -> sqlite3.Connection:
    """A database in a file that has no name any more: however this process ends, nothing of it is left."""
    place, path = mkstemp(dir=folder)
    os.close(place)
    database = sqlite3.connect(path)
    # A journal would have a name. Nobody needs what is in here if it is cut off.
    database.execute("PRAGMA journal_mode = OFF")
    database.execute("PRAGMA user_version = 1")
    Path(path).unlink()
    return database


def _restore_sqlite(source: Path, to: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as of:
        of.backup(to)
    if to.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError("damaged")


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _swap(engine: Engine, place: Path, coming: Path, backups: Backups, today: date) -> Path | None:
    engine.dispose()
    replaced = None
    if place.exists():
        with closing(sqlite3.connect(place)) as present:
            _empty_log(present)
        replaced = backups.new(REPLACED, "sqlite", today)
        # Until the copy takes its name, the database keeps it: at no moment there is none.
        os.link(place, replaced)
        replaced.chmod(0o600)
    for beside in ("-wal", "-shm"):
        place.with_name(place.name + beside).unlink(missing_ok=True)
    coming.replace(place)
    return replaced


def _empty_log(present: sqlite3.Connection) -> None:
    try:
        present.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        # A damaged database is kept as it is: that may be why another takes its place.
        if not is_damaged(error):
            raise


def _dump(engine: Engine, part: Path) -> Contents:
    # Imported when needed: an installation on SQLite does without the memory of PostgreSQL's driver.
    from screening.storage import postgresql_dumps

    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as source:
        contents = _contents(source)
        postgresql_dumps.write_dump(source, part)
    with postgresql_dumps.restored_dump(engine, part) as restored:
        _compare(restored, contents)
    return contents


def _compare(engine: Engine, wanted: Contents) -> None:
    with engine.connect() as restored:
        found = _contents(restored)
    if found != wanted:
        raise Impossible(f"Restored, the backup holds something else: {found}, not {wanted}. It was not kept.")


def _file_of(engine: Engine) -> Path:
    if engine.dialect.name != "sqlite":
        raise Impossible("This is for SQLite. docs/operations.md says how a backup of PostgreSQL is restored.")
    if not engine.url.database:
        raise Impossible("The database lies in memory only: there is no file.")
    return Path(engine.url.database)
