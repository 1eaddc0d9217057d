"""`doctor` on a sound installation, and on broken ones: each fault is named with a remedy, and nothing else is."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text, update

from config import Config, make_secrets
from screening.app import create_app
from screening.commands import doctor
from screening.commands.doctor import database as database_checks
from screening.commands.doctor import machine
from screening.commands.doctor.diagnosis import fine
from screening.settings.keys import LOST
from screening.settings.release import release
from screening.settings.unix_user import this_user
from screening.storage import audit, failures
from screening.storage.connected_hosts import connection_name
from screening.storage.database import db
from screening.storage.replication import StandbyState
from screening.storage.tables import Installation
from tests.commands.test_cli import run
from tests.conftest import TEMPLATE
from tests.support.postgresql import PostgreSQL
from tests.support.powerless import let_others_enter, powerless
from tests.support.server import flask
from tests.support.staff_client import Staff
from tests.web import test_health as states


def utc_day() -> date:
    return datetime.now(UTC).date()


class Patched:
    """One installation, sound until a test breaks it."""

    def __init__(self, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make_secrets(instance)
        self.instance, self.patch = instance, monkeypatch
        self.environment = {
            "INSTANCE": str(instance),
            "PRODUCTION": "1",
            "COUNTRY": "US",
            "TRUSTED_HOSTS": "clinic.example",
            "PROXY_HOPS": "1",
            "SUPPORT_CONFIRMED": str(utc_day()),
        }
        (instance / "backups").mkdir(0o700)
        self.back_up(utc_day())
        # No server runs here; test_doctor_proxy.py asks one.
        monkeypatch.setattr(doctor, "check_running", lambda *_: [fine("Site", "Answers.")])
        monkeypatch.setattr(resource, "getrlimit", lambda _: (1024, 524288))

    def back_up(self, day: date) -> None:
        for copy in (self.instance / "backups").iterdir():
            copy.unlink()
        (self.instance / "backups" / f"{day}-backup.sqlite").touch(0o600)

    def on_sqlite(self) -> None:
        """Give it an upgraded database with a manager."""
        TEMPLATE.copy(self.instance / "screening.sqlite")
        (self.instance / "screening.sqlite").chmod(0o600)
        self.have_manager()

    def on_postgresql(self, url: str) -> None:
        self.environment["DATABASE_URL"] = states.upgraded(url)
        self.have_manager()

    def have_manager(self) -> None:
        with self.opened() as app:
            Staff(app).join()

    @contextmanager
    def opened(self) -> Iterator[Flask]:
        app = create_app(Config.from_environment(self.environment))
        with app.app_context():
            yield app
            db.session.close()
            for engine in db.engines.values():
                engine.dispose()

    def examine(self, *options: str) -> tuple[int, list[str], list[str]]:
        """Run `doctor`; return its exit code, the subjects that are fine, and the other lines."""
        with self.opened() as app:
            result = app.test_cli_runner().invoke(args=["doctor", *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        code, output = result.exit_code, result.output
        lines = output.splitlines()
        well = [line.removeprefix("fine").strip().partition(":")[0] for line in lines if line.startswith("fine ")]
        return code, well, [" ".join(line.split()) for line in lines if not line.startswith("fine ")]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Patched:
    return Patched(tmp_path / "instance", monkeypatch)


def test_a_sound_installation_is_fine(house: Patched) -> None:
    house.on_sqlite()
    code, well, other = house.examine()
    assert (code, other) == (0, [])
    machine_and_site = (
        "Version Site Settings Support lines Keys Files Space Descriptors DATABASE_URL Database Purge Accounts"
    )
    assert " ".join(well) == f"{machine_and_site} Audit trail Backup Proxy"


def test_a_sound_postgresql_is_fine(house: Patched, postgresql: PostgreSQL) -> None:
    programs = f"{postgresql.programs}{os.pathsep}{os.environ['PATH']}"
    house.patch.setenv("PATH", programs)
    with postgresql.empty_database() as url:
        house.on_postgresql(url)
        code, well, other = house.examine()
    assert (code, other) == (0, [])
    assert {"Server", "Clock", "Database"} <= set(well)


def test_after_a_rollback_the_schema_is_named_that_the_database_has(house: Patched) -> None:
    house.on_sqlite()
    with house.opened() as app:
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.commit()
        said = app.test_cli_runner().invoke(args=["doctor"]).output
    assert "fine     Database: Answers and can be written, schema 9999.\n" in said


def keys_of_others(house: Patched) -> str:
    (house.instance / "code-keys").chmod(0o644)
    return f"broken Files: Others can read code-keys. Run chmod -R go= {house.instance}."


def folder_of_others(house: Patched) -> str:
    house.instance.chmod(0o755)
    return f"warning Files: Others can enter {house.instance}. Run chmod go= {house.instance}."


def one_key_for_two(house: Patched) -> str:
    (house.instance / "draft-keys").write_text((house.instance / "code-keys").read_text())
    return "broken Keys: DRAFT_KEYS and CODE_KEYS are the same. Give each its own: keys rotate DRAFT_KEYS."


def short_key(house: Patched) -> str:
    (house.instance / "form-key").write_text("changeme")
    return "warning Keys: FORM_KEY has fewer than 32 characters and may be guessed: keys rotate FORM_KEY."


def open_file_of_a_secret(house: Patched) -> str:
    file = house.instance.parent / "token"
    file.write_text("for the collector")
    file.chmod(0o644)
    house.environment["METRICS_TOKEN_FILE"] = str(file)
    house.patch.setenv("METRICS_TOKEN_FILE", str(file))
    return f"warning Keys: Everyone on this machine can read {file}. Run chmod o= {file}."


def full_disk(house: Patched) -> str:
    house.patch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=3, f_frsize=1024 * 1024))
    return f"broken Space: Only 3,072 KB are free in {house.instance}, so sharing may fail at any moment. Free some."


def nearly_full_disk(house: Patched) -> str:
    house.patch.setattr(os, "statvfs", lambda _: SimpleNamespace(f_bavail=60, f_frsize=1024 * 1024))
    return f"warning Space: Only 60 MB are free in {house.instance}, and a backup may need 100 MB. Free some."


def few_descriptors(house: Patched) -> str:
    house.patch.setattr(resource, "getrlimit", lambda _: (1024, 1024))
    needs = "This user may open 1024 files, and a worker needs 4200."
    return f"warning Descriptors: {needs} Raise LimitNOFILE in systemd, or ulimit -Hn."


def no_production(house: Patched) -> str:
    house.environment["PRODUCTION"] = "0"
    return "warning Settings: PRODUCTION is not set, so cookies travel without https. Set PRODUCTION=1."


def no_proxy(house: Patched) -> str:
    house.environment["PROXY_HOPS"] = "0"
    return (
        "warning Settings: PROXY_HOPS is 0, but https needs a proxy in front: all patients count as one network. "
        "Set it to the number of your own proxies, and restart."
    )


def host_of_this_machine(house: Patched) -> str:
    house.environment["TRUSTED_HOSTS"] = "clinic.example,127.0.0.1"
    return "warning Settings: TRUSTED_HOSTS has 127.0.0.1, which no patient can open. Name the site's host."


def unconfirmed_lines(house: Patched) -> str:
    del house.environment["SUPPORT_CONFIRMED"]
    compare = "Compare them with their sources, then set SUPPORT_CONFIRMED and restart."
    return f"warning Support lines: The support lines are not confirmed. {compare}"


def older_database(house: Patched) -> str:
    states.execute_sql(database(house), "UPDATE alembic_version SET version_num = '0001'")
    return f"broken Database: {failures.OLDER}"


def no_database(house: Patched) -> str:
    (house.instance / "screening.sqlite").write_text("This is a letter. " * 400)
    file = house.instance / "screening.sqlite"
    return f"broken Database: {file} is not a database. Restore a backup: flask --app wsgi database restore FILE."


def clock_ahead(house: Patched) -> str:
    day = utc_day() - timedelta(days=120)
    purged(house, day)
    return (
        "broken Purge: Nothing is deleted automatically, because the server's clock may be wrong: it says "
        f"{utc_day()}, and the last purge was on {day}. Check the clock, then run flask --app wsgi submissions purge "
        "--delete."
    )


def no_purge(house: Patched) -> str:
    day = utc_day() - timedelta(days=3)
    purged(house, day)
    return f"warning Purge: The last one was on {day}. The server purges every hour: see that it runs."


def old_backup(house: Patched) -> str:
    day = utc_day() - timedelta(days=4)
    house.back_up(day)
    return f"warning Backup: The last one is from {day} (UTC). Run flask --app wsgi database backup every day."


def no_backup(house: Patched) -> str:
    house.back_up(utc_day())
    (copy,) = (house.instance / "backups").iterdir()
    # An interrupted copy is no backup.
    copy.rename(copy.with_name(copy.name + ".part"))
    return "warning Backup: There is none. Run flask --app wsgi database backup every day."


def another_staff_key(house: Patched) -> str:
    (house.instance / "staff-keys").write_text(Fernet.generate_key().decode())
    return (
        "broken Accounts: STAFF_KEYS does not open the second steps of 1 accounts. Restore the key from your backup, "
        "or run staff renew for each."
    )


def no_manager(house: Patched) -> str:
    states.execute_sql(database(house), "UPDATE account SET role = 'viewer'")
    return "warning Accounts: There is no manager. Run flask --app wsgi staff add."


def another_audit_key(house: Patched) -> str:
    with house.opened():
        today = utc_day()
        audit.append_entry(db.session, "the key until now", audit.COMMAND_LINE, audit.Action.BACKED_UP, today)
    return (
        "broken Audit trail: Entry 1 was changed, or AUDIT_KEY is not the key it was written with. Restore the key, "
        "or compare the trail with that of a backup."
    )


def database(house: Patched) -> str:
    return f"sqlite:///{house.instance / 'screening.sqlite'}"


def purged(house: Patched, day: date) -> None:
    with house.opened():
        db.session.execute(update(Installation).values(purged_on=day))
        db.session.commit()


@pytest.mark.parametrize(
    "spoil",
    [
        keys_of_others,
        folder_of_others,
        one_key_for_two,
        short_key,
        open_file_of_a_secret,
        full_disk,
        nearly_full_disk,
        few_descriptors,
        no_production,
        no_proxy,
        host_of_this_machine,
        unconfirmed_lines,
        older_database,
        no_database,
        clock_ahead,
        no_purge,
        old_backup,
        no_backup,
        another_staff_key,
        no_manager,
        another_audit_key,
    ],
)
def test_a_broken_installation_is_reported_with_a_remedy_and_nothing_else_is(
    house: Patched, spoil: Callable[[Patched], str]
) -> None:
    house.on_sqlite()
    expected = spoil(house)
    code, _, other = house.examine()
    assert other == [expected]
    assert code == (2 if expected.startswith("broken") else 1)


def test_a_configuration_that_cannot_be_read_is_reported_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "instance").mkdir(0o700)
    code, output = flask(tmp_path / "instance", "doctor", PROXY_HOPS="one")
    lines = output.splitlines()
    assert code == 2
    assert lines[0].startswith("fine     Version: screening ")
    assert len([line for line in lines if line.startswith("broken   Settings: ")]) == 6
    assert 'broken   Settings: PROXY_HOPS is "one". Write a whole number of 0 or more, such as 1.' in lines
    assert any(line.startswith("fine     Files: ") for line in lines)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("the server is not there", failures.AWAY),
        ("the user is not there", failures.REFUSED),
        ("the encoding is SQL_ASCII", failures.ENCODING),
        ("the user lacks rights", failures.RIGHTS),
        ("the schema is newer", failures.NEWER),
    ],
)
def test_a_database_that_cannot_be_used_is_reported(
    house: Patched, tmp_path: Path, postgresql: PostgreSQL, state: str, expected: str
) -> None:
    with contextmanager(states.STATES[state])(tmp_path, postgresql) as url:
        house.environment["DATABASE_URL"] = url
        code, _, other = house.examine()
    assert (code, other) == (2, [f"broken Database: {expected}"])


@pytest.fixture
def on_server(house: Patched, postgresql: PostgreSQL) -> Iterator[Patched]:
    house.patch.setenv("PATH", f"{postgresql.programs}{os.pathsep}{os.environ['PATH']}")
    with postgresql.empty_database() as url:
        house.on_postgresql(url)
        yield house


def test_a_failover_that_could_lose_shares_is_reported(on_server: Patched, postgresql: PostgreSQL) -> None:
    url = on_server.environment["DATABASE_URL"]
    base, _, host = url.partition("?host=")
    on_server.environment["DATABASE_URL"] = f"{base}?host={host},{host}"
    code, _, other = on_server.examine()
    assert (code, other) == (
        2,
        [
            "broken DATABASE_URL: Several hosts are named, and one may be read-only. Add "
            "target_session_attrs=read-write.",
            f"warning Replication: {database_checks.UNSYNCHRONIZED}",
        ],
    )


@pytest.mark.parametrize("state", [StandbyState.SYNCHRONOUS, StandbyState.HIDDEN])
def test_what_is_known_of_standbys_is_reported(on_server: Patched, state: StandbyState) -> None:
    on_server.patch.setattr("screening.storage.server_state.standby_state", lambda _: state)
    code, well, other = on_server.examine()
    if state is StandbyState.SYNCHRONOUS:
        assert (code, other) == (0, [])
        assert "Replication" in well
    else:
        assert (code, other) == (1, [f"warning Replication: {database_checks.HIDDEN_STANDBYS}"])


def test_a_server_that_loses_shares_in_a_power_cut_is_reported(on_server: Patched) -> None:
    url = on_server.environment["DATABASE_URL"]
    with closing(psycopg.connect(url, autocommit=True)) as root:

        def set_to(value: str) -> None:
            root.execute(f"ALTER SYSTEM {value}")
            root.execute("SELECT pg_reload_conf()")

        set_to("SET full_page_writes = off")
        try:
            code, _, other = on_server.examine()
        finally:
            set_to("RESET full_page_writes")
    told = "A power cut loses shares, because of full_page_writes = off. Set each to on."
    assert (code, other) == (2, [f"broken Server: {told}"])


def test_a_server_without_its_programs_is_reported(on_server: Patched, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    (old / "pg_dump").chmod(0o755)
    on_server.patch.setenv("PATH", f"{old}:/usr/bin:/bin")
    on_server.patch.setattr(shutil, "which", lambda name: str(old / name) if name == "pg_dump" else None)
    code, _, other = on_server.examine()
    assert code == 1
    assert [line.partition(" Install")[0] for line in other] == [
        "warning Server: pg_dump is older than the server.",
        "warning Server: pg_restore is not on this machine.",
    ]


@pytest.mark.parametrize(("seconds", "severity"), [(4, ""), (10, "warning"), (-60, "broken")])
def test_a_clock_that_differs_from_the_server_s_is_reported(on_server: Patched, seconds: int, severity: str) -> None:
    class Then(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(seconds=seconds)

    on_server.patch.setattr(database_checks, "datetime", Then)
    _, _, other = on_server.examine()
    told = f"This machine's clock and the database server's differ by {abs(seconds)} s. Synchronize both (NTP)."
    assert other == ([f"{severity} Clock: {told}"] if severity else [])


def test_the_audit_key_is_not_rotated_while_another_host_is_connected(
    on_server: Patched, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Longer than a connection's name may be.
    monkeypatch.setattr("socket.gethostname", lambda: "host-" + "x" * 60)
    url, other_name = on_server.environment["DATABASE_URL"], "screening 1.0.0 0123456789ab 60/h web2"
    before = (on_server.instance / "audit-key").read_text()
    with on_server.opened() as app:
        with closing(psycopg.connect(url, application_name=other_name)):
            refused = run(app, "keys", "rotate", "AUDIT_KEY")
        assert refused == (1, "Error: A server still runs on web2. Stop every server first.\n")
        assert (on_server.instance / "audit-key").read_text() == before
        assert run(app, "keys", "rotate", "AUDIT_KEY")[0] == 0


def test_a_key_that_the_site_may_not_read_is_reported_with_the_commands(house: Patched) -> None:
    let_others_enter(house.instance)
    # As root writes them, who copies them back.
    files = " ".join(str(house.instance / name) for name in (*LOST, "backups"))
    with powerless():
        said = list(map(str, machine.check_folder(house.instance)))
        user = this_user()
    commands = f"run chown -R {user}: {files} && chmod -R u=rwX,go= {files}"
    assert f"broken   Files: {user} cannot read {files}. As root, {commands}." in said
    assert not any(line.startswith("fine     Files") for line in said)


def test_a_missing_folder_is_reported(house: Patched) -> None:
    for name in ("draft", "code", "staff", "form", "audit"):
        file = next(house.instance.glob(f"{name}-*"))
        house.environment[file.name.replace("-", "_").upper()] = file.read_text()
    house.environment["INSTANCE"] = str(house.instance / "nowhere")
    code, _, other = house.examine()
    told = f"{house.instance / 'nowhere'} does not exist. Make it, for this user alone, or correct INSTANCE."
    assert code == 2
    assert other[0] == f"broken Files: {told}"


def test_hosts_that_serve_different_questions_are_reported(on_server: Patched) -> None:
    url, other_name = on_server.environment["DATABASE_URL"], connection_name(release(), "0" * 12, 60)
    with closing(psycopg.connect(url, application_name=f"{other_name}-2")):
        code, _, other = on_server.examine()
    assert code == 1
    assert other[0].startswith("warning Hosts: They serve different questions (")
    assert other[1].startswith("warning Hosts: SHARES_PER_HOUR is 60, the default, on each of ")
    on_server.environment["SHARES_PER_HOUR"] = "40"
    with on_server.opened() as app:
        mine = app.config["SQLALCHEMY_ENGINES"]["default"]["connect_args"]["application_name"]
    with closing(psycopg.connect(url, application_name=mine.replace("40/h", "20/h") + "-2")):
        code, well, other = on_server.examine()
    assert (code, other) == (0, [])
    assert well.count("Hosts") == 2
