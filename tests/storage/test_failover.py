"""Connections that wait for a server that no longer leads are dropped; a wait for the leader itself is not cut.

Both servers are one, reached by two paths of its socket.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from screening.settings.database_url import connection_settings
from screening.storage import failover
from screening.storage.failover import FailoverWatch
from tests.support.postgresql import PostgreSQL

# Seconds: longer than the tests wait for anything else.
HANGS = 20


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failover, "SUSPECT_AFTER", 0.2)


@pytest.fixture
def former(postgresql: PostgreSQL) -> Engine:
    return create_engine(postgresql.server.get_uri(driver="psycopg"), poolclass=NullPool)


@pytest.fixture
def leader(former: Engine, tmp_path: Path) -> str:
    """Another path of the socket."""
    other = tmp_path / "other"
    other.symlink_to(str(former.url.query["host"]))
    return str(other)


def watching(engine: Engine, *others: str) -> FailoverWatch:
    """Watch the connections of an engine, whose URL is taken to name other servers too."""
    hosts = ",".join((str(engine.url.query["host"]), *others))
    watch = FailoverWatch(connection_settings(engine.url) | {"host": hosts})
    watch.follow(engine)
    return watch


def test_a_connection_that_waits_for_a_former_leader_is_dropped(former: Engine, leader: str) -> None:
    watch = watching(former, leader)
    with former.connect() as connection, ThreadPoolExecutor(1) as pool:
        begun, statement = time.monotonic(), pool.submit(sleep, connection, HANGS)
        assert look(watch, statement) == 1
        with pytest.raises(OperationalError):
            statement.result()
        assert time.monotonic() - begun < HANGS / 2


def test_a_connection_that_waits_for_the_only_leader_is_left_alone(former: Engine) -> None:
    watch = watching(former, "/nowhere")
    with former.connect() as connection, ThreadPoolExecutor(1) as pool:
        statement = pool.submit(sleep, connection, 0.6)
        assert look(watch, statement) == 0
        statement.result()


def test_a_connection_that_is_idle_between_statements_is_left_alone(former: Engine, leader: str) -> None:
    watch = watching(former, leader)
    with former.connect() as connection, ThreadPoolExecutor(1) as pool:
        for _ in range(3):
            statement = pool.submit(sleep, connection, 0.15)
            assert watch.drop_stale() == 0
            statement.result()
            assert watch.drop_stale() == 0
            time.sleep(0.1)


def test_new_connections_go_to_the_last_leader_first(former: Engine, leader: str) -> None:
    watch = watching(former, "/nowhere", leader)
    listed_first = str(former.url.query["host"])
    for last in (listed_first, leader, leader, listed_first):
        watch.leader = (last, "5432")
        with former.connect() as connection:
            assert host(connection) == last
    watch.leader = ("/nowhere", "5432")
    with former.connect() as connection:
        assert host(connection) == listed_first
    assert watch.leader == (listed_first, "5432")


def test_one_port_stands_for_all_hosts() -> None:
    assert FailoverWatch({"host": "a,b", "port": "6000"}).servers == [("a", "6000"), ("b", "6000")]
    assert FailoverWatch({"host": "a,b"}).servers == [("a", "5432"), ("b", "5432")]
    assert FailoverWatch({"host": "a,b", "port": ",1"}).servers == [("a", "5432"), ("b", "1")]


def host(connection: Connection) -> str:
    opened = connection.connection.driver_connection
    assert isinstance(opened, psycopg.Connection)
    return opened.info.host


def sleep(connection: Connection, seconds: float) -> None:
    connection.execute(text(f"SELECT pg_sleep({seconds})"))


def look(watch: FailoverWatch, statement: Future[None]) -> int:
    """Look again and again until the statement ends, and return how many connections were dropped."""
    last, number = time.monotonic() + HANGS, 0
    while time.monotonic() < last and not statement.done():
        number += watch.drop_stale()
        time.sleep(0.05)
    return number
