"""The check of DATABASE_URL before anything connects. No message repeats it, since it may contain a password."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

FORMS = "Write sqlite:////srv/screening/screening.sqlite or postgresql://user:password@host/database"
ENCODED = "In the password, write @ as %40 and % as %25."
PORTS = "a port that is not a number from 1 to 65535. Write a port for each host, or none for the default, 5432."
SQLITE, POSTGRESQL = ("sqlite", "sqlite+pysqlite"), ("postgresql", "postgresql+psycopg")


def database_address(setting: str) -> str:
    """Return the URL in SQLAlchemy's form: `postgres://` becomes `postgresql://`.

    Raises:
        ValueError: the URL is invalid; the message says what to write.
    """
    scheme, separator, rest = setting.partition("://")
    address = f"{re.sub('^postgres$', 'postgresql', scheme.lower())}{separator}{rest}"
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError(f"DATABASE_URL cannot be read. {FORMS}. {ENCODED}") from None
    if url.drivername in SQLITE:
        _check_sqlite(url)
    elif url.drivername in POSTGRESQL:
        _check_postgresql(url)
    else:
        raise ValueError(f'DATABASE_URL is for "{url.drivername}", which this site does not support. {FORMS}.')
    return address


def connection_settings(url: URL) -> dict[str, Any]:
    """Return a PostgreSQL URL's settings under libpq's names. Several hosts are one value, separated by commas."""
    dialect: Any = url.get_dialect()()
    _, settings = dialect.create_connect_args(url)
    return dict(settings)


def database_name(address: str) -> str:
    """Return which database a URL names, without user, password and options."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    settings = connection_settings(url)
    return f"{settings.get('dbname', '')} at {settings.get('host', '')}:{settings.get('port', '')}"


def names_several_hosts(url: URL) -> bool:
    """Whether a URL names several PostgreSQL servers, of which one leads at a time."""
    return url.get_backend_name() == "postgresql" and "," in str(connection_settings(url).get("host", ""))


def _check_sqlite(url: URL) -> None:
    if url.host or not url.database or not Path(url.database).is_absolute():
        raise ValueError(
            "DATABASE_URL does not name a file by its absolute path. "
            "Write four slashes, such as sqlite:////srv/screening/screening.sqlite."
        )
    if url.query:
        raise ValueError(
            "DATABASE_URL has options, which this site does not allow for SQLite. Leave out everything from ? on."
        )


def _check_postgresql(url: URL) -> None:
    # Imported here to save installations on SQLite the driver's memory.
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo

    if "@" in (url.host or ""):
        raise ValueError(f"DATABASE_URL has more than one @. {ENCODED}")
    try:
        settings = connection_settings(url)
    except ArgumentError:
        raise ValueError(f"DATABASE_URL has {PORTS}") from None
    ports = str(settings.get("port", "")).split(",")
    if not all(port.isdecimal() and 0 < int(port) < 65536 for port in ports if port):
        raise ValueError(f"DATABASE_URL has {PORTS}")
    try:
        make_conninfo(**settings)
    except ProgrammingError:
        raise ValueError(
            f"DATABASE_URL has an option that PostgreSQL does not know. Correct the part after ?. {ENCODED}"
        ) from None
