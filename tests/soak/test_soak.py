"""The short soak plays every fault once; other tests prove that the soak finds faults."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.soak import probes, processes
from tests.soak.fault_periods import FaultPeriod, FaultPeriods, Ready
from tests.soak.ledger import Comparison, Deletion, Ledger
from tests.soak.log_check import revealing_lines
from tests.soak.probes import Gap, Probe
from tests.soak.report import Report
from tests.soak.soaking import AGAIN, soak
from tests.soak.watch import LITTLE, Watch
from tests.support.postgresql import PostgreSQL

SECONDS = 60
# A fixed seed for the order of faults; `make soak` draws others.
SEEDS = {"sqlite": 5, "postgresql": 6}
NOBODY: frozenset[str] = frozenset()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
def test_nothing_is_lost_and_help_stays_whatever_happens(kind: str, tmp_path: Path) -> None:
    report = soak(kind, tmp_path, SECONDS, seed=SEEDS[kind])
    print(f"\n{report}")
    assert report.is_good, report
    missing = set(AGAIN) - set(report.played)
    assert missing == ({"stop", "restart"} if kind == "sqlite" else set()), "every fault was played"


@pytest.mark.long
@pytest.mark.parametrize("fault", ["lost", "doubled"])
def test_a_server_that_is_at_fault_is_found_out(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULT", fault)
    report = soak("sqlite", tmp_path, 5, seed=1, only=NOBODY, app="tests.soak.faulty")
    assert not report.is_good
    # A patient whose record was lost cannot delete it, and keeps the code.
    assert getattr(report.records, fault) == report.records.acknowledged > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"records": Comparison(9, 1, 1, 0, 0)}, "1 acknowledged records were lost"),
        ({"records": Comparison(9, 1, 0, 1, 0)}, "1 records were stored twice"),
        ({"records": Comparison(9, 1, 0, 0, 1)}, "1 deleted records are present"),
        ({"records": Comparison(0, 0, 0, 0, 0)}, "nobody could share"),
        ({"gap": Gap(2.1, "kill")}, "/help gave no answer for 2.1 s"),
        ({"help_p99": 2.1}, "/help took 2.1 s (p99)"),
        ({"readiness_wrong": Counter({"undisturbed: 503": 1})}, "1 answers of readiness were wrong"),
        ({"wrong": ["memory grew from 1 to 2"]}, "memory grew from 1 to 2"),
    ],
)
def test_one_wrong_figure_is_not_good(wrong: dict[str, object], message: str) -> None:
    figures: dict[str, object] = {
        "database": "sqlite",
        "seed": 1,
        "seconds": 60.0,
        "records": Comparison(9, 1, 0, 0, 0),
        "gap": Gap(0.2, ""),
        "help_p99": 0.01,
        "readiness_asked": 600,
        "readiness_wrong": Counter(),
        "growth": {"threads": (9, 9)},
        "played": Counter({"kill": 1}),
    }
    assert Report(**figures).is_good  # type: ignore[arg-type]
    report = Report(**figures | wrong)  # type: ignore[arg-type]
    assert report.problems == [message]
    assert f"WRONG: {message}" in str(report)


def test_each_code_is_compared_with_the_rows() -> None:
    ledger = Ledger(("key",))
    codes = [ledger.acknowledge({code}) for code in ("AAAA-AAAA-AAA1", "AAAA-AAAA-AAA2", "AAAA-AAAA-AAA3", "AAAA")]
    kept, lost, deleted, unsure = (ledger._ref(code) for code in codes)
    ledger.note(codes[2], Deletion.DONE)
    ledger.note(codes[3], Deletion.UNSURE)
    ledger.expect(b"not acknowledged")
    assert ledger.compare(Counter([kept, lost])) == Comparison(4, 1, lost=0, doubled=0, present=0)
    assert ledger.compare(Counter([kept, unsure, b"not acknowledged"])) == Comparison(4, 1, 1, 0, 0)
    assert ledger.compare(Counter([kept, lost, deleted])) == Comparison(4, 1, 0, 0, 1)
    assert ledger.compare(Counter([kept, kept, lost, b"of nobody"])) == Comparison(4, 1, 0, 2, 0)


def test_readiness_is_compared_with_what_the_database_can_do() -> None:
    periods = FaultPeriods()
    periods.all = [FaultPeriod("stop", Ready.NO, 100, 105, 107), FaultPeriod("kill", Ready.YES, 200, 201, 201)]
    right = [(50, 200), (101, 200), (104, 503), (106, 200), (120, 503), (150, 200), (202, 0), (202, 200)]
    wrong = [(50, 503), (50, 0), (50, 500), (104, 200), (150, 503), (202, 503), (210, 0)]
    asked = [Probe("ready", moment, 0.1, status) for moment, status in right + wrong]
    found = [(probe.begun, probe.status) for probe, _ in probes.wrong_readiness(asked, periods)]
    assert found == wrong


def test_the_longest_gap_is_between_good_answers_and_has_a_name() -> None:
    periods = FaultPeriods()
    periods.all = [FaultPeriod("kill", Ready.YES, 11, 12, 12)]
    answers = [(10.0, 200), (10.1, 200), (10.2, 0), (11.5, 503), (12.9, 200), (13.0, 200)]
    asked = [Probe("help", moment, 0.0, status) for moment, status in answers]
    gap = probes.longest_gap(asked, periods)
    assert (round(gap.seconds, 3), gap.during) == (2.8, "kill")
    assert probes.longest_gap([*asked[:2], Probe("help", 19.0, 6.0, 0)], periods).seconds == pytest.approx(8.9)
    assert probes.longest_gap([], periods).seconds == float("inf")


@pytest.mark.parametrize(
    "line",
    [
        "TimeoutError while reading /reflection/3",
        "GET /",
        "a request of 203.0.113.77 was cut off",
        "lost 10.1.2.3:40001",
        "Serving flow exception at ?soakmark",
        "Traceback (most recent call last):",
    ],
)
def test_a_log_line_that_says_too_much_is_found(line: str) -> None:
    address = "http://127.0.0.1:8000"
    right = f"Screening is at {address}/ (Ctrl+C stops it).\nOperationalError in sharing.store at execute:1192\n"
    assert revealing_lines(right, address) == []
    assert revealing_lines(right + line, address) == [line]


def test_growth_is_that_of_the_last_third_against_the_second() -> None:
    watch = Watch(os.getpid(), "", 3)
    small, large = (processes.Size(memory, 10, 50) for memory in (100_000, 130_000))
    watch.sizes = [(moment, small if moment < 61 else large) for moment in range(91)]
    assert watch.grown(LITTLE) == ["memory grew from 100000 to 130000"]
    watch.sizes = [(moment, large if moment > 5 else small) for moment in range(91)]
    assert watch.grown(LITTLE) == []


FORKS = """
import os, sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("CREATE TABLE one (two)")
if os.fork() == 0 and sys.argv[2] == "own":
    os.closerange(3, 99)
    connection = sqlite3.connect(sys.argv[1])
    connection.execute("SELECT * FROM one")
os.write(1, b"made\\n")
time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["shared", "own"])
def test_a_sqlite_connection_that_crosses_a_fork_is_found(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "screening.sqlite"
    command = [sys.executable, "-c", FORKS, str(file), kind]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(2)] == ["made\n"] * 2
        held = processes.held(pids := processes.of_group(process.pid))
        assert len(pids) == 2
        assert bool(list(processes.shared(held, str(file)))) == (kind == "shared")
        assert processes.deleted(held) == []
        file.unlink()
        assert {one.pid for one in processes.deleted(processes.held(pids))} == set(pids)
        os.killpg(process.pid, 9)


def test_a_socket_of_postgresql_that_crosses_a_fork_is_found_and_no_other(postgresql: PostgreSQL) -> None:
    folder = str(postgresql.server.get_uri()).partition("host=")[2]
    left, right = socket.socketpair()
    with left, right, closing(socket.socket(socket.AF_UNIX)) as sock:
        sock.connect(f"{folder}/.s.PGSQL.5432")
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        try:
            found = list(processes.shared(processes.held([os.getpid(), child]), ""))
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)
        inode = os.fstat(sock.fileno()).st_ino
        others = {os.fstat(one.fileno()).st_ino for one in (left, right)}
    targets = {one.target for one, _ in found}
    assert f"socket:[{inode}]" in targets
    assert targets.isdisjoint(f"socket:[{other}]" for other in others)
