"""One soak: a real server with two workers, all kinds of users, every fault, and the comparison at the end."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path
from subprocess import TimeoutExpired

from sqlalchemy.exc import SQLAlchemyError

from tests.soak import crowd, probes
from tests.soak.clerk import EXPORT, Clerk, Desk
from tests.soak.conductor import Conductor
from tests.soak.databases import rows
from tests.soak.fault_periods import READY_WITHIN
from tests.soak.ledger import Ledger
from tests.soak.log_check import log_summary, revealing_lines
from tests.soak.patients import Patients
from tests.soak.report import Report
from tests.soak.site import LONG, Site, site
from tests.soak.watch import LITTLE, MUCH, Watch
from tests.support.server import get

# What runs throughout, and what recurs, by the names that --only takes.
THROUGHOUT = ("purge", "readiness", "senders", "readers", "staff")
AGAIN = ("reload", "wrong-reload", "kill", "kill-all", "freeze", "stop", "restart", "full", "backup")
EVERYTHING = frozenset(THROUGHOUT + AGAIN)
PATIENTS, SENDERS = 12, 50
# Two of five stalled readers request an export, so that staff get exports in between.
EXPORTS, READERS = 2, 5
NEVER_READ = b"GET /reflection/topics?soakmark HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def soak(
    kind: str, folder: Path, seconds: float, seed: int, only: Collection[str] = EVERYTHING, app: str = "tests.soak.fast"
) -> Report:
    """Soak a new site in an empty folder."""
    chance = random.Random(seed)
    with site(kind, folder, seconds, only, app, chance) as played:
        return Soak(played, folder, seconds, seed, only, chance).run()


class Soak:
    """All users of one site."""

    def __init__(
        self, played: Site, folder: Path, seconds: float, seed: int, only: Collection[str], chance: random.Random
    ) -> None:
        self.site, self.server, self.seed, self.seconds, self.only = played, played.server, seed, seconds, only
        self.notes = folder / "probes"
        self.ledger = Ledger(played.code_keys)
        self.patients = Patients(self.server.address, self.ledger, PATIENTS, random.Random(chance.random()))
        self.desk = Desk(self.server.address, played.cookies, self.ledger, random.Random(chance.random()))
        self.watch = Watch(self.server.process.pid, played.database.file, 1 + int(self.server.environment["WORKERS"]))
        self.conductor = Conductor(played.faults, only, seconds, chance)
        self.wrong: list[str] = []

    def run(self) -> Report:
        """Run the soak to its end."""
        self._wait_until_ready()
        kinds = ["help", "live", *(["ready"] if "readiness" in self.only else [])]
        everybody = self._everybody()
        begun = time.monotonic()
        with ExitStack() as held:
            held.enter_context(probes.probing(self.server.address, self.notes, kinds))
            for one in everybody:
                one.start()
                held.callback(one.finish)
            self.conductor.conduct()
            if self.conductor.ended_by:
                self.patients.give_up.set()
        if not self.conductor.ended_by:
            self._stop()
        return self._report(time.monotonic() - begun)

    def _everybody(self) -> list[Watch | Patients | Desk | crowd.Crowd]:
        """Start all users; the last to start are the first to stop."""
        desk = [self.desk] if "staff" in self.only else []
        return [self.watch, *self._crowds(), *desk, self.patients]

    def _crowds(self) -> list[crowd.Crowd]:
        crowds = []
        if "senders" in self.only:
            crowds.append(crowd.slow_senders(int(self.server.port), SENDERS))
        if "readers" in self.only:
            clerk = Clerk(self.server.address, self.site.cookies[0])
            clerk.open(EXPORT)
            exports = [clerk.head(clerk.form(format="long"))] * EXPORTS
            crowds.append(crowd.stalled_readers(int(self.server.port), exports + [NEVER_READ] * (READERS - EXPORTS)))
        return crowds

    def _wait_until_ready(self) -> None:
        last = time.monotonic() + READY_WITHIN
        while get(f"{self.server.address}/healthz/ready") != 200:
            assert time.monotonic() < last, self.server.output
            time.sleep(0.1)

    def _stop(self) -> None:
        """Check that staff can work undisturbed, then stop the site as an operator does."""
        if "staff" in self.only and (failed := self.desk.fails()):
            self.wrong.append(f"undisturbed, staff could not do {failed}")
        try:
            self.server.stop()
        except (AssertionError, TimeoutExpired) as error:
            self.wrong.append(f"the server did not stop as it must: {error}")

    def _stored(self) -> Counter[bytes]:
        """Return the stored refs of patients, or none if the database cannot be read."""
        try:
            return rows(self.site.database.url) - self.site.before
        except SQLAlchemyError as error:
            self.wrong.append(f"the database cannot be read: {error.__cause__ or error}")
            return Counter()

    def _report(self, seconds: float) -> Report:
        asked, periods = probes.read(self.notes), self.site.faults.periods
        readiness = probes.wrong_readiness(asked, periods)
        ended = self.conductor.ended_by
        revealing = revealing_lines(self.server.output, self.server.address)
        stored = self._stored()
        return Report(
            database=self.site.database.kind,
            seed=self.seed,
            seconds=seconds,
            records=self.ledger.compare(stored),
            gap=probes.longest_gap(asked, periods),
            help_p99=probes.quantile([probe for probe in asked if not periods.is_cut_off(probe.begun)], "help", 99),
            readiness_asked=sum(probe.kind == "ready" for probe in asked),
            readiness_wrong=Counter(f"{during or 'undisturbed'}: {probe.status}" for probe, during in readiness),
            growth=self.watch.growth(),
            played=self.conductor.played,
            wrong=[
                *([f"the site ended by itself ({ended} was played)"] if ended else []),
                *([f"{self.patients.stuck} patients came to no code"] if self.patients.stuck else []),
                *self.site.faults.wrong,
                *self.watch.grown(LITTLE if self.seconds >= LONG else MUCH),
                *sorted(self.watch.wrong),
                *(f"the log says: {line}" for line in revealing),
                *self.wrong,
            ],
            notes=[
                f"patients were refused: {_counts(self.patients.refused)}",
                f"staff did: {_counts(self.desk.done)}; were refused: {_counts(self.desk.refused)}",
                f"the log: {log_summary(self.server.output)}",
                f"workers were back at the latest {self.site.faults.slowest_return:.1f} s after they were killed",
            ],
        )


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items())) or "never"
