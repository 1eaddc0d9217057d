"""The two kinds of database, and the faults of each."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import NullPool, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError

from screening.storage.tables import Submission
from tests.soak.fault_periods import Ready
from tests.support.postgresql import PostgreSQL, postgresql_server

# Seconds.
RETURNS_WITHIN = 30


class SQLite:
    """A file on the instance folder's disk. `when_...`: readiness during the fault. `programs`: prefix for PATH."""

    kind = "sqlite"
    # A lock holder blocks every writer, but no reader.
    when_frozen, when_full = Ready.EITHER, Ready.NO
    has_server = False
    programs = ""

    def __init__(self, disk: Path) -> None:
        self.disk = disk
        self.file = str(disk / "screening.sqlite")
        self.url = f"sqlite:///{self.file}"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Hold an exclusive lock from outside."""
        with closing(sqlite3.connect(self.file, timeout=RETURNS_WITHIN, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    def stop(self) -> None:
        raise NotImplementedError("a file cannot be stopped")

    def start(self) -> None:
        """A file needs no start."""


class Served:
    """A PostgreSQL of its own, on its own disk."""

    kind = "postgresql"
    # On a full disk it still stores what fits into existing pages.
    when_frozen, when_full = Ready.NO, Ready.EITHER
    has_server = True
    file = ""

    def __init__(self, disk: Path, server: PostgreSQL, url: str) -> None:
        self.disk, self.server, self.url = disk, server, url
        self.programs = f"{server.programs}:"

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend its processes."""
        with self.server.frozen():
            yield

    def stop(self) -> None:
        """Stop it as an operator does."""
        self.server.stop()

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        last = time.monotonic() + RETURNS_WITHIN
        while not self._answers():
            assert time.monotonic() < last, "PostgreSQL answers again"
            with suppress(OSError):
                self.server.start()
            time.sleep(0.1)

    def _answers(self) -> bool:
        engine = create_engine(self.url, poolclass=NullPool, connect_args={"connect_timeout": 2})
        with suppress(SQLAlchemyError), engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            return True
        return False


Database: TypeAlias = SQLite | Served


@contextmanager
def database(kind: str, disk: Path) -> Iterator[Database]:
    """Make an empty database of a kind, with its files on this disk."""
    if kind == "sqlite":
        yield SQLite(disk)
        return
    with postgresql_server(disk) as server, server.empty_database() as url:
        yield Served(disk, server, url)


def rows(url: str) -> Counter[bytes]:
    """Count how often each ref is stored, on a separate connection."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return Counter(connection.scalars(select(Submission.ref)))
