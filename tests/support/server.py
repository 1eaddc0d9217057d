"""The real server for tests, started as `make run` starts it: stopped kindly, or killed."""

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

from config import ROOT, Config
from screening.app import create_app
from screening.commands.database import upgrade_database
from screening.storage.database import db

SECONDS = 60


class Server:
    """A server of one instance folder, which upgrades the database itself if it prepares; else it finds it upgraded.

    That is done by what the command does, in this process: another would read all questions for it.

    What it says goes to the folder's file `said`.
    """

    def __init__(self, instance: Path, prepares: bool = False, app: str = "wsgi", **environment: str) -> None:
        self.instance = instance
        self.app = app
        self.options = ["--prepare"] if prepares else []
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {"PORT": self.port, "WORKERS": "1", **environment}
        self.process: subprocess.Popen[bytes]
        if not prepares:
            site = create_app(Config.from_environment(settings(instance, **self.environment)))
            with site.app_context():
                upgrade_database(site)
                db.engine.dispose()

    @property
    def said(self) -> str:
        return (self.instance / "said").read_text()

    def start(self) -> None:
        """Start it, and wait until it answers with all its workers."""
        with (self.instance / "said").open("a") as said:
            # A process group of its own: workers are killed with it, and can be counted when it has stopped.
            self.process = subprocess.Popen(
                command("serve", *self.options, app=self.app),
                cwd=ROOT,
                env=settings(self.instance, **self.environment),
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        last = time.monotonic() + SECONDS
        while get(f"{self.address}/healthz/live") != 200 or len(self.workers) < int(self.environment["WORKERS"]):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < last, self.said
            time.sleep(0.02)

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        last = time.monotonic() + SECONDS
        while self.is_open:
            assert time.monotonic() < last, "the port is closed once the server is killed"

    def stop(self) -> None:
        """End it as an operator does; nothing of it may be left."""
        assert self.process.poll() is None, f"the server ended by itself ({self.process.returncode}): {self.said}"
        self.process.terminate()
        self.process.wait(timeout=20)
        assert not self.is_open, "the port is closed once the server has stopped"
        assert not self.has_processes, "the workers are gone once the server has stopped"

    def hang_up(self, told: str) -> None:
        """Send SIGHUP, and wait until this is said of it."""
        self.process.send_signal(signal.SIGHUP)
        last = time.monotonic() + SECONDS
        while told not in self.said:
            assert time.monotonic() < last, self.said
            time.sleep(0.02)

    @property
    def workers(self) -> set[str]:
        """The process ids of its workers."""
        return set(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split())

    @property
    def is_open(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(self.port))) == 0

    @property
    def has_processes(self) -> bool:
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


@contextmanager
def served(instance: Path, prepares: bool = False, app: str = "wsgi", **environment: str) -> Iterator[Server]:
    """A server that answers, and that is gone afterwards whatever happens."""
    server = Server(instance, prepares, app, **environment)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        if server.has_processes:
            server.kill()


def command(*arguments: str, app: str = "wsgi") -> list[str]:
    return [sys.executable, "-m", "flask", "--app", app, *arguments]


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
        timeout=SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


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
