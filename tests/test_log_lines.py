"""The server's log: one line for each thing that happens to it, with time, level and process."""

from __future__ import annotations

import logging
import os
import re
import signal
import time
from pathlib import Path

import pytest
from flask import Flask

from config import make_secrets
from screening.storage import schema_revision
from screening.storage.alembic_setup import migrations
from screening.web.logs import OperatorFormatter
from tests.commands.test_cli import run
from tests.support.server import SECONDS, Server, flask, served
from tests.test_server import STAMP


def record() -> logging.LogRecord:
    made = logging.LogRecord("screening", logging.ERROR, "", 0, "%s in %s", ("Error", "staff.home"), None)
    made.created, made.process = 0.0, 7
    return made


def test_a_line_has_time_level_and_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert OperatorFormatter().format(record()) == "1970-01-01T00:00:00Z ERROR [7] Error in staff.home"


def test_a_line_that_a_request_causes_has_no_time_of_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    with app.test_request_context("/help"):
        assert OperatorFormatter().format(record()) == "1970-01-01 ERROR [7] Error in staff.home"


def test_in_the_journal_a_line_is_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1234")
    assert OperatorFormatter().format(record()) == "Error in staff.home"


def wait_for(server: Server, words: str) -> None:
    last = time.monotonic() + SECONDS
    while words not in server.output:
        assert time.monotonic() < last, server.output
        time.sleep(0.05)


def test_each_thing_that_happens_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    instance = tmp_path / "instance"
    make_secrets(instance)
    with served(instance, prepares=True, SUPPORT_CONFIRMED="2026-12-01") as server:
        wait_for(server, "Purged what has expired.")
        (worker,) = server.workers
        os.kill(int(worker), signal.SIGKILL)
        wait_for(server, "Another one takes its place.")
        key = (instance / "form-key").read_text()
        (instance / "form-key").write_text("")
        server.hang_up("The reload was refused.")
        (instance / "form-key").write_text(key)
        server.hang_up("The reload passed its check.")
    pid = server.process.pid
    lines = [line for line in server.output.splitlines() if re.match(r"\d{4}-", line)]
    told = [re.sub(rf"^{STAMP} ([A-Z]+) \[\d+\] ", r"\1 ", line) for line in lines]
    ours = [line for line in told if "Worker (pid:" not in line and "Purged" not in line]
    assert ours == [
        f"INFO The database is upgraded to schema {schema_revision.newest()}.",
        f"INFO Screening is at {server.address}/ (Ctrl+C stops it, kill -HUP {pid} rereads questions).",
        "WARNING A worker has ended by itself. Another one takes its place.",
        "WARNING The reload was refused. Patients still see the questions as before.",
        "INFO The reload passed its check. New workers take over. Changed settings need a restart.",
        "INFO The server has stopped.",
    ]
    # At the start, by the worker that took over, and after the reload, if there was time.
    assert 1 <= told.count("INFO Purged what has expired.") <= 3


COMMANDS = {
    "database upgrade": [
        "The database is backed up.",
        f"The database is upgraded to schema {schema_revision.newest()}.",
    ],
    "database backup": ["The database is backed up."],
    "submissions purge --delete": ["Purged what has expired."],
    "submissions purge": [],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_logs_what_it_does_to_the_database(
    own_clinic: Flask, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    with own_clinic.app_context():
        if command == "database upgrade":
            migrations().downgrade("0005")
        caplog.clear()
        with caplog.at_level(logging.INFO, "screening"):
            assert run(own_clinic, *command.split())[0] == 0
    assert [line.getMessage() for line in caplog.records if line.name == "screening"] == COMMANDS[command]


def test_a_command_writes_its_lines_in_the_server_s_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    make_secrets(tmp_path)
    code, said = flask(tmp_path, "database", "upgrade")
    assert code == 0
    line = f"{STAMP} INFO \\[\\d+\\] The database is upgraded to schema {schema_revision.newest()}\\.\n"
    assert re.fullmatch(f"{line}The database is up to date\\.\n", said)
