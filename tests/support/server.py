"""The real server for tests, started as `make run` starts it, and stopped or killed."""

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
    """A server of one instance folder. With `prepares` it upgrades the database itself; otherwise it is upgraded here.

    That happens in this process, since a command would load all questions again.

    Its output goes to the file `output` in the folder. `code`: the folder of the release that it runs.
    """

    def __init__(self, instance: Path, prepares: bool = False, app: str = "wsgi", **environment: str) -> None:
        self.instance = instance
        self.code = ROOT
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
    def output(self) -> str:
        return (self.instance / "output").read_text()

    def start(self, ready: str = "") -> None:
        """Start it, and wait until it answers with all its workers, or until a page answers."""
        with (self.instance / "output").open("a") as output:
            # In its own process group, workers can be killed with it, and counted after it has stopped.
            self.process = subprocess.Popen(
                command("serve", *self.options, app=self.app),
                cwd=self.code,
                env=settings(self.instance, **self.environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        last = time.monotonic() + SECONDS
        least = 1 if ready else int(self.environment["WORKERS"])
        while get(f"{self.address}{ready or '/healthz/live'}") != 200 or len(self.workers) < least:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < last, self.output
            time.sleep(0.02)

    def kill(self) -> None:
        """Kill it and its workers at once, as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        last = time.monotonic() + SECONDS
        while self.is_open:
            assert time.monotonic() < last, "the port is closed once the server is killed"

    def stop(self) -> None:
        """Stop it as an operator does, and fail if a process remains."""
        assert self.process.poll() is None, f"the server ended by itself ({self.process.returncode}): {self.output}"
        self.process.terminate()
        self.process.wait(timeout=20)
        assert not self.is_open, "the port is closed once the server has stopped"
        assert not self.has_processes, "the workers are gone once the server has stopped"

    def hang_up(self, expected: str) -> None:
        """Send SIGHUP, and wait until the output contains this."""
        self.process.send_signal(signal.SIGHUP)
        last = time.monotonic() + SECONDS
        while expected not in self.output:
            assert time.monotonic() < last, self.output
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
    """Run a server for the block, and always end it."""
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
    """Run a flask command, and return its exit code and output."""
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
    """Return the status of a GET request, or 0 without a response."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0
