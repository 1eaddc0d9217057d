"""Faults played on the site while patients share: each begins, lasts, and is undone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import SubprocessError
from urllib.request import Request, urlopen

from config import ROOT
from tests.soak.databases import Database
from tests.soak.disk import full
from tests.soak.fault_periods import READY_WITHIN, FaultPeriods, Ready
from tests.support.server import Server, command, get, settings
from tests.support.spoiled_files import write

# Seconds. The first two allow for a slow machine.
TAKES_OVER_WITHIN = 90
BACKED_UP_WITHIN = 90
WORKERS_BACK_WITHIN = 5
STOPPED_FOR = 3
TITLES = ("es: Preguntas para reflexionar, a su propio ritmo", "es: Preguntas para ver con calma")


class SiteEnded(Exception):
    """The server ended, although nobody stopped it."""


class Faults:
    """All faults that can be played on one site. `wrong`: unexpected outcomes, in words.

    `lasts`: for how many seconds a database is frozen or a disk is full.
    """

    def __init__(
        self,
        server: Server,
        database: Database,
        questions: Path,
        lasts: float,
        can_fill: bool,
        chance: random.Random,
    ) -> None:
        self.server, self.database, self.lasts, self.chance = server, database, lasts, chance
        self.spanish = questions / "ketamine-therapy" / "es.yaml"
        self.title = 0
        self.periods = FaultPeriods()
        self.wrong: list[str] = []
        self.slowest_return = 0.0
        self.all: dict[str, Callable[[], None]] = {
            "reload": self.reload,
            "wrong-reload": self.reload_wrong_files,
            "kill": self.kill_one,
            "kill-all": self.kill_all,
            "freeze": self.freeze,
            "backup": self.back_up,
        }
        if database.has_server:
            self.all |= {"stop": self.stop, "restart": self.restart}
        if can_fill:
            self.all |= {"full": self.fill}

    def play(self, name: str) -> None:
        """Play one, and wait until the site is ready again.

        Raises SiteEnded if the server has ended.
        """
        try:
            self.all[name]()
        except (AssertionError, OSError, SubprocessError) as error:
            self._is_there()
            self.wrong.append(f"{name}: {error}")
        self._is_there()
        self._wait_until_ready()

    def reload(self) -> None:
        """Change a question file, and let the site reload it."""
        old, new = TITLES[self.title], TITLES[1 - self.title]
        write(self.spanish, old, new)
        self.title = 1 - self.title
        with self.periods.one("reload"):
            self.server.process.send_signal(signal.SIGHUP)
            self._wait(TAKES_OVER_WITHIN, self._serves_its_title, "the changed question file is served")

    def reload_wrong_files(self) -> None:
        """Break a question file and reload: patients must still see the questions as they were."""
        refusal = "The reload was refused."
        before = self.server.output.count(refusal)
        right = self.spanish.read_text()
        write(self.spanish, TITLES[self.title], "es:")
        try:
            with self.periods.one("wrong-reload"):
                self.server.process.send_signal(signal.SIGHUP)
                self._wait(
                    TAKES_OVER_WITHIN, lambda: self.server.output.count(refusal) > before, "wrong files are refused"
                )
                assert self._serves_its_title(), "patients see the questions as they were"
        finally:
            self.spanish.write_text(right)

    def kill_one(self) -> None:
        """Kill one worker, as the kernel's OOM killer does."""
        self._kill("kill", self.chance.sample(sorted(self.server.workers), 1))

    def kill_all(self) -> None:
        self._kill("kill-all", sorted(self.server.workers))

    def freeze(self) -> None:
        """Freeze the database."""
        with self.periods.one("freeze", self.database.when_frozen) as period, self.database.frozen():
            period.begun = time.monotonic()
            time.sleep(self.lasts)
            period.undone = time.monotonic()

    def stop(self) -> None:
        """Stop the database for some seconds."""
        with self.periods.one("stop", Ready.NO) as period:
            self.database.stop()
            time.sleep(STOPPED_FOR)
            period.undone = time.monotonic()
            self.database.start()

    def restart(self) -> None:
        """Stop the database, and start it at once."""
        with self.periods.one("restart", Ready.EITHER):
            self.database.stop()
            self.database.start()

    def fill(self) -> None:
        """Fill the database's disk."""
        with self.periods.one("full", self.database.when_full) as period:
            with full(self.database.disk) as fill_again:
                until = time.monotonic() + self.lasts
                while time.monotonic() < until:
                    time.sleep(0.02)
                    # The site may have removed what an interrupted backup left.
                    fill_again()
                period.undone = time.monotonic()
            self.database.start()

    def back_up(self) -> None:
        """Back up the database, as an operator does."""
        with self.periods.one("backup"):
            subprocess.run(
                command("database", "backup"),
                cwd=ROOT,
                env=settings(self.server.instance, **self.server.environment),
                stdout=subprocess.DEVNULL,
                timeout=BACKED_UP_WITHIN,
                check=True,
            )

    def _kill(self, name: str, pids: list[str]) -> None:
        number = int(self.server.environment["WORKERS"])
        with self.periods.one(name):
            begun = time.monotonic()
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            self._wait(TAKES_OVER_WITHIN, lambda: self._are_back(number, pids), "the workers are back")
            took = time.monotonic() - begun
        self.slowest_return = max(self.slowest_return, took)
        assert took < WORKERS_BACK_WITHIN, f"the workers are back after {took:.1f} s"

    def _are_back(self, number: int, killed: list[str]) -> bool:
        there = self.server.workers - set(killed)
        return len(there) >= number and get(f"{self.server.address}/healthz/live") == 200

    def _serves_its_title(self) -> bool:
        title = TITLES[self.title].removeprefix("es: ")
        return all(title in start_page(self.server.address) for _ in range(10))

    def _is_there(self) -> None:
        if self.server.process.poll() is not None:
            raise SiteEnded

    def _wait(self, seconds: float, is_done: Callable[[], bool], what: str) -> None:
        last = time.monotonic() + seconds
        while not is_done():
            self._is_there()
            assert time.monotonic() < last, what
            time.sleep(0.05)

    def _wait_until_ready(self) -> None:
        # A site that never becomes ready again shows up in the probes.
        with suppress(AssertionError):
            self._wait(READY_WITHIN, lambda: get(f"{self.server.address}/healthz/ready") == 200, "ready again")


def start_page(address: str) -> str:
    """Return the start page in Spanish, or "" without a response."""
    with (
        suppress(OSError),
        urlopen(Request(address, headers={"Accept-Language": "es"}), timeout=5) as answer,
    ):
        return str(answer.read().decode())
    return ""
