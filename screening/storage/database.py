"""The database: engines, what every SQLite connection is told, and the migrations.

Knows nothing of requests. `db` opens a session only for those who ask for one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from flask import Flask
from flask_alembic import Alembic
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.orm import Session

from screening.storage.tables import Base

# What leaves a table must leave the file too, and what was acknowledged must outlive a power cut.
SQLITE_SETTINGS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "secure_delete": "ON",
    "foreign_keys": "ON",
    "trusted_schema": "OFF",
    "busy_timeout": "5000",
}

# Pages read for milliseconds; who reads for longer is not waited for. Seconds.
LOG_TRIES, LOG_PAUSE = 10, 0.025

# What patients' rows leave behind in PostgreSQL.
VACUUM = "VACUUM submission, saved_draft, tally"

db = SQLAlchemy(engine_options={"pool_pre_ping": True})
migrations = Alembic(metadatas=Base.metadata, run_mkdir=False, command_name="")


# Its everyday news would drown what an operator must see.
logging.getLogger("alembic").setLevel(logging.WARNING)


def init_database(app: Flask, url: str) -> None:
    """Give an application its engine and its migrations; nothing connects yet."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": url, "connect_args": _connecting(url)}}
    app.config["ALEMBIC"] = {"script_location": str(Path(__file__).parent / "migrations")}
    app.extensions["columns"] = {table.name: table.columns.keys() for table in Base.metadata.sorted_tables}
    db.init_app(app)
    # It would start an event loop after every request to close async sessions, of which there are none.
    app.teardown_appcontext_funcs = [f for f in app.teardown_appcontext_funcs if not iscoroutinefunction(f)]
    migrations.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _tell_sqlite)


def forget_deleted(session: Session) -> None:
    """Make what was deleted leave the files as far as the database can: the write-ahead log is emptied into the
    database file, where deleted bytes are overwritten; PostgreSQL frees the rows.

    While another reads for longer than a page, SQLite leaves the log as it is; `forget_order` is called every hour and
    clears it then.
    """
    _outside_transactions(session, _empty_log, VACUUM)


def forget_order(session: Session) -> None:
    """Write SQLite's file anew, in the order of its keys: where a row lies in a page, and in the log beside it, would
    else tell which came first. PostgreSQL frees what was deleted; who holds its server can see the order there.
    """
    _outside_transactions(session, lambda connection: connection.execute(text("VACUUM")), VACUUM)
    forget_deleted(session)


def write_alone(session: Session, table: str) -> None:
    """Begin a transaction during which nobody else changes a table: what others began ends first, then they wait."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    session.execute(text("BEGIN IMMEDIATE" if is_sqlite else f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))


def _outside_transactions(session: Session, sqlite: Callable[[Connection], object], postgresql: str) -> None:
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            sqlite(connection)
        else:
            connection.execute(text(postgresql))


def _empty_log(connection: Connection) -> None:
    """Empty the log as soon as nobody reads, or leave it."""
    # SQLite's own waiting would keep everybody from writing, for as long as an export or a backup reads.
    connection.execute(text("PRAGMA busy_timeout = 0"))
    try:
        for _ in range(LOG_TRIES):
            # The first column says whether somebody was in the way.
            if not connection.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)")):
                return
            time.sleep(LOG_PAUSE)
    finally:
        connection.execute(text(f"PRAGMA busy_timeout = {SQLITE_SETTINGS['busy_timeout']}"))


def _connecting(url: str) -> dict[str, object]:
    if make_url(url).get_backend_name() == "sqlite":
        return {}
    # A patient waits for it: better told soon that the database is away. What is acknowledged is on its disk.
    return {"connect_timeout": 5, "options": "-c synchronous_commit=on"}


def _tell_sqlite(connection: Any, _record: object) -> None:
    for name, value in SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
