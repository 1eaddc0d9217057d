"""One fault of a cluster's leader while patients share, and the comparison of codes with rows."""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from config import Config, make_secrets
from tests.failover.cluster import PROGRAMS, TTL, Cluster, Node, wait
from tests.failover.report import Drill, longest_silence
from tests.soak import probes
from tests.soak.databases import rows
from tests.soak.fault_periods import FaultPeriods
from tests.soak.ledger import Ledger
from tests.soak.patients import Patients
from tests.support.server import Server, get, served, settings

PATIENTS = 12
NEVER = "100000"
# Seconds: of quiet before and after a fault; for which senders are stopped; until another node leads.
QUIET, SENDERS_STOPPED, TAKES_OVER_WITHIN = 6, TTL + 5, 60
# Seconds for which a frozen leader stays frozen after another one leads, and until shares work again.
STAYS_FROZEN, WORKS_WITHIN = 10, 60


class TimedLedger(Ledger):
    """A ledger that also notes when each code was shown, on the monotonic clock."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(keys)
        self.moments: list[float] = []

    def acknowledge(self, seen: set[str]) -> str:
        code = super().acknowledge(seen)
        self.moments.append(time.monotonic())
        return code


class Faults:
    """What can happen to a leader. Each returns when it began, once another node leads or shares are stored again."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.all: dict[str, Callable[[Node], float]] = {
            "killed": self._kill,
            "senders-stopped": self._stop_senders,
            "frozen": self._freeze,
            "switchover": self._switch_over,
        }

    def _kill(self, leader: Node) -> float:
        begun = time.monotonic()
        leader.kill()
        self._wait_for_another(leader)
        leader.start()
        return begun

    def _stop_senders(self, leader: Node) -> float:
        """Stop the senders for longer than the time to live, then kill the leader."""
        leader.stop_senders()
        time.sleep(SENDERS_STOPPED)
        return self._kill(leader)

    def _freeze(self, leader: Node) -> float:
        begun = time.monotonic()
        with leader.frozen():
            self._wait_for_another(leader)
            time.sleep(STAYS_FROZEN)
        return begun

    def _switch_over(self, leader: Node) -> float:
        begun = time.monotonic()
        self.cluster.switch_over()
        self._wait_for_another(leader)
        return begun

    def _wait_for_another(self, leader: Node) -> None:
        wait(TAKES_OVER_WITHIN, lambda: self.cluster.leader is not leader, "another node leads")


def drill(server: Server, cluster: Cluster, fault: str, folder: Path, must_lose: bool) -> Drill:
    """Let patients share, play a fault, and compare what they were told with the rows."""
    cluster.wait_until_whole()
    wait(WORKS_WITHIN, lambda: get(f"{server.address}/healthz/ready") == 200, "the site is ready")
    before = rows(cluster.url)
    keys = Config.from_environment(settings(server.instance, **server.environment)).code_keys
    ledger = TimedLedger(keys)
    patients = Patients(server.address, ledger, PATIENTS, random.Random(fault))
    notes = folder / f"probes-{fault}"
    with probes.probing(server.address, notes, ["help"]):
        patients.start()
        try:
            time.sleep(QUIET)
            begun = Faults(cluster).all[fault](cluster.leader)
            last = time.monotonic() + WORKS_WITHIN
            while max(ledger.moments, default=0) < time.monotonic() - 1 and time.monotonic() < last:
                time.sleep(0.2)
            time.sleep(QUIET)
            ended = time.monotonic()
        finally:
            patients.finish()
    cluster.wait_until_whole()
    asked = probes.read(notes)
    return Drill(
        fault=fault,
        is_synchronous=cluster.is_synchronous,
        records=ledger.compare(rows(cluster.url) - before),
        refused=longest_silence(begun, [*ledger.moments, ended]),
        gap=probes.longest_gap(asked, FaultPeriods()).seconds,
        help_refused=sum(probe.status not in (0, 200) for probe in asked),
        answers=Counter(patients.refused),
        must_lose=must_lose,
        wrong=(f"{patients.stuck} patients came to no code",) if patients.stuck else (),
    )


@contextmanager
def site(folder: Path, cluster: Cluster) -> Iterator[Server]:
    """Run a site with two workers on a cluster for the block."""
    make_secrets(folder)
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    with served(
        folder, prepares=True, WORKERS="2", DATABASE_URL=cluster.url, SHARES_PER_HOUR=NEVER, PATH=path
    ) as server:
        yield server
