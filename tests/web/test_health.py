"""Probes: in every state of the database they answer 200 or 503."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from screening.app import create_app
from screening.server import prepared
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from tests.support.postgresql import PostgreSQL
from tests.support.settings import TestConfig

# As a later release leaves it, on which this one may not run.
NEWER = ("UPDATE alembic_version SET version_num = '9999'", "UPDATE installation SET oldest_code = '9999'")

State = Callable[[Path, PostgreSQL], Iterator[str]]


def upgraded(url: str) -> str:
    app = create_app(TestConfig(database_url=url))
    with app.app_context():
        migrations().upgrade()
        db.session.close()
        db.engine.dispose()
    return url


def of_file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'screening.sqlite'}"


def execute_sql(url: str, *statements: str) -> str:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
    return url


def absent_folder(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield f"sqlite:///{tmp_path / 'no-folder' / 'screening.sqlite'}"


def a_folder(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield f"sqlite:///{tmp_path}"


def empty(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield of_file(tmp_path)


def not_a_database(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    (tmp_path / "screening.sqlite").write_text("This is a letter, and it is longer than a header. " * 40)
    yield of_file(tmp_path)


def cut_off(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    url = upgraded(of_file(tmp_path))
    file = tmp_path / "screening.sqlite"
    file.write_bytes(file.read_bytes()[:5000])
    yield url


def older_file(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield execute_sql(upgraded(of_file(tmp_path)), "UPDATE alembic_version SET version_num = '0001'")


def newer_file(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield execute_sql(upgraded(of_file(tmp_path)), *NEWER)


def locked_file(tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    url = upgraded(of_file(tmp_path))
    lock = sqlite3.connect(tmp_path / "screening.sqlite", isolation_level=None)
    lock.execute("PRAGMA locking_mode = EXCLUSIVE")
    lock.execute("BEGIN EXCLUSIVE")
    yield url
    lock.close()


def no_server(_tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield "postgresql://site:secret@127.0.0.1:1/screening"


def no_host(_tmp_path: Path, _server: PostgreSQL) -> Iterator[str]:
    yield "postgresql://site:secret@nowhere.invalid/screening"


def no_database(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    yield str(server.server.get_uri()).replace("/postgres?", "/nowhere?")


def no_user(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    yield str(server.server.get_uri()).replace("postgres:@", "nobody:@")


def no_rights(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    with server.empty_database() as url:
        execute_sql(upgraded(url), "CREATE ROLE powerless LOGIN")
        try:
            yield url.replace("postgres:@", "powerless:@")
        finally:
            execute_sql(url, "DROP ROLE powerless")


def in_encoding(encoding: str) -> State:
    def made(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
        with server.empty_database(f"TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'") as url:
            yield url

    return made


def older_schema(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    with server.empty_database() as url:
        yield execute_sql(upgraded(url), "UPDATE alembic_version SET version_num = '0001'")


def newer_schema(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    with server.empty_database() as url:
        yield execute_sql(upgraded(url), *NEWER)


def locked_table(_tmp_path: Path, server: PostgreSQL) -> Iterator[str]:
    with server.empty_database() as url:
        engine = create_engine(upgraded(url))
        with engine.connect() as connection:
            connection.execute(text("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE"))
            yield url
        engine.dispose()


STATES = {
    "its folder is missing": absent_folder,
    "it is a folder": a_folder,
    "the file is empty": empty,
    "the file is not a database": not_a_database,
    "the file is cut off": cut_off,
    "the file has an older schema": older_file,
    "the file has a newer schema": newer_file,
    "the file is locked": locked_file,
    "the server is not there": no_server,
    "the host is not there": no_host,
    "the database is not there": no_database,
    "the user is not there": no_user,
    "the user lacks rights": no_rights,
    "the encoding is SQL_ASCII": in_encoding("SQL_ASCII"),
    "the encoding is LATIN1": in_encoding("LATIN1"),
    "the schema is older": older_schema,
    "the schema is newer": newer_schema,
    "a table is locked": locked_table,
}

# The states in which the site does not start.
REFUSED = {
    "the file is empty",
    "the file has an older schema",
    "the file has a newer schema",
    "the encoding is SQL_ASCII",
    "the encoding is LATIN1",
    "the schema is older",
    "the schema is newer",
}


@pytest.fixture(params=STATES)
def unusable(request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSQL) -> Iterator[str]:
    with contextmanager(STATES[request.param])(tmp_path, postgresql) as url:
        yield url


def test_a_database_that_cannot_be_used_is_not_ready_and_the_site_is_alive(unusable: str) -> None:
    app = create_app(TestConfig(database_url=unusable))
    client = app.test_client()
    answer = client.get("/healthz/ready")
    assert (answer.status_code, answer.text) == (503, "not ready\n")
    for path in ("/healthz/live", "/help", "/"):
        assert client.get(path).status_code == 200
    assert client.get("/healthz/ready").status_code == 503, "the second time too"
    with app.app_context():
        db.engine.dispose()


def test_no_word_of_the_address_is_written_about_it(
    unusable: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(TestConfig(database_url=unusable))
    app.test_client().get("/healthz/ready")
    with app.app_context():
        db.engine.dispose()
    for said in (*capfd.readouterr(), caplog.text):
        assert "Traceback" not in said
        assert "secret" not in said
        assert str(make_url(unusable).database) not in said


def test_at_start_its_state_is_one_sentence_and_stops_the_site_only_if_the_operator_must_act(
    unusable: str, request: pytest.FixtureRequest, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screening.storage.database.PAGE_LIMITS", {"lock_timeout": "50"})
    app = create_app(TestConfig(database_url=unusable))
    code = prepared(app, None)
    output, lines = capfd.readouterr()
    with app.app_context():
        db.engine.dispose()
    first, *rest = lines.splitlines()
    state = request.node.callspec.params["unusable"]
    assert code == (1 if state in REFUSED else 0)
    assert first.startswith("Error: ") == (code == 1)
    assert rest == (
        [] if code else ["Until then patients can read and answer, but not share. The site retries by itself."]
    )
    assert first.endswith(".")
    assert output == ""
    assert "Traceback" not in lines
    assert "secret" not in lines
