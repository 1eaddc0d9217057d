"""Upgraded databases that cost little: files copied from a template, and one PostgreSQL database that is emptied."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from screening.app import create_app
from screening.storage.alembic_setup import migrations
from screening.storage.database import db, unpooled_engine
from tests.support.postgresql import PostgreSQL
from tests.support.settings import TestConfig

# For a test with servers and processes of its own: `make test` runs it on SQLite, `make test-all` on both.
postgresql_takes_long = pytest.mark.parametrize(
    "database_url", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)], indirect=True
)
# Changes with every change of a table, an index, a constraint, a trigger or a setting, and with nothing else.
SCHEMA = """
    SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
        SELECT 'class ' || oid || xmin::text FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT 'column ' || attrelid || ' ' || attnum || ' ' || xmin::text FROM pg_attribute
            WHERE attrelid >= 16384
        UNION ALL SELECT 'constraint ' || oid || xmin::text FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT 'trigger ' || oid || xmin::text FROM pg_trigger
        UNION ALL SELECT 'setting ' || setdatabase || setrole || xmin::text FROM pg_db_role_setting
    ) AS lines(line)
"""
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'"


def upgrade(app: Flask) -> None:
    """Migrate the database of an application, and close every connection to it."""
    with app.app_context():
        migrations().upgrade()
        db.session.close()
        db.engine.dispose()
        unpooled_engine().dispose()


class SQLiteTemplate:
    """What an upgraded SQLite file holds, made with the first copy."""

    def __init__(self) -> None:
        self.contents = b""

    def copy(self, file: Path) -> None:
        """Put an upgraded database where there is none."""
        if not self.contents:
            with TemporaryDirectory() as folder:
                made = Path(folder) / "template.sqlite"
                upgrade(create_app(TestConfig(database_url=f"sqlite:///{made}")))
                self.contents = made.read_bytes()
        file.write_bytes(self.contents)


class EmptiedDatabase:
    """An upgraded PostgreSQL database that each test finds as the migrations left it.

    Emptying it takes a fraction of what dropping and creating one takes. One whose schema a test changed is dropped.
    """

    def __init__(self, server: PostgreSQL) -> None:
        self.server = server
        self.url = ""
        self.schema = ""
        self.stack = ExitStack()

    def emptied(self) -> str:
        """Return the address of the database, with nothing in it but what the migrations put there."""
        if self.url:
            with self._open() as connection:
                if self._schema(connection) == self.schema:
                    self._empty(connection)
                    return self.url
        self.close()
        self.url = self.stack.enter_context(self.server.empty_database())
        upgrade(create_app(TestConfig(database_url=self.url)))
        with self._open() as connection:
            self.sequences = [name for (name,) in connection.execute(SEQUENCES)]
            self.rows = {name: self._rows(connection, name) for (name,) in connection.execute(TABLES).fetchall()}
            self.schema = self._schema(connection)
        return self.url

    def close(self) -> None:
        """Drop the database, if there is one."""
        self.stack.close()
        self.url = ""

    @contextmanager
    def _open(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.url, options="-c session_replication_role=replica -c lock_timeout=5000") as opened:
            yield opened

    def _empty(self, connection: psycopg.Connection[Any]) -> None:
        connection.execute(OTHERS)
        every = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in self.rows]
        every += [sql.SQL("SELECT setval({}, 1, false)").format(sql.Literal(name)) for name in self.sequences]
        connection.execute(sql.SQL("; ").join(every))
        for name, rows in self.rows.items():
            for row in rows:
                values = sql.SQL(", ").join([sql.Placeholder()] * len(row))
                connection.execute(sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), values), row)

    @staticmethod
    def _rows(connection: psycopg.Connection[Any], table: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()

    @staticmethod
    def _schema(connection: psycopg.Connection[Any]) -> str:
        (schema,) = connection.execute(SCHEMA).fetchone() or ("",)
        return str(schema)
