"""Concurrent journeys over HTTP, and their cost on the server: CPU, memory, and seconds by page."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from config import ROOT, make_secrets
from tests.load.walker import CODE, JOURNEY, PAGES
from tests.soak import processes
from tests.support.server import Server, served

AT_ONCE = 8
BARE = "/healthz/live"
MANY = "1000000"
WORKERS = "2"


@dataclass(frozen=True)
class Measured:
    """`times`: response seconds by page. `cpu`: CPU seconds of the server's processes."""

    times: dict[str, list[float]]
    cpu: float

    @property
    def requests(self) -> int:
        return sum(map(len, self.times.values()))

    @property
    def per_cpu_second(self) -> float:
        return self.requests / self.cpu


@dataclass(frozen=True)
class Load:
    """Measurements of journeys, and of a trivial page on the same server."""

    journeys: Measured
    bare: Measured

    @property
    def ratio(self) -> float:
        """CPU per request of a journey, divided by that of the bare page."""
        return self.bare.per_cpu_second / self.journeys.per_cpu_second

    def table(self) -> str:
        """Format the times by page, in milliseconds, with the bare page last."""
        bare = _quantile(self.bare.times[BARE], 50)
        lines = [f"  {'page':<16}{'requests':>9}{'p50':>8}{'p99':>8}{'max':>8}{'p50/bare':>10}"]
        pages = [*dict.fromkeys(PAGES.values()), CODE]
        rows = [(page, self.journeys.times[page]) for page in pages if page in self.journeys.times]
        for name, times in [*rows, (BARE, self.bare.times[BARE])]:
            p50 = _quantile(times, 50)
            in_ms = "".join(f"{1000 * one:>8.1f}" for one in (p50, _quantile(times, 99), max(times)))
            lines.append(f"  {name:<16}{len(times):>9}{in_ms}{p50 / bare:>10.2f}")
        return "\n".join(lines)

    def p99(self, page: str) -> float:
        return _quantile(self.journeys.times[page], 99)


def load(folder: Path, url: str, seconds: float) -> Load:
    """Put a new site in an empty folder under load."""
    make_secrets(folder)
    with served(folder, DATABASE_URL=url, SHARES_PER_HOUR=MANY, WORKERS=WORKERS) as server:
        # Warm the caches before measuring.
        _measure(server, JOURNEY, seconds / 10)
        return Load(_measure(server, JOURNEY, seconds), _measure(server, BARE, seconds / 2))


def _measure(server: Server, page: str, seconds: float) -> Measured:
    command = [sys.executable, "-m", "tests.load.walker", server.address, str(seconds), page]
    before = _cpu(server)
    walkers = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(AT_ONCE)]
    times = defaultdict(list)
    for walker in walkers:
        told, _ = walker.communicate()
        assert walker.returncode == 0, "a journey came to its end"
        for line in told.splitlines():
            name, took = line.split("\t")
            times[BARE if page == BARE else name].append(float(took))
    return Measured(dict(times), _cpu(server) - before)


@dataclass(frozen=True)
class Upkeep:
    """Seconds of a stop, and from a start until `/help` answers. `memory`: PSS of all processes in KB."""

    stop: float
    start: float
    memory: int


def upkeep(folder: Path, url: str, workers: int, seconds: float) -> Upkeep:
    """Put a new site in an empty folder under load, then stop it and start it again."""
    make_secrets(folder)
    with served(folder, DATABASE_URL=url, SHARES_PER_HOUR=MANY, WORKERS=str(workers)) as server:
        _measure(server, JOURNEY, seconds)
        memory = processes.size(processes.of_group(server.process.pid)).memory
        begun = time.monotonic()
        server.stop()
        stopped = time.monotonic()
        server.start(ready="/help")
        return Upkeep(stopped - begun, time.monotonic() - stopped, memory)


def speed() -> float:
    """Measure the machine: million steps of a fixed loop per CPU second, to compare busy and quiet runs."""
    begun, steps = time.process_time(), 3_000_000
    for step in range(steps):
        _ = step * step
    return steps / 1e6 / (time.process_time() - begun)


def _cpu(server: Server) -> float:
    return processes.cpu_seconds(processes.of_group(server.process.pid))


def _quantile(times: list[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1] if len(times) > 1 else times[0]
