"""Commands on an unusable database or folder: one sentence with a remedy, exit code 1, and no password."""

from __future__ import annotations

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
import pytest
from flask import Flask
from sqlalchemy import make_url, text

from config import ROOT, make_secrets
from screening.app import create_app, create_without_site
from screening.commands.error_handling import explain_failure
from screening.settings.unix_user import this_user
from screening.storage import disk_space, failures
from screening.storage.database import SQLITE_SETTINGS, db
from screening.storage.failures import explain_database_error
from tests.commands.test_cli import run
from tests.support.postgresql import PostgreSQL
from tests.support.powerless import let_others_enter, powerless
from tests.support.server import free_port
from tests.support.settings import TestConfig
from tests.web import test_health as states

COMMANDS = (
    "database upgrade",
    "database backup",
    "staff add",
    "staff renew",
    "staff disable",
    "staff first",
    "submissions purge",
    "submissions purge --delete",
    "submissions export",
    "audit head",
    "audit verify",
    "figures publish 2026-W42",
    "questions diff abcdef abcdef",
    "questions fhir --version abcdef",
    "demo",
)
TYPED = "sam@clinic.example\nviewer\n"
FILE = "{file} "
WANTED = {
    "its folder is missing": f"{FILE}cannot be opened. Make its folder",
    "it is a folder": f"{FILE}cannot be opened. Make its folder",
    "the file is not a database": f"{FILE}is not a database. Restore a backup",
    "the file has a newer schema": failures.NEWER,
    "the file is locked": failures.LOCKED,
    "the server is not there": failures.AWAY,
    "the host is not there": "The host in DATABASE_URL cannot be found. Correct its name",
    "the database is not there": "The database does not exist. Create it with createdb",
    "the user is not there": failures.REFUSED,
    "the user lacks rights": failures.RIGHTS,
    "the encoding is SQL_ASCII": failures.ENCODING,
    "the encoding is LATIN1": failures.ENCODING,
    "the schema is newer": failures.NEWER,
}
# These may run on a newer schema, which may have what they need.
OF_ANY_SCHEMA = {"staff", "submissions", "audit", "figures"}


@contextmanager
def site(url: str, instance: Path) -> Iterator[Flask]:
    app = create_app(replace(TestConfig(), database_url=url, instance=instance))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("state", WANTED)
def test_every_command_says_in_a_sentence_why_the_database_cannot_be_used(
    state: str, tmp_path: Path, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SQLite's lock timeout would take most of this test's time.
    monkeypatch.setitem(SQLITE_SETTINGS, "busy_timeout", "50")
    hurry = "?timeout=0.05" if state == "the file is locked" else ""
    with contextmanager(states.STATES[state])(tmp_path, postgresql) as url, site(url + hurry, tmp_path) as app:
        for command in COMMANDS:
            if "newer" in state and command.split()[0] in OF_ANY_SCHEMA:
                continue
            code, output = run(app, *command.split(), typed=TYPED)
            told = output.splitlines()[-1]
            assert code == 1, (command, output)
            assert told.startswith("Error: " + WANTED[state].format(file=make_url(url).database)), (command, output)
            for never in ("Traceback", "secret", "SELECT", "sqlalche.me"):
                assert never not in output, command


@pytest.mark.parametrize("state", ["the file is empty", "the file has an older schema", "the schema is older"])
def test_on_an_older_schema_commands_name_the_upgrade(state: str, tmp_path: Path, postgresql: PostgreSQL) -> None:
    with contextmanager(states.STATES[state])(tmp_path, postgresql) as url, site(url, tmp_path) as app:
        for command in ("database backup", "questions fhir --version abcdef", "demo"):
            assert run(app, *command.split()) == (1, f"Error: {failures.OLDER}\n")
        if state == "the file is empty":
            for command in ("staff first", "audit head", "submissions purge", "submissions export"):
                assert run(app, *command.split())[1].endswith(f"Error: {failures.OLDER}\n")


def test_a_newer_schema_that_lets_this_release_run_stops_no_command(database_url: str, tmp_path: Path) -> None:
    url = states.execute_sql(states.upgraded(database_url), "UPDATE alembic_version SET version_num = '9999'")
    with site(url, tmp_path) as app:
        assert run(app, "database", "upgrade") == (0, "The database is up to date.\n")
        assert run(app, "staff", "first")[0] == 0
        assert "No version that was served here" in run(app, "questions", "fhir", "--version", "abcdef")[1]
        assert run(app, "demo", "--number", "3")[0] == 0


def test_the_list_of_commands_is_whole(tmp_path: Path) -> None:
    def names(group: click.Group, before: str = "") -> Iterator[str]:
        for name, command in group.commands.items():
            yield from names(command, f"{before}{name} ") if isinstance(command, click.Group) else [before + name]

    with site(states.of_file(tmp_path), tmp_path) as app:
        found = set(names(app.cli))
    without = {f"questions {name}" for name in "check sources schema diagram".split()} | {"help-page"}
    without |= {"questions translate export", "questions translate import"}
    by_themselves = {"serve", "version", "database restore", "keys make", "keys rotate", "doctor"}
    assert found == without | by_themselves | {" ".join(command.split()[:2]) for command in COMMANDS} - {
        "questions diff abcdef"
    }


def test_restoring_puts_a_backup_in_the_place_of_what_is_not_a_database(tmp_path: Path) -> None:
    url = states.upgraded(states.of_file(tmp_path))
    with site(url, tmp_path) as app:
        backup = tmp_path / "mine"
        assert run(app, "database", "backup", str(backup))[0] == 0
        with app.app_context():
            db.engine.dispose()
        (tmp_path / "screening.sqlite").write_text("This is a letter. " * 400)
        for beside in ("-wal", "-shm"):
            (tmp_path / f"screening.sqlite{beside}").unlink(missing_ok=True)
        assert "database restore FILE" in run(app, "audit", "head")[1]
        code, output = run(app, "database", "restore", str(backup), "--yes")
        assert code == 0, output
        assert "Its audit trail could not be read." in output
        assert run(app, "audit", "verify")[0] == 0


@pytest.mark.parametrize("command", ["database backup", "database restore mine --yes", "submissions export out"])
def test_a_folder_that_cannot_be_written_is_a_sentence(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = states.upgraded(states.of_file(tmp_path))
    with site(url, tmp_path) as app:
        run(app, "database", "backup", str(tmp_path / "mine"))
        monkeypatch.chdir(tmp_path)
        let_others_enter(tmp_path)
        for file in tmp_path.iterdir():
            file.chmod(0o644)
        with app.app_context():
            db.engine.dispose()
        with powerless():
            code, output = run(app, *command.split())
        assert code == 1
        assert output.startswith("Error: ")
        assert output.count("\n") == 1
        assert str(tmp_path) in output


def test_what_is_not_known_stays_short_and_tells_no_contents(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Exception) as error:  # noqa: PT011
        db.session.execute(text("SELECT :answer / no_function(1)"), {"answer": "what a patient said"})
    said = explain_database_error(error.value, make_url("sqlite:////x"))
    assert "what a patient said" not in said
    assert said.count("\n") == 0


def test_a_command_that_is_stopped_says_so(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("screening.storage.audit.chain_head", stop)
    assert run(site, "audit", "head") == (1, "\nAborted!\n")


@pytest.mark.parametrize("host", ["", "no such host", ".", "x" * 70, "256.1.1.1", "[::1", "http://localhost", "::g"])
def test_an_address_on_which_no_server_can_listen_is_a_sentence(site: Flask, host: str) -> None:
    code, output = run(site, "serve", "--host", host, "--port", free_port())
    assert code in (1, 2)
    assert "Error: " in output.splitlines()[-1]


@pytest.mark.parametrize(
    "wrong",
    [
        "FORM_KEY",
        *(pytest.param(one, marks=pytest.mark.long) for one in ("DATABASE_URL", "INSTANCE", "QUESTIONS", "LOGO")),
    ],
)
def test_under_any_server_a_bad_configuration_is_sentences(tmp_path: Path, wrong: str) -> None:
    make_secrets(tmp_path / "instance")
    (tmp_path / "file").write_text("")
    environment = {"INSTANCE": str(tmp_path / "instance"), "PATH": os.environ["PATH"], "CLINIC_NAME": "Harbour"}
    if wrong == "FORM_KEY":
        (tmp_path / "instance" / "form-key").write_text("")
    else:
        environment[wrong] = str(tmp_path / "file")
    ended = subprocess.run(
        [sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert wrong in ended.stderr or wrong == "FORM_KEY"


def test_a_file_that_may_not_be_read_while_the_site_is_made_is_a_sentence(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    script = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (4, 4)); import wsgi"
    loaded = "import screening.app, config; "
    ended = subprocess.run(
        [sys.executable, "-c", loaded + script],
        cwd=ROOT,
        env={"INSTANCE": str(tmp_path), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr, ended.stderr


@pytest.mark.parametrize("is_closed", ["instance", "parent"])
@pytest.mark.parametrize("command", ["keys make", "doctor"])
def test_a_folder_that_this_user_may_not_enter_is_a_sentence(
    command: str, is_closed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "parent" / "instance"
    make_secrets(instance)
    closed = instance if is_closed == "instance" else instance.parent
    closed.chmod(0o700)
    monkeypatch.setenv("INSTANCE", str(instance))
    app = create_without_site("It cannot be used.")
    with powerless():
        code, said = run(app, *command.split())
    assert code == (2 if command == "doctor" else 1), said
    assert f"{instance}" in said
    assert "Permission denied" in said


@pytest.mark.parametrize(
    ("option", "written", "told"),
    [
        ("--port", "abc", 'PORT is "abc". Write a whole number of 1 or more, such as 8000.'),
        ("--port", "0", 'PORT is "0". Write a whole number of 1 or more, such as 8000.'),
        ("--port", "65536", 'PORT is "65536". Write a whole number of at most 65535, such as 8000.'),
        ("--host", "a..b", 'HOST is "a..b". Write an address, such as 127.0.0.1 or ::1.'),
        ("--host", "192.0.2.1", "192.0.2.1 is not an address of this machine. Set HOST to one, such as 127.0.0.1."),
    ],
)
def test_a_place_that_cannot_be_listened_on_is_a_sentence(clinic: Flask, option: str, written: str, told: str) -> None:
    code, said = run(clinic, "serve", option, written)
    assert (code, said.splitlines()[-1]) == (1, f"Error: {told}")
    assert "Usage" not in said


def test_a_full_disk_is_named_as_such() -> None:
    told = "The disk is full. Free some space, then try again."
    assert explain_failure(OSError(errno.ENOSPC, "No space left on device")) == told
    unmapped = sqlite3.OperationalError("disk I/O error")
    unmapped.sqlite_errorname = "SQLITE_IOERR_SHMSIZE"
    assert explain_database_error(unmapped, make_url("sqlite:////file")) == failures.FULL


@pytest.mark.parametrize(("free", "advice"), [(0, failures.FULL), (1024**3, "restore a backup if it is damaged.")])
def test_nobody_is_sent_to_a_backup_because_the_disk_is_full(
    free: int, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"
    monkeypatch.setattr(disk_space, "free_bytes", lambda _: free)
    assert explain_database_error(error, make_url(states.of_file(tmp_path))).endswith(advice)


def test_a_backup_in_a_folder_that_the_site_may_not_enter_is_not_called_missing(tmp_path: Path) -> None:
    url = states.upgraded(states.of_file(tmp_path))
    closed = tmp_path / "closed"
    closed.mkdir(0o700)
    (closed / "mine.sqlite").touch()
    with site(url, tmp_path) as app, powerless():
        code, said = run(app, "database", "restore", str(closed / "mine.sqlite"), "--yes")
        user = this_user()
    assert (code, said) == (
        1,
        f"Error: {closed / 'mine.sqlite'} does not exist, or the user {user} may not read it. Correct the name, or "
        f"copy the file to {tmp_path / 'backups'} and run chown {user}: on the copy.\n",
    )
