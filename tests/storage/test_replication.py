"""Whether a synchronous standby confirms commits, asked of a real server with a real receiver of its log."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from screening.storage.replication import StandbyState, standby_state
from tests.support.postgresql import PostgreSQL


@pytest.fixture
def engine(postgresql: PostgreSQL) -> Iterator[Engine]:
    engine = create_engine(
        postgresql.server.get_uri(driver="psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    yield engine
    awaits(engine, "")


def awaits(engine: Engine, names: str) -> None:
    """Let the server wait for these standbys at each commit."""
    with engine.connect() as connection:
        connection.execute(text(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'"))
        connection.execute(text("SELECT pg_reload_conf()"))
    wait_for(engine, "SELECT current_setting('synchronous_standby_names') = :value", names)


@contextmanager
def standby(postgresql: PostgreSQL, engine: Engine, folder: Path) -> Iterator[None]:
    """Receive the server's log, as a standby named pg_receivewal."""
    command = [
        str(postgresql.programs / "pg_receivewal"),
        "--synchronous",
        f"--directory={folder}",
        f"--dbname=host={engine.url.query['host']} user=postgres",
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(engine, "SELECT count(*) = :value FROM pg_stat_replication WHERE state = 'streaming'", 1)
        yield
    finally:
        process.terminate()
        process.wait()
        wait_for(engine, "SELECT count(*) = :value FROM pg_stat_replication", 0)


def wait_for(engine: Engine, condition: str, value: object) -> None:
    last = time.monotonic() + 20
    while True:
        with engine.connect() as connection:
            if connection.scalar(text(condition), {"value": value}):
                return
        assert time.monotonic() < last, condition
        time.sleep(0.05)


def state(engine: Engine) -> StandbyState:
    with engine.connect() as connection:
        return standby_state(connection)


def test_sqlite_and_a_single_server_are_alone(engine: Engine) -> None:
    assert state(create_engine("sqlite://")) is StandbyState.ALONE
    assert state(engine) is StandbyState.ALONE


def test_a_standby_counts_only_if_the_server_waits_for_it(
    engine: Engine, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    with standby(postgresql, engine, tmp_path):
        assert state(engine) is StandbyState.MISSING
        awaits(engine, "pg_receivewal")
        assert state(engine) is StandbyState.SYNCHRONOUS
        awaits(engine, "another")
        assert state(engine) is StandbyState.MISSING
        awaits(engine, "pg_receivewal")
    assert state(engine) is StandbyState.MISSING


def test_several_hosts_expect_a_standby(engine: Engine) -> None:
    folder = str(engine.url.query["host"])
    several = engine.url.set(query={"host": f"{folder},{folder}", "port": "5432,5432"})
    assert state(create_engine(several, poolclass=NullPool)) is StandbyState.MISSING


def test_a_role_without_the_right_says_that_it_does_not_know(
    engine: Engine, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    with engine.connect() as connection:
        connection.execute(text("CREATE ROLE blind LOGIN"))
    blind = create_engine(engine.url.set(username="blind"), poolclass=NullPool)
    try:
        with standby(postgresql, engine, tmp_path):
            assert state(blind) is StandbyState.MISSING
            awaits(engine, "pg_receivewal")
            assert state(blind) is StandbyState.HIDDEN
    finally:
        # Otherwise the next statement would wait for a standby.
        awaits(engine, "")
        with engine.connect() as connection:
            connection.execute(text("DROP ROLE blind"))
