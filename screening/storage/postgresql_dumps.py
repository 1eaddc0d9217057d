"""PostgreSQL backups by pg_dump, checked with pg_restore."""

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
from screening.storage.failures import OperationRefused

# Bytes. PostgreSQL truncates longer names.
LONGEST_DATABASE_NAME = 63
# libpq has no environment variable for these secrets, and everyone on the machine can read a command line.
COMMAND_LINE_SECRETS = {"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
CAN_CREATE_DATABASE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
LEFTOVER_DATABASES = """
SELECT datname FROM pg_database
WHERE starts_with(datname, :prefix) AND substr(datname, length(:prefix) + 1) ~ '^[0-9a-f]{8}$'
"""


def write_dump(source: Connection, part: Path) -> None:
    """Dump the snapshot of a connection's transaction to a file.

    Raises:
        OperationRefused: pg_dump is missing or fails.
    """
    snapshot = source.scalar(text("SELECT pg_export_snapshot()"))
    _run("pg_dump", _settings(source), "--format=custom", f"--snapshot={snapshot}", f"--file={part}")


@contextmanager
def restored_dump(engine: Engine, part: Path) -> Iterator[Engine]:
    """Restore a dump into a temporary database on the same server.

    Raises:
        OperationRefused: this user may not create a database, or pg_restore is missing or fails.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # While this lock is held, any database with such a name is left over from a killed backup.
        connection.execute(text("SELECT pg_advisory_lock(hashtext('backup'))"))
        if not connection.scalar(text(CAN_CREATE_DATABASE)):
            raise OperationRefused(
                "A backup is checked by restoring it, and this database user may not create a database for that. "
                "Have PostgreSQL's administrator run ALTER ROLE … CREATEDB, or make and check backups there."
            )
        prefix = _name_prefix(connection)
        for leftover in connection.scalars(text(LEFTOVER_DATABASES), {"prefix": prefix}).all():
            _drop(connection, leftover)
        name = f"{prefix}{os.urandom(4).hex()}"
        # Do not depend on the encoding and locale of the server's other databases.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
        _raw(connection).execute(create.format(sql.Identifier(name)))
        try:
            settings = _settings(connection) | {"dbname": name}
            _run("pg_restore", settings, "--exit-on-error", str(part))
            yield create_engine("postgresql+psycopg://", connect_args=settings, poolclass=NullPool)
        finally:
            _drop(connection, name)


def _name_prefix(connection: Connection) -> str:
    """Return the name prefix of the temporary databases for this one's copies."""
    name = connection.scalar(text("SELECT current_database()")) or ""
    suffix = "_check_"
    return name.encode()[: LONGEST_DATABASE_NAME - len(suffix) - 8].decode(errors="ignore") + suffix


def _drop(connection: Connection, name: str) -> None:
    _raw(connection).execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _settings(connection: Connection) -> dict[str, Any]:
    """Return the settings of the server that a connection uses: another of several hosts has other snapshots."""
    info = _raw(connection).info
    settings = connection_settings(connection.engine.url) | {"host": info.host, "port": info.port}
    settings.pop("hostaddr", None)
    return settings


def _run(program: str, settings: dict[str, Any], *arguments: str) -> None:
    if shutil.which(program) is None:
        raise OperationRefused(
            f"{program} is not on this machine. Install PostgreSQL's client programs (on Debian: apt-get install "
            "postgresql-client) in the server's version, or make backups on the server's machine."
        )
    if exposed := COMMAND_LINE_SECRETS & settings.keys():
        raise OperationRefused(
            f"{program} can take {', '.join(sorted(exposed))} only where everyone on this machine can read it. "
            "Move it from DATABASE_URL to a service file (PGSERVICEFILE)."
        )
    public = {name: value for name, value in settings.items() if name != "password"}
    secret = {"PGPASSWORD": str(settings["password"])} if settings.get("password") else {}
    result = subprocess.run(  # noqa: S603  # PostgreSQL's own program, found on PATH
        [program, "--no-owner", "--no-privileges", "--no-password", f"--dbname={make_conninfo(**public)}", *arguments],
        env=os.environ | {"LC_ALL": "C"} | secret,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        raise OperationRefused(f"{_explain_failure(program, result.stderr.strip())}\nNo backup was made.")


def _explain_failure(program: str, output: str) -> str:
    if "server version mismatch" in output:
        return (
            f"{program} is older than the database server. Install PostgreSQL's programs in the server's version, and "
            "put them first on PATH."
        )
    if "unrecognized configuration parameter" in output:
        return f"{program} is too new for the database server. Install the server's version."
    return f"{program} failed: {output}"
