"""The site stays up when workers die, hang or cannot start, and when the database is not up yet."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path

import pytest

from config import ROOT, make_secrets
from screening.threads import PAGE_THREADS
from tests.faults.patient import NO_ANSWER, Sharer
from tests.support.server import Server, command, get, served, settings
from tests.support.settings import TestConfig


def wait(what: str, is_so: Callable[[], bool], seconds: float = 60) -> None:
    last = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < last, what
        time.sleep(0.05)


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "instance")
    return tmp_path / "instance"


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.long), "2"])
def test_a_killed_worker_is_replaced_and_help_answers_meanwhile(instance: Path, workers: str) -> None:
    with served(instance, WORKERS=workers) as server:
        for _ in range(2):
            before = server.workers
            os.kill(int(min(before)), signal.SIGKILL)
            wait("help answers again", lambda: get(f"{server.address}/help") == 200, 5)
            wait(
                "a worker takes its place",
                lambda: len(server.workers) == int(workers) and server.workers != before,  # noqa: B023
                5,
            )


@pytest.mark.parametrize("oddity", ["raises", pytest.param("exits with 3", marks=pytest.mark.long)])
def test_a_worker_that_cannot_start_does_not_end_the_others(instance: Path, oddity: str) -> None:
    # One of two workers always fails to start, and the next one replaces it.
    with served(instance, app="tests.faults.odd", WORKERS="2", ODD=oddity) as server:
        last = time.monotonic() + 4
        while time.monotonic() < last:
            assert get(f"{server.address}/help") == 200
        assert "low mood" not in server.output


def test_a_worker_whose_threads_are_all_stuck_is_replaced(instance: Path) -> None:
    with served(instance, app="tests.faults.odd") as server:
        before = server.workers
        with ExitStack() as stuck:
            for _ in range(PAGE_THREADS + 1):
                one = stuck.enter_context(socket.create_connection(("127.0.0.1", int(server.port))))
                one.sendall(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait("another worker takes its place", lambda: not before & server.workers, 30)
            wait("help answers", lambda: get(f"{server.address}/help") == 200, 5)


def test_a_machine_that_slept_is_not_taken_for_workers_that_hang(instance: Path) -> None:
    with served(instance, app="tests.faults.odd", WORKERS="2") as server:
        before = server.workers
        os.killpg(server.process.pid, signal.SIGSTOP)
        time.sleep(5)
        os.killpg(server.process.pid, signal.SIGCONT)
        time.sleep(2)
        assert server.workers == before
        assert get(f"{server.address}/help") == 200


@pytest.mark.long
def test_a_site_that_stops_answers_every_connection_that_it_has_not_refused(instance: Path) -> None:
    """A proxy gives a refused connection to another host, and must not repeat a form that it has sent.

    Connections are refused at once, although workers still have a request to finish.
    """
    server, outcomes = Server(instance, app="tests.faults.odd", WORKERS="2"), Counter[str]()

    def visit() -> None:
        while True:
            connection = HTTPConnection(f"127.0.0.1:{server.port}", timeout=20)
            try:
                connection.connect()
            except ConnectionRefusedError:
                outcomes["refused" if server.process.poll() is None else "refused late"] += 1
                return
            try:
                connection.request("POST", "/reflection/", "")
                outcomes[str(connection.getresponse().status)] += 1
            except NO_ANSWER as error:
                outcomes[type(error).__name__] += 1
            finally:
                connection.close()

    server.start()
    with ThreadPoolExecutor(8) as visitors, socket.create_connection(("127.0.0.1", int(server.port))) as unfinished:
        unfinished.sendall(b"GET /stuck HTTP/1.1\r\nHost: localhost\r\n\r\n")
        for _ in range(8):
            visitors.submit(visit)
        try:
            wait("they are answered", lambda: outcomes["400"] > 100)
            server.stop()
        finally:
            if server.has_processes:
                server.kill()
    assert set(outcomes) == {"400", "refused"}


def test_the_site_starts_without_its_database_and_is_ready_once_that_is_there(instance: Path) -> None:
    there, away = instance / "screening.sqlite", instance / "away"
    with served(instance):
        pass
    there.rename(away)
    there.mkdir()
    server = Server(instance, prepares=True)
    try:
        server.start()
        assert "Until then patients can read and answer, but not share." in server.output
        assert get(f"{server.address}/help") == 200
        assert get(f"{server.address}/healthz/ready") == 503
        there.rmdir()
        away.rename(there)
        wait("it is ready without a restart", lambda: get(f"{server.address}/healthz/ready") == 200, 15)
        patient = Sharer(server.address)
        patient.walk()
        patient.share()
        assert patient.code
    finally:
        server.kill()


@pytest.mark.long
def test_files_that_become_wrong_between_check_and_use_are_read_until_they_are_right(
    instance: Path, tmp_path: Path
) -> None:
    questions = Path(shutil.copytree(TestConfig.questions, tmp_path / "questions"))
    wording, away = questions / "wording.yaml", tmp_path / "wording.yaml"
    wording.rename(away)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # As the parent program passes them on: the socket open, signals blocked.
        listening.set_inheritable(True)
        environment = settings(
            instance, QUESTIONS=str(questions), SCREENING_LISTENER=str(listening.fileno()), SCREENING_OUTGOING=""
        )
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
        process = subprocess.Popen(
            command("serve"), cwd=ROOT, env=environment, pass_fds=[listening.fileno()], start_new_session=True
        )
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        time.sleep(8)
        assert process.poll() is None
        away.rename(wording)
        wait("it serves", lambda: get(f"{address}/help") == 200)
    finally:
        process.terminate()
        process.wait(30)
