"""Explanations of database failures: what is wrong and what to do.

No text repeats the URL or the driver's message, since either may contain a password.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError, TimeoutError

from screening.storage.disk_space import has_room

OLDER = "The database is not up to date. Run flask --app wsgi database upgrade."
NEWER = (
    "The database was upgraded by a newer release than this one. "
    "Install that release again, or restore a backup that was made before its upgrade."
)
LOCKED = "Another process has locked the database. Wait for it or stop it, then try again."
FULL = "The disk of the database is full. Free some space, then try again."
AWAY = "The database server does not answer. Start it, or correct the host and port in DATABASE_URL."
REFUSED = (
    "The database server rejects the user or the password. Correct them in DATABASE_URL. "
    "Percent-encode special characters in the password, such as %40 for @."
)
BUSY = "The database server has no free connection. Raise its max_connections, or lower WORKERS."
STARTING = "The database server is starting or stopping. Try again when it is up."
UNREACHABLE = (
    "The database server rejects the connection. Compare DATABASE_URL with what works in psql, "
    "and read the server's log."
)
RIGHTS = "The database user lacks a privilege. Make it the owner of the database and its tables."
READ_ONLY = (
    "The database server is a read-only standby. "
    "Name the primary in DATABASE_URL, or add target_session_attrs=read-write."
)
ENCODING = (
    "The encoding of the database is not UTF8, so it cannot store every character. "
    "Run createdb --template=template0 --encoding=UTF8 NAME, and name the new database in DATABASE_URL."
)

SQLITE = {
    "SQLITE_CANTOPEN": "{file} cannot be opened. Make its folder, and give this user read and write access to it.",
    "SQLITE_PERM": "{file} cannot be opened. Give this user read and write access to it and its folder.",
    "SQLITE_AUTH": "{file} cannot be opened. Give this user read and write access to it and its folder.",
    "SQLITE_READONLY": "{file} cannot be written. Give this user write access to it and its folder.",
    "SQLITE_NOTADB": "{file} is not a database. Restore a backup: flask --app wsgi database restore FILE.",
    "SQLITE_CORRUPT": "{file} is damaged. Restore a backup: flask --app wsgi database restore FILE.",
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PROTOCOL": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR_SHMSIZE": FULL,
    "SQLITE_IOERR": "{file} cannot be read or written. Check its disk, then restore a backup if it is damaged.",
}
"""By prefix of SQLite's error name."""

POSTGRESQL = {
    "08": AWAY,
    "22P05": ENCODING,
    "25006": READ_ONLY,
    "28": REFUSED,
    "3D": "The database does not exist. Create it with createdb, or correct its name in DATABASE_URL.",
    "42501": RIGHTS,
    "42P01": OLDER,
    "42703": OLDER,
    "40": LOCKED,
    "53100": FULL,
    "53300": BUSY,
    "55": LOCKED,
    "57014": "The database took too long. Try again when it is less busy.",
    "57P": STARTING,
}
"""By prefix of the SQLSTATE."""

CONNECTING = {
    "password authentication failed": REFUSED,
    "no password supplied": REFUSED,
    "not permitted to log in": "The database user may not log in. Run ALTER ROLE … LOGIN.",
    "no pg_hba.conf entry": (
        "The database server has no rule that admits this user from this machine. "
        "Add one to its pg_hba.conf, or correct DATABASE_URL."
    ),
    'FATAL:  role "': REFUSED,
    'FATAL:  database "': POSTGRESQL["3D"],
    "permission denied for database": "The database user may not connect. Run GRANT CONNECT ON DATABASE … TO ….",
    "too many connections": BUSY,
    "connection slots": BUSY,
    "starting up": STARTING,
    "shutting down": STARTING,
    "read-only": READ_ONLY,
    "hot standby": READ_ONLY,
    "resolve host": "The host in DATABASE_URL cannot be found. Correct its name, or repair DNS.",
    "SSL": "The encrypted connection to the database fails. Correct sslmode and the certificates in DATABASE_URL.",
    "certificate": "The encrypted connection to the database fails. Correct sslmode and the certificates.",
    "Connection refused": AWAY,
    "No such file or directory": AWAY,
    "No route to host": AWAY,
    "Network is unreachable": AWAY,
    "timeout": AWAY,
    "server closed the connection": AWAY,
}
"""By text in the message while connecting, when there is no SQLSTATE yet. The first match decides."""


class OperationRefused(Exception):
    """The operation was not done; the message says why, and what to do."""


class Unsuitable(SQLAlchemyError):
    """The database is not usable; the message says why, and what to do."""


def sqlite_name(error: BaseException) -> str:
    """Return SQLite's name for an error, such as SQLITE_FULL, or "" for errors of other origin."""
    return str(getattr(getattr(error, "orig", None) or error, "sqlite_errorname", ""))


def is_damaged(error: BaseException) -> bool:
    """Whether an error means that a file is damaged or not an SQLite database."""
    return sqlite_name(error).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def explain_database_error(error: Exception, url: URL) -> str:
    """Explain a database failure in a sentence or two: what is wrong and what to do."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, Unsuitable):
        return str(cause)
    if isinstance(cause, sqlite3.Error):
        return _explain_sqlite(cause, url)
    if hasattr(cause, "sqlstate"):
        return _explain_postgresql(cause)
    if isinstance(cause, TimeoutError):
        return "All connections to the database are in use. Try again when the site is less busy."
    return _unknown(type(cause).__name__)


def _explain_sqlite(error: sqlite3.Error, url: URL) -> str:
    name = sqlite_name(error) or type(error).__name__
    if name == "SQLITE_ERROR" and str(error).startswith("no such"):
        return OLDER
    # With a full disk SQLite may report an I/O error.
    if name.startswith("SQLITE_IOERR") and _is_full(url):
        return FULL
    for prefix, sentence in SQLITE.items():
        if name.startswith(prefix):
            return sentence.format(file=url.database)
    return _unknown(name)


def _is_full(url: URL) -> bool:
    try:
        return not has_room(url)
    except OSError:
        return False


def _explain_postgresql(error: Any) -> str:
    # `Any` instead of the driver's class saves installations on SQLite the driver's memory.
    state: str | None = error.sqlstate
    if state is None:
        return next((sentence for part, sentence in CONNECTING.items() if part in str(error)), UNREACHABLE)
    for prefix, sentence in POSTGRESQL.items():
        if state.startswith(prefix):
            return sentence
    return _unknown(f"SQLSTATE {state}")


def _unknown(what: str) -> str:
    return f"The database reported an unexpected error ({what}). Read the database's log."
