"""Database engines and the settings of each connection.

It does not know requests. `db` opens a session only on first use.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import URL, Engine, NullPool, event, make_url, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError, TimeoutError
from sqlalchemy.orm import Session

from screening.shared_memory import Flag, SharedMemory
from screening.storage.column_types import read_days_leniently, text_of
from screening.storage.failures import ENCODING, Unsuitable

# Deleted rows must leave the file too, and acknowledged writes must survive a power cut.
SQLITE_SETTINGS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "secure_delete": "ON",
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
    "busy_timeout": "5000",
}

# The connection pool of pages: its size, and seconds that a request waits before it is answered without the database.
POOL_SIZE, POOL_TIMEOUT = 2, 2
# Seconds until PostgreSQL counts as unreachable: while connecting, while packets stay unacknowledged, and while idle.
CONNECT_TIMEOUT, NETWORK_TIMEOUT, KEEPALIVE = 5, 10, 10
# PostgreSQL's settings for each connection. Commits are durable, even if the database's default differs.
POSTGRESQL_SETTINGS = {"synchronous_commit": "on"}
# Milliseconds for a page's statement, and for its wait for a lock.
PAGE_LIMITS = {"statement_timeout": "5000", "lock_timeout": "3000"}

# The name of the second engine, and the key of the shared memory in `Session.info`.
UNPOOLED, MEMORY = "unpooled", "memory"

db = SQLAlchemy(engine_options={"pool_pre_ping": True})


def init_database(app: Flask, url: str, memory: SharedMemory, name: str) -> None:
    """Create an application's engines without connecting. Sessions record in `memory` whether writes succeed.

    `name`: how connections to PostgreSQL are named there.
    """
    app.config["SQLALCHEMY_ENGINES"] = {"default": _page_options(url, name), **_unpooled_options(url, name)}
    db.init_app(app)
    # The async teardown would start an event loop after every request to close async sessions, which are not used.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    with app.app_context():
        db.sessionmaker.configure(info={MEMORY: memory})
        for engine in db.engines.values():
            _configure_connections(engine, PAGE_LIMITS if engine is db.engine else {})


def unpooled_engine() -> Engine:
    """Return the engine for exports, purges, backups and the readiness probe.

    Each gets its own connection without the limits of a page. No page waits for it, and no page can close it. A
    database in memory has one engine for everything.
    """
    return db.engines.get(UNPOOLED, db.engine)


@contextmanager
def noted_write(memory: SharedMemory) -> Iterator[None]:
    """Record for every worker's readiness probe whether a write succeeds.

    An IntegrityError and a pool timeout do not count: they do not show whether the database can write.
    """
    try:
        yield
    except (IntegrityError, TimeoutError):
        raise
    except SQLAlchemyError:
        memory.set_flag(Flag.LAST_WRITE_FAILED, True)
        raise
    memory.set_flag(Flag.LAST_WRITE_FAILED, False)


def memory_of(session: Session) -> SharedMemory:
    """Return the memory in which a session of `db` records whether its writes succeed."""
    memory: SharedMemory = session.info[MEMORY]
    return memory


def try_to_write(memory: SharedMemory) -> None:
    """Run an UPDATE that changes nothing, to test whether the database accepts writes.

    Raises:
        SQLAlchemyError: it does not.
    """
    with noted_write(memory), unpooled_engine().begin() as connection:
        connection.execute(text("UPDATE installation SET id = id"))


def release_connection() -> None:
    """Return this request's connection to the pool before it takes another, to avoid waiting for itself."""
    db.session.commit()


@contextmanager
def alone_among_hosts(engine: Engine, work: str) -> Iterator[None]:
    """Hold PostgreSQL's advisory lock of this name for the block, once no other host holds it.

    SQLite has one host, and its own locks.
    """
    if engine.dialect.name == "sqlite":
        yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # The lock ends with the connection, however this process ends.
        connection.execute(text("SELECT pg_advisory_lock(hashtext(:work))"), {"work": work})
        yield


def write_alone(session: Session, table: str) -> None:
    """Begin a transaction that locks out other writers of a table, once theirs have ended."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("BEGIN IMMEDIATE" if is_sqlite else f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def _page_options(url: str, name: str) -> dict[str, Any]:
    """Return the options of the engine for pages."""
    if _is_in_memory(make_url(url)):
        return {"url": url}
    return {
        "url": url,
        "connect_args": _arguments(make_url(url), name),
        "pool_size": POOL_SIZE,
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT,
    }


def _unpooled_options(url: str, name: str) -> dict[str, dict[str, Any]]:
    """Return the options of the unpooled engine by its name; empty for a database in memory."""
    if _is_in_memory(make_url(url)):
        return {}
    arguments = _arguments(make_url(url), name)
    return {UNPOOLED: {"url": url, "connect_args": arguments, "poolclass": NullPool, "pool_pre_ping": False}}


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _configure_connections(engine: Engine, limits: dict[str, str]) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    else:
        event.listen(engine, "connect", partial(_configure_postgresql, POSTGRESQL_SETTINGS | limits))
        event.listen(engine, "connect", _refuse_encoding)
        event.listen(engine, "connect", read_days_leniently)


def _arguments(url: URL, name: str) -> dict[str, object]:
    if url.get_backend_name() == "sqlite":
        return {}
    return {
        "application_name": name,
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_TIMEOUT,
        "tcp_user_timeout": NETWORK_TIMEOUT * 1000,
        "keepalives_idle": KEEPALIVE,
    }


def _configure_postgresql(settings: dict[str, str], connection: Any, _record: object) -> None:
    # Not as `options` of the connection: PgBouncer refuses them, or drops them without a word.
    connection.autocommit = True
    connection.execute("; ".join(f"SET {name} = {value}" for name, value in settings.items()))
    connection.autocommit = False


def _refuse_encoding(connection: Any, _record: object) -> None:
    # PostgreSQL always reports its encoding; a connection pooler may omit it.
    if connection.info.parameter_status("server_encoding") not in ("UTF8", None):
        raise Unsuitable(ENCODING)


def _configure_sqlite(connection: Any, _record: object) -> None:
    # Otherwise one byte of invalid UTF-8 would fail every query that reads its row.
    connection.text_factory = text_of
    for name, value in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
