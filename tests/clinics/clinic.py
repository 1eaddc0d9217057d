"""Clinics on one machine: each with its own role, database, secrets and server."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from config import Config, make_secrets
from screening.app import create_app
from screening.commands.database import upgrade_database
from screening.storage.database import db
from tests.support.postgresql import PASSWORD, PasswordServer, password_server
from tests.support.server import Server, free_port, settings

# Connections that a clinic may have open: two for pages, a probe, the purge, and one more.
CONNECTIONS = 5
TEMPLATE = "template_of_clinics"


@contextmanager
def clinics(folder: Path, number: int) -> Iterator[tuple[PasswordServer, list[Server]]]:
    """Make this many clinics on one PostgreSQL for the block, and end their servers afterward."""
    with password_server(int(free_port()), max_connections=CONNECTIONS * number + 20) as database:
        _make_template(folder / "template", database)
        servers = [_make_clinic(folder / f"clinic-{place}", database) for place in range(number)]
        try:
            yield database, servers
        finally:
            for server in servers:
                if hasattr(server, "process") and server.has_processes:
                    server.kill()


def _make_template(instance: Path, database: PasswordServer) -> None:
    """Make an upgraded database without data, because upgrading each alone would take minutes."""
    database.make_database(TEMPLATE)
    make_secrets(instance)
    app = create_app(Config.from_environment(settings(instance, DATABASE_URL=database.url(TEMPLATE))))
    with app.app_context():
        upgrade_database(app)
        for engine in db.engines.values():
            engine.dispose()


def _make_clinic(instance: Path, database: PasswordServer) -> Server:
    """Make one clinic's secrets, role and database, and its server, which is not started."""
    make_secrets(instance)
    name = sql.Identifier(instance.name)
    with database.root() as root:
        root.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(PASSWORD)))
        root.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(name, name, sql.Identifier(TEMPLATE)))
        root.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))
    with database.root(instance.name) as root:
        root.execute(sql.SQL("REASSIGN OWNED BY site TO {}").format(name))
    url = database.url(instance.name).replace("://site:", f"://{instance.name}:")
    return Server(instance, prepares=True, DATABASE_URL=url, WORKERS="1", CLINIC_NAME=instance.name)


def allow_many_files() -> None:
    """Raise this process's limit of open files, and so that of what it starts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cores() -> int:
    return len(os.sched_getaffinity(0))
