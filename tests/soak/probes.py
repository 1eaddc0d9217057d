"""Requests pages repeatedly from a separate process, so that nothing else delays the probes.

`python -m tests.soak.probes ADDRESS FILE SECONDS KIND...` requests each kind every SECONDS and writes a line per
response, until it is terminated. Probes do not wait for earlier ones.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from ssl import SSLContext, create_default_context
from typing import NamedTuple, TextIO
from urllib.parse import urlsplit

from tests.soak.fault_periods import FaultPeriods

ROOT = Path(__file__).parents[2]
PATHS = {"help": "/help", "live": "/healthz/live", "ready": "/healthz/ready"}
# Seconds.
EVERY = 0.1
TIMEOUT = 6


class Probe(NamedTuple):
    """One response: when it was requested on the monotonic clock, and its seconds. Status 0 means no response."""

    kind: str
    begun: float
    took: float
    status: int

    @property
    def ended(self) -> float:
        return self.begun + self.took


class Gap(NamedTuple):
    """A span without a good response, and the fault played then."""

    seconds: float
    during: str


@contextmanager
def probing(address: str, notes: Path, kinds: Iterable[str], every: float = EVERY) -> Iterator[None]:
    """Probe these kinds of page during the block, which begins once each kind has been answered."""
    command = [sys.executable, "-m", __name__, address, str(notes), str(every), *kinds]
    notes.touch()
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while not notes.stat().st_size:
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def read(notes: Path) -> list[Probe]:
    """Read all probes, ordered by their end."""
    probes = []
    for line in notes.read_text().splitlines():
        fields = line.split()
        # The last line may be cut off.
        if len(fields) == len(Probe._fields):
            kind, begun, took, status = fields
            probes.append(Probe(kind, float(begun), float(took), int(status)))
    return sorted(probes, key=lambda probe: probe.ended)


def longest_gap(probes: list[Probe], periods: FaultPeriods) -> Gap:
    """Return the longest span without a response of `/help`."""
    asked = [probe for probe in probes if probe.kind == "help"]
    if not asked:
        return Gap(float("inf"), "")
    moments = [min(probe.begun for probe in asked), *(probe.ended for probe in asked if probe.status == 200)]
    moments.append(max(moments[-1], asked[-1].begun))
    gaps = [Gap(later - sooner, periods.name_at(later)) for sooner, later in itertools.pairwise(moments)]
    return max(gaps)


def quantile(probes: list[Probe], kind: str, percent: int) -> float:
    """Return a percentile of the seconds; a probe without a response counts with the time it waited."""
    taken = [probe.took if probe.status else TIMEOUT for probe in probes if probe.kind == kind]
    return statistics.quantiles(taken, n=100)[percent - 1] if len(taken) > 1 else float("inf")


def wrong_readiness(probes: list[Probe], periods: FaultPeriods) -> list[tuple[Probe, str]]:
    """Return readiness responses that contradict the database, each with the fault played then."""
    wrong = []
    for probe in probes:
        allowed = {
            200: periods.may_be_ready,
            503: periods.may_be_away,
            0: periods.may_be_silent,
        }.get(probe.status)
        if probe.kind == "ready" and not (allowed and allowed(probe.begun, probe.ended)):
            wrong.append((probe, periods.name_at(probe.ended)))
    return wrong


async def _ask(host: str, port: int, path: str, tls: SSLContext | None) -> int:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read(-1)
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0
    finally:
        writer.close()


async def _probe(address: str, tls: SSLContext | None, kind: str, notes: TextIO) -> None:
    host, _, port = urlsplit(address).netloc.partition(":")
    begun, status = time.monotonic(), 0
    with suppress(OSError, TimeoutError):
        status = await asyncio.wait_for(_ask(host, int(port), PATHS[kind], tls), TIMEOUT)
    print(kind, begun, time.monotonic() - begun, status, file=notes, flush=True)


async def _probe_for_ever(address: str, notes: TextIO, every: float, kinds: list[str]) -> None:
    tasks: set[asyncio.Task[None]] = set()
    tls = create_default_context() if address.startswith("https:") else None
    due = time.monotonic()
    while True:
        for kind in kinds:
            task = asyncio.create_task(_probe(address, tls, kind, notes))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        due += every
        await asyncio.sleep(max(0, due - time.monotonic()))


if __name__ == "__main__":
    with Path(sys.argv[2]).open("a") as file:
        asyncio.run(_probe_for_ever(sys.argv[1], file, float(sys.argv[3]), sys.argv[4:]))
