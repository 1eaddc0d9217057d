"""Copies of a PostgreSQL database, made and restored by its own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

from screening.settings.database_url import connection_settings
from screening.storage.failures import Impossible

# PostgreSQL cuts longer names off, in bytes.
LONGEST_DATABASE_NAME = 63
# libpq takes these from no variable, and a command line can be read by everyone on the machine.
UNSPEAKABLE = {"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
LEFTOVER_DATABASES = """
SELECT datname FROM pg_database
WHERE starts_with(datname, :own) AND substr(datname, length(:own) + 1) ~ '^[0-9a-f]{8}$'
"""


def write_dump(source: Connection, part: Path) -> None:
    """Write what the transaction of a connection sees to a file.

    Raises:
        Impossible: pg_dump is missing or fails.
    """
    snapshot = source.scalar(text("SELECT pg_export_snapshot()"))
    _run("pg_dump", _settings(source), "--format=custom", f"--snapshot={snapshot}", f"--file={part}")


@contextmanager
def restored_dump(engine: Engine, part: Path) -> Iterator[Engine]:
    """Restore a copy into a new database on the same server, which is dropped afterwards.

    Raises:
        Impossible: this user may not make a database, or pg_restore is missing or fails.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # While this is held, a database of such a name is one that was left when a backup was killed.
        connection.execute(text("SELECT pg_advisory_lock(hashtext('backup'))"))
        if not connection.scalar(text(MAY_CREATE)):
            raise Impossible(
                "A backup is checked by restoring it, and this database user may not make a database for that. "
                "Let whoever runs PostgreSQL say: ALTER ROLE … CREATEDB. Or make and check backups there."
            )
        own = _beginning(connection)
        for other in connection.scalars(text(LEFTOVER_DATABASES), {"own": own}).all():
            _drop(connection, other)
        name = f"{own}{os.urandom(4).hex()}"
        # Whatever encoding and language the server's other databases have.
        made = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        _raw(connection).execute(made.format(sql.Identifier(name)))
        try:
            settings = _settings(connection) | {"dbname": name}
            _run("pg_restore", settings, "--exit-on-error", str(part))
            yield create_engine("postgresql+psycopg://", connect_args=settings, poolclass=NullPool)
        finally:
            _drop(connection, name)


def _beginning(connection: Connection) -> str:
    """How the names of databases begin into which copies of this one are restored."""
    name = connection.scalar(text("SELECT current_database()")) or ""
    ending = "_check_"
    return name.encode()[: LONGEST_DATABASE_NAME - len(ending) - 8].decode(errors="ignore") + ending


def _drop(connection: Connection, name: str) -> None:
    _raw(connection).execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _settings(connection: Connection) -> dict[str, Any]:
    """How to reach the very server that a connection reaches: of several, another one would hold another moment."""
    info = _raw(connection).info
    settings = connection_settings(connection.engine.url) | {"host": info.host, "port": info.port}
    settings.pop("hostaddr", None)
    return settings


def _run(program: str, settings: dict[str, Any], *arguments: str) -> None:
    if shutil.which(program) is None:
        raise Impossible(
            f"{program} is not on this machine. Install PostgreSQL's own programs (on Debian: apt-get install "
            "postgresql-client), in the version of the server, or make backups where the server runs."
        )
    if unspeakable := UNSPEAKABLE & settings.keys():
        raise Impossible(
            f"{program} can take {', '.join(sorted(unspeakable))} only where everyone on this machine can read it. "
            "Move it from DATABASE_URL to a service file (PGSERVICEFILE)."
        )
    shown = {name: value for name, value in settings.items() if name != "password"}
    secret = {"PGPASSWORD": str(settings["password"])} if settings.get("password") else {}
    ended = subprocess.run(  # noqa: S603  # its own program, found on the path
        [program, "--no-owner", "--no-privileges", "--no-password", f"--dbname={make_conninfo(**shown)}", *arguments],
        env=os.environ | {"LC_ALL": "C"} | secret,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise Impossible(f"{_meaning(program, ended.stderr.strip())}\nThere is no backup.")


def _meaning(program: str, said: str) -> str:
    if "server version mismatch" in said:
        return (
            f"{program} is older than the database server. Install PostgreSQL's programs in the server's version, and "
            "put them first on PATH."
        )
    if "unrecognized configuration parameter" in said:
        return f"{program} is newer than the database server can follow. Install the version of the server."
    return f"{program} says: {said}"
