"""The real server, started as `make run` starts it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from threading import Timer
from urllib.request import Request, urlopen

import pytest

from config import make_secrets
from screening import arbiter
from screening.storage.backups import SERVED
from screening.threads import DATABASE_THREADS
from tests.support.server import SECONDS, Server, flask, free_port, get, served
from tests.support.settings import TestConfig
from tests.support.spoiled_files import write

# The time of a log line.
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def start_page(server: Server) -> str:
    asked = Request(server.address, headers={"Accept-Language": "es"})
    with urlopen(asked, timeout=5) as answer:
        return str(answer.read().decode())


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "instance")
    return tmp_path / "instance"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for tests that only send requests."""
    instance = tmp_path_factory.mktemp("instance")
    make_secrets(instance)
    with served(instance) as server:
        yield server


def test_it_serves_patients_and_writes_no_line_about_them(server: Server) -> None:
    assert get(f"{server.address}/healthz/ready") == 200
    for path in ("/", "/help", "/reflection/topics/1?mark", "/reflection/3", "/nowhere-mark"):
        get(server.address + path)
    output = [re.sub(rf"^{STAMP} INFO \[\d+\] ", "", line) for line in server.output.splitlines()]
    assert [line for line in output if "SUPPORT_CONFIRMED" not in line] == [
        f"Screening is at {server.address}/ (Ctrl+C stops it, kill -HUP {server.process.pid} rereads questions).",
        "Purged what has expired.",
    ]


def test_headers_and_bodies_are_bounded(server: Server) -> None:
    assert get(server.address, Cookie="draft=" + "a" * 6_000) == 200
    assert get(server.address, Cookie="draft=" + "a" * 70_000) == 431
    assert get(f"{server.address}/healthz/live") == 200


@pytest.mark.parametrize(
    ("request_head", "status", "words"),
    [
        (b"POST /reflection/1 HTTP/1.1\r\nContent-Length: 140000\r\n\r\n", b"413", "That was more than we can take"),
        (b"GET / HTTP/1.1\r\nBad Header: 1\r\n\r\n", b"400", "We could not read that"),
        (b"POST / HTTP/1.1\r\nAccept-Language: es\r\nContent-Length: 140000\r\n\r\n", b"413", "Eso fue más de lo que"),
    ],
)
def test_a_request_that_the_server_refuses_gets_a_page_with_help(
    server: Server, request_head: bytes, status: bytes, words: str
) -> None:
    with socket.create_connection(("127.0.0.1", int(server.port)), timeout=5) as asking:
        asking.sendall(request_head)
        answer = b"".join(iter(lambda: asking.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1] == status
    assert words in body.decode()
    assert b'href="/help"' in body
    assert b"Content-Security-Policy" in head
    assert b"Server:" not in head


def test_a_client_that_reads_nothing_is_cut_off_and_keeps_no_page_waiting(instance: Path) -> None:
    with served(instance, app="tests.support.stalling_app") as server, ExitStack() as stalled:
        for _ in range(DATABASE_THREADS + 1):
            one = stalled.enter_context(socket.create_connection(("127.0.0.1", int(server.port))))
            one.sendall(b"GET /staff/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert get(f"{server.address}/help") == 200
        last = time.monotonic() + SECONDS
        while server.output.count("The endless answer was ended.") < DATABASE_THREADS + 1:
            assert time.monotonic() < last
            time.sleep(0.1)
        assert get(f"{server.address}/help") == 200


def test_workers_count_together_and_from_nothing_at_each_start(instance: Path) -> None:
    for _ in range(2):
        with served(instance, WORKERS="2") as server:
            for _ in range(60):
                get(f"{server.address}/")
            with urlopen(f"{server.address}/metrics", timeout=5) as answer:
                told = answer.read().decode()
            assert 'screening_requests_total{pages="patient",status="2xx"} 60.0' in told


def test_a_worker_that_does_not_hear_keeps_nobody_from_stopping_it(instance: Path) -> None:
    with served(instance, WORKERS="2") as server:
        os.kill(int(min(server.workers)), signal.SIGSTOP)


def test_prepared_it_needs_nothing_before_and_tells_the_first_manager_s_password_once(instance: Path) -> None:
    for _ in range(2):
        with served(instance, prepares=True) as server:
            assert get(f"{server.address}/staff/sign-in") == 200
            assert server.output.count("one-time password:") == 1


TITLE = "es: Preguntas para reflexionar, a su propio ritmo"


def test_changed_question_files_are_checked_and_then_taken_over(instance: Path, tmp_path: Path) -> None:
    questions = Path(shutil.copytree(TestConfig.questions, tmp_path / "questions"))
    spanish = questions / "ketamine-therapy" / "es.yaml"
    with served(instance, QUESTIONS=str(questions), WORKERS="2") as server:
        workers = server.workers
        write(spanish, TITLE, "es:")
        server.hang_up("The reload was refused. Patients still see the questions as before.")
        assert f'{spanish}:8:3: A text here needs "en", the English it was translated from, and "es".' in server.output
        assert server.workers == workers
        assert "Preguntas para reflexionar" in start_page(server)
        write(spanish, "  es:\nstart", "  es: Preguntas para ver con calma\nstart")
        server.hang_up("The reload passed its check. New workers take over.")
        last = time.monotonic() + SECONDS
        while workers & server.workers:
            assert time.monotonic() < last, "new workers take over"
            time.sleep(0.05)
        assert all("Preguntas para ver con calma" in start_page(server) for _ in range(20))
    with closing(sqlite3.connect(instance / "screening.sqlite")) as database:
        (kept,) = database.execute("SELECT count(*) FROM questionnaire_version").fetchone()
    assert kept == 2, "what is shared now can be read in its words"


def test_a_port_in_use_is_refused(server: Server) -> None:
    code, output = flask(server.instance, "serve", PORT=server.port)
    assert code == 1
    assert "is in use. Stop what runs there, or set PORT to another number." in output


@pytest.mark.long
def test_a_database_of_another_form_is_refused(instance: Path) -> None:
    code, output = flask(instance, "serve", PORT=free_port())
    assert code == 1
    assert "Run flask --app wsgi database upgrade." in output


def test_bad_questions_are_refused_without_a_traceback(instance: Path, tmp_path: Path) -> None:
    code, output = flask(instance, "serve", PORT=free_port(), QUESTIONS=str(tmp_path))
    assert code == 1
    assert "wording.yaml:1:1: The file cannot be read." in output
    assert "Traceback" not in output


def test_without_secrets_it_says_what_to_do(tmp_path: Path) -> None:
    code, output = flask(tmp_path, "serve", PORT=free_port())
    assert code == 1
    assert "Run flask --app wsgi keys make once to make it." in output
    assert "Traceback" not in output


def test_what_the_site_writes_is_for_its_owner_alone(instance: Path) -> None:
    instance.chmod(0o755)
    with served(instance, prepares=True) as server:
        get(f"{server.address}/")
        modes: dict[str, int] = {}
        for path in instance.rglob("*"):
            # SQLite removes its log whenever the last connection closes, so also between listing and reading a mode.
            with suppress(FileNotFoundError):
                modes[path.name] = path.stat().st_mode
        # The tests write the server's output.
        del modes["output"]
        assert {"screening.sqlite", "draft-keys"} <= modes.keys()
        assert [name for name, mode in modes.items() if mode & 0o077] == []
        # Commands compare their own database with this.
        assert (instance / SERVED).read_text() == str(instance / "screening.sqlite")


def test_a_site_that_stops_accepts_connections_that_have_begun_and_takes_no_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy can give a refused connection to another host, but not a form that it has sent."""
    monkeypatch.setattr(arbiter, "ACCEPT_TIMEOUT", SECONDS)
    accepted: list[socket.socket] = []
    with ExitStack() as held, socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        begun = held.enter_context(socket.create_connection(address))
        Timer(0.3, lambda: accepted.append(held.enter_context(listening.accept()[0]))).start()
        arbiter.drain(listening)
        assert [one.getpeername() for one in accepted] == [begun.getsockname()]
        with pytest.raises(TimeoutError):
            socket.create_connection(address, timeout=0.2)
        accepted[0].sendall(b"answered")
        assert begun.recv(8) == b"answered"
