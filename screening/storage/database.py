"""The database: engines, and what every SQLite connection is told.

Knows nothing of requests. `db` opens a session only for those who ask for one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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

# What leaves a table must leave the file too, and what was acknowledged must outlive a power cut.
SQLITE_SETTINGS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "secure_delete": "ON",
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
    "busy_timeout": "5000",
}

# A request that gets no connection within so many seconds is answered without the database. Nothing waits for ever.
CONNECTIONS, LONGEST_WAIT = 2, 2
# Seconds. After them PostgreSQL is away: a connection attempt, a network that swallows packets, one that is idle.
CONNECT_TIMEOUT, NETWORK_TIMEOUT, KEEPALIVE = 5, 10, 10
# Milliseconds for a statement of a page, and for its wait for a lock.
PAGE_LIMITS = "-c statement_timeout=5000 -c lock_timeout=3000"

# Names of the second engine, and of what a session carries.
UNPOOLED, MEMORY = "unpooled", "memory"

db = SQLAlchemy(engine_options={"pool_pre_ping": True})


def init_database(app: Flask, url: str, memory: SharedMemory) -> None:
    """Give an application its engines; nothing connects yet. Sessions note in `memory` whether writes succeed."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": _page_options(url), **_unpooled_options(url)}
    db.init_app(app)
    # It would start an event loop after every request to close async sessions, of which there are none.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    with app.app_context():
        db.sessionmaker.configure(info={MEMORY: memory})
        for engine in db.engines.values():
            _set_up(engine)


def unpooled_engine() -> Engine:
    """The engine for what is not a page: an export, a purge, a backup, the readiness probe.

    Each gets a connection of its own, without the limits of a page, so that no page waits for it and no page can close
    it. A database in memory has one engine for everything.
    """
    return db.engines.get(UNPOOLED, db.engine)


@contextmanager
def noted_write(memory: SharedMemory) -> Iterator[None]:
    """Note for the readiness probe of every worker whether a write succeeds.

    A value that the database refuses, and a wait for a connection in vain, tell nothing of whether it can write.
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
    """The memory in which a session of `db` notes whether its writes succeed."""
    memory: SharedMemory = session.info[MEMORY]
    return memory


def try_to_write(memory: SharedMemory) -> None:
    """Write something that changes nothing, to see whether the database can.

    Raises:
        SQLAlchemyError: it cannot.
    """
    with noted_write(memory), unpooled_engine().begin() as connection:
        connection.execute(text("UPDATE installation SET id = id"))


def release_connection() -> None:
    """Give this request's connection back before it takes another: with few of them, it could wait for itself."""
    db.session.commit()


def write_alone(session: Session, table: str) -> None:
    """Begin a transaction during which nobody else changes a table: what others began ends first, then they wait."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("BEGIN IMMEDIATE" if is_sqlite else f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def _page_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs for the engine of pages."""
    if _is_in_memory(make_url(url)):
        return {"url": url}
    return {
        "url": url,
        "connect_args": _arguments(make_url(url), PAGE_LIMITS),
        "pool_size": CONNECTIONS,
        "max_overflow": 0,
        "pool_timeout": LONGEST_WAIT,
    }


def _unpooled_options(url: str) -> dict[str, dict[str, Any]]:
    """What `create_engine` needs for the unpooled engine, under its name; nothing for a database in memory."""
    if _is_in_memory(make_url(url)):
        return {}
    arguments = _arguments(make_url(url))
    return {UNPOOLED: {"url": url, "connect_args": arguments, "poolclass": NullPool, "pool_pre_ping": False}}


def _is_in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _set_up(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _tell_sqlite)
    else:
        event.listen(engine, "connect", _refuse_encoding)
        event.listen(engine, "connect", read_days_leniently)


def _arguments(url: URL, limits: str = "") -> dict[str, object]:
    """What every PostgreSQL connection is given. What is acknowledged is on its disk, whatever the database says."""
    if url.get_backend_name() == "sqlite":
        return {}
    given = url.query.get("options", "")
    options = [given] if isinstance(given, str) else list(given)
    return {
        "client_encoding": "utf8",
        "connect_timeout": CONNECT_TIMEOUT,
        "tcp_user_timeout": NETWORK_TIMEOUT * 1000,
        "keepalives_idle": KEEPALIVE,
        "options": " ".join(filter(None, [*options, "-c synchronous_commit=on", limits])),
    }


def _refuse_encoding(connection: Any, _record: object) -> None:
    # The server says so by itself; a connection pooler may keep it back.
    if connection.info.parameter_status("server_encoding") not in ("UTF8", None):
        raise Unsuitable(ENCODING)


def _tell_sqlite(connection: Any, _record: object) -> None:
    # One byte that is not UTF-8 would otherwise fail every query that meets its row.
    connection.text_factory = text_of
    for name, value in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
