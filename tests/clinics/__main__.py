"""`python -m tests.clinics` runs many clinics on this machine, each with its own database, and prints figures."""

from __future__ import annotations

import argparse
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from config import ROOT
from tests.clinics.clinic import allow_many_files, clinics, cores
from tests.clinics.report import Figures, Took
from tests.faults.patient import NO_ANSWER, Sharer
from tests.soak import processes
from tests.soak.databases import rows
from tests.support.server import Server, command, get, settings

# Seconds until all have started, or one has reloaded; and for which `/help` is requested.
STARTED_WITHIN, RELOADED_WITHIN, ASKED_FOR = 600, 300, 20
# So many reload, or are shared with, at a time. The check of a reload is given up after two minutes.
AT_ONCE = 4
PASSED = "The reload passed its check."


def main() -> None:
    """Measure, and print the figures; exit with 1 if one misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=50)
    number = parser.parse_args().number
    # Clean up all servers when this is terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The clinics were ended."))
    allow_many_files()
    with TemporaryDirectory() as folder:
        figures = measure(Path(folder), number)
    print(figures, flush=True)
    sys.exit(not figures.is_good)


def measure(folder: Path, number: int) -> Figures:
    """Start, share, ask, reload and weigh this many clinics, and stop them."""
    print(f"making {number} clinics ...", flush=True)
    with clinics(folder, number) as (database, servers), ThreadPoolExecutor(AT_ONCE) as pool:
        print("starting all at once ...", flush=True)
        start = _timed(servers, lambda: _start(servers))
        print("sharing in each ...", flush=True)
        patients = list(pool.map(_share, servers))
        print("requesting /help ...", flush=True)
        help_p99 = _help_p99(servers)
        print("reloading ...", flush=True)
        reload = _timed(servers, lambda: list(pool.map(_reload, servers)))
        stored = [rows(server.environment["DATABASE_URL"]) for server in servers]
        shared = [patient.ref for patient in patients if patient.code]
        figures = Figures(
            clinics=number,
            cores=cores(),
            memory=[processes.size(processes.of_group(server.process.pid)).memory for server in servers],
            database_memory=processes.size(database.pids).memory,
            start=start,
            reload=reload,
            help_p99=help_p99,
            shared=len(shared),
            misplaced=sum(
                found != Counter([patient.ref]) for patient, found in zip(patients, stored, strict=True) if patient.code
            ),
            failed_reloads=sum(PASSED not in server.output for server in servers),
        )
        print("stopping ...", flush=True)
        list(pool.map(Server.stop, servers))
    return figures


def _timed(servers: list[Server], work: Callable[[], object]) -> Took:
    begun, before = time.monotonic(), _cpu(servers)
    work()
    return Took(time.monotonic() - begun, _cpu(servers) - before)


def _cpu(servers: list[Server]) -> float:
    return sum(
        processes.cpu_seconds(processes.of_group(server.process.pid))
        for server in servers
        if hasattr(server, "process")
    )


def _start(servers: list[Server]) -> None:
    """Start all at once, as a machine does that boots, and wait until each answers."""
    for server in servers:
        with (server.instance / "output").open("a") as output:
            server.process = subprocess.Popen(
                command("serve"),
                cwd=ROOT,
                env=settings(server.instance, **server.environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
    last = time.monotonic() + STARTED_WITHIN
    for server in servers:
        while get(f"{server.address}/healthz/ready") != 200:
            assert server.process.poll() is None, server.output
            assert time.monotonic() < last, server.output
            time.sleep(0.1)


def _share(server: Server) -> Sharer:
    patient = Sharer(server.address)
    with suppress(AssertionError, *NO_ANSWER):
        patient.walk()
        patient.share()
    return patient


def _reload(server: Server) -> None:
    """Let one clinic read everything again, and wait until its old worker has ended."""
    before = server.workers
    server.process.send_signal(signal.SIGHUP)
    last = time.monotonic() + RELOADED_WITHIN
    while PASSED not in server.output or before & server.workers or not server.workers:
        if time.monotonic() > last:
            return
        time.sleep(0.1)
    while get(f"{server.address}/healthz/live") != 200 and time.monotonic() < last:
        time.sleep(0.1)


def _help_p99(servers: list[Server]) -> float:
    """Request `/help` of each clinic in turn, and return a percentile of the seconds."""

    def ask(server: Server) -> float:
        begun = time.perf_counter()
        status = get(f"{server.address}/help")
        return time.perf_counter() - begun if status == 200 else float("inf")

    def in_turn() -> Iterator[Server]:
        last = time.monotonic() + ASKED_FOR
        while time.monotonic() < last:
            yield from servers

    return statistics.quantiles(map(ask, in_turn()), n=100)[98]


if __name__ == "__main__":
    main()
