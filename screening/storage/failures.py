"""What a failure of the database means, in one sentence with a remedy.

No sentence repeats the address or what the driver said of it: a password may be in either.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError, TimeoutError

OLDER = "The database is not up to date. Run flask --app wsgi database upgrade."
NEWER = (
    "The database was upgraded by a newer release than this one. "
    "Install that release again, or restore a backup that was made before its upgrade."
)
LOCKED = "Another process has locked the database. Let it end, or stop it, then try again."
FULL = "The disk of the database is full. Free some space, then try again."
AWAY = "The database server does not answer. Start it, or correct host and port in DATABASE_URL."
REFUSED = (
    "The database refuses the user or the password. Correct them in DATABASE_URL; "
    "write special characters of the password percent-encoded, such as %40 for @."
)
BUSY = "The database server has no free connection. Raise its max_connections, or lower WORKERS."
STARTING = "The database server is starting or stopping. Try again when it is up."
UNREACHABLE = (
    "The database does not accept the connection. Compare DATABASE_URL with what works in psql, "
    "and read the log of the database server."
)
RIGHTS = "The database user lacks a right. Make it the owner of the database and of its tables."
READ_ONLY = (
    "The database server accepts no writes: it is a standby. "
    "Name the primary in DATABASE_URL, or add target_session_attrs=read-write."
)
ENCODING = (
    "The encoding of the database is not UTF8, so it cannot store every character. "
    "Make a new one, createdb --template=template0 --encoding=UTF8 NAME, and name it in DATABASE_URL."
)

SQLITE = {
    "SQLITE_CANTOPEN": "{file} cannot be opened. Make its folder, and let this user read and write there.",
    "SQLITE_PERM": "{file} cannot be opened. Let this user read and write it and its folder.",
    "SQLITE_AUTH": "{file} cannot be opened. Let this user read and write it and its folder.",
    "SQLITE_READONLY": "{file} cannot be written. Let this user write it and its folder.",
    "SQLITE_NOTADB": "{file} is not a database. Put a backup in its place: flask --app wsgi database restore FILE.",
    "SQLITE_CORRUPT": "{file} is damaged. Put a backup in its place: flask --app wsgi database restore FILE.",
    "SQLITE_BUSY": LOCKED,
    "SQLITE_LOCKED": LOCKED,
    "SQLITE_PROTOCOL": LOCKED,
    "SQLITE_FULL": FULL,
    "SQLITE_IOERR": "{file} cannot be read or written. Check its disk, then restore a backup if it is damaged.",
}
"""By the beginning of SQLite's name for the error."""

POSTGRESQL = {
    "08": AWAY,
    "22P05": ENCODING,
    "25006": READ_ONLY,
    "28": REFUSED,
    "3D": "The database does not exist. Make it with createdb, or correct its name in DATABASE_URL.",
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
"""By the beginning of the SQLSTATE."""

CONNECTING = {
    "password authentication failed": REFUSED,
    "no password supplied": REFUSED,
    "not permitted to log in": "The database user may not sign in. Give it the right: ALTER ROLE … LOGIN.",
    "no pg_hba.conf entry": (
        "The database server has no rule that lets this user in from this machine. "
        "Add one to its pg_hba.conf, or correct DATABASE_URL."
    ),
    'FATAL:  role "': REFUSED,
    'FATAL:  database "': POSTGRESQL["3D"],
    "permission denied for database": "The database user may not connect. GRANT CONNECT ON DATABASE … TO it.",
    "too many connections": BUSY,
    "connection slots": BUSY,
    "starting up": STARTING,
    "shutting down": STARTING,
    "read-only": READ_ONLY,
    "hot standby": READ_ONLY,
    "resolve host": "The host in DATABASE_URL cannot be found. Correct its name, or repair the name service.",
    "SSL": "The encrypted connection to the database fails. Correct sslmode and the certificates in DATABASE_URL.",
    "certificate": "The encrypted connection to the database fails. Correct sslmode and the certificates.",
    "Connection refused": AWAY,
    "No such file or directory": AWAY,
    "No route to host": AWAY,
    "Network is unreachable": AWAY,
    "timeout": AWAY,
    "server closed the connection": AWAY,
}
"""By a part of what is said while connecting, when there is no SQLSTATE yet; the first that is in it decides."""


class Impossible(Exception):
    """It was not done; the message says why, and what to do."""


class Unsuitable(SQLAlchemyError):
    """The database cannot be used as it is; the message is one sentence with a remedy."""


def sqlite_name(error: BaseException) -> str:
    """SQLite's own name for an error, such as SQLITE_FULL, or "" if it is none of SQLite's."""
    return str(getattr(getattr(error, "orig", None) or error, "sqlite_errorname", ""))


def is_damaged(error: BaseException) -> bool:
    """Whether an error says that a file is no SQLite database, or a damaged one."""
    return sqlite_name(error).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT"))


def explain_database_error(error: Exception, url: URL) -> str:
    """Say in a sentence or two what a failure of the database means, and what to do."""
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
    for beginning, sentence in SQLITE.items():
        if name.startswith(beginning):
            return sentence.format(file=url.database)
    return _unknown(name)


def _explain_postgresql(error: Any) -> str:
    # Its class is not named: an installation on SQLite does without the driver's memory.
    state: str | None = error.sqlstate
    if state is None:
        return next((sentence for part, sentence in CONNECTING.items() if part in str(error)), UNREACHABLE)
    for beginning, sentence in POSTGRESQL.items():
        if state.startswith(beginning):
            return sentence
    return _unknown(f"SQLSTATE {state}")


def _unknown(what: str) -> str:
    return f"The database reported an error that is not known here ({what}). Look it up in the log of the database."
