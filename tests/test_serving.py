"""The real server, started as `make run` starts it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import ROOT, make_secrets


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    make_secrets(tmp_path / "instance")
    return tmp_path / "instance"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]


def settings(instance: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "INSTANCE": str(instance), **more}


def flask(instance: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """Run a command to its end: its exit code, and all that it said."""
    ended = subprocess.run(
        command(*arguments),
        cwd=ROOT,
        env=settings(instance, **environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )
    return ended.returncode, ended.stdout


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@contextmanager
def served(instance: Path, *options: str) -> Iterator[str]:
    """The address of a server on an upgraded database. What it says goes to the file `said` of its instance folder."""
    if "--prepare" not in options:
        assert flask(instance, "database", "upgrade")[0] == 0
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with (instance / "said").open("w") as said:
        process = subprocess.Popen(
            command("serve", *options),
            cwd=ROOT,
            env=settings(instance, PORT=port, WORKERS="1"),
            stdout=said,
            stderr=said,
        )
    try:
        for _ in range(150):
            if get(f"{address}/healthz/ready") == 200:
                break
            time.sleep(0.1)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def get(address: str, **headers: str) -> int:
    """The status of an answer; 0 where there is none."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def test_it_serves_patients_and_writes_no_line_about_them(instance: Path) -> None:
    with served(instance) as address:
        assert get(f"{address}/healthz/ready") == 200
        for path in ("/", "/help", "/reflection/topics/1?mark", "/reflection/3", "/nowhere-mark"):
            get(address + path)
    told = (instance / "said").read_text().splitlines()
    assert [line for line in told if "SUPPORT_CONFIRMED" not in line] == [
        f"Screening is at {address}/ (Ctrl+C stops it)."
    ]


def test_headers_and_bodies_are_bounded(instance: Path) -> None:
    with served(instance) as address:
        assert get(address, Cookie="draft=" + "a" * 6_000) == 200
        assert get(address, Cookie="draft=" + "a" * 60_000) == 431
        assert get(f"{address}/healthz/live") == 200


def test_prepared_it_needs_nothing_before_and_tells_the_first_manager_s_password_once(instance: Path) -> None:
    said = []
    for _ in range(2):
        with served(instance, "--prepare") as address:
            assert get(f"{address}/staff/sign-in") == 200
        said.append((instance / "said").read_text())
    assert said[0].count("one-time password:") == 1
    assert "one-time password:" not in said[1]


def test_a_port_in_use_is_refused(instance: Path) -> None:
    with served(instance) as address:
        code, told = flask(instance, "serve", PORT=address.rpartition(":")[2])
    assert code == 1
    assert "is in use. Stop what runs there, or set PORT to another number." in told


def test_a_database_of_another_form_is_refused(instance: Path) -> None:
    code, told = flask(instance, "serve", PORT=free_port())
    assert code == 1
    assert "Run flask --app wsgi database upgrade." in told


def test_bad_questions_are_refused_without_a_traceback(instance: Path, tmp_path: Path) -> None:
    code, told = flask(instance, "serve", PORT=free_port(), QUESTIONS=str(tmp_path))
    assert code == 1
    assert "wording.yaml:1:1: The file cannot be read." in told
    assert "Traceback" not in told


def test_without_secrets_it_says_what_to_do(tmp_path: Path) -> None:
    code, told = flask(tmp_path, "serve", PORT=free_port())
    assert code == 1
    assert "Run make run once: it makes it." in told
    assert "Traceback" not in told
