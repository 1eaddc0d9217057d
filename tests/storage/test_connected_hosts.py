"""What each host serves is read from the labels of its open connections."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, NullPool, create_engine, inspect, text

from screening.app import create_app
from screening.purger import stay_connected
from screening.site import site_of
from screening.storage.connected_hosts import ConnectedHost, connected_hosts, connection_name
from screening.storage.database import db
from screening.storage.questionnaire_versions import served_version
from tests.commands.test_cli import run
from tests.support.postgresql import PostgreSQL
from tests.support.settings import TestConfig


def engine_of(url: str, label: str) -> Engine:
    connected = url.replace("postgresql:", "postgresql+psycopg:")
    return create_engine(connected, poolclass=NullPool, connect_args={"application_name": label})


def test_each_open_connection_says_what_its_host_serves(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql.empty_database() as url, ExitStack() as held:
        for host, questions in (("one", "a" * 12), ("two", "a" * 12), ("two", "c" * 12)):
            monkeypatch.setattr(socket, "gethostname", lambda host=host: host)
            label = connection_name("1.0.0", questions, 60)
            connection = held.enter_context(engine_of(url, label).connect())
        for label in ("psql", "screening", "screening of something"):
            connection = held.enter_context(engine_of(url, label).connect())
        assert connected_hosts(connection) == [
            ConnectedHost("1.0.0", "a" * 12, 60, "one"),
            ConnectedHost("1.0.0", "a" * 12, 60, "two"),
            ConnectedHost("1.0.0", "c" * 12, 60, "two"),
        ]


def test_a_host_without_visitors_stays_visible(postgresql: PostgreSQL) -> None:
    with postgresql.empty_database() as url, engine_of(url, "psql").connect() as connection:
        app = create_app(TestConfig(database_url=url))
        assert connected_hosts(connection) == []
        # PostgreSQL shows one transaction the same connections throughout.
        connection.rollback()
        with app.app_context():
            stay_connected()
        (host,) = connected_hosts(connection)
        assert host.questions == served_version(site_of(app).questionnaires)
        with app.app_context():
            db.engine.dispose()


def test_sqlite_has_no_other_host() -> None:
    with create_engine("sqlite://").connect() as connection:
        assert connected_hosts(connection) == []


def test_an_upgrade_waits_for_that_of_another_host(postgresql: PostgreSQL) -> None:
    with postgresql.empty_database() as url, ThreadPoolExecutor(1) as pool:
        app, other = create_app(TestConfig(database_url=url)), engine_of(url, "other")
        with other.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(hashtext('upgrade'))"))
            upgrade = pool.submit(run, app, "database", "upgrade")
            last = time.monotonic() + 20
            while not connection.scalar(
                text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            ):
                assert time.monotonic() < last, "the upgrade asks for the lock"
                assert not upgrade.done()
            assert inspect(other).get_table_names() == []
        assert "The database is up to date." in str(upgrade.result())
        with app.app_context():
            db.engine.dispose()
