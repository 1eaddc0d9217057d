"""A slow, silent or broken client delays nobody else: real sockets against a server with two workers.

With `-s`, it prints a table: `pytest -s tests/attacks`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from config import Config, make_secrets
from screening.app import create_app
from tests.attacks.attackers import allow_descriptors, answer, http2_post, reset, senders, trickle
from tests.soak import probes, processes
from tests.soak.clerk import EXPORT, Clerk
from tests.soak.crowd import POST, connect
from tests.soak.probes import Probe
from tests.soak.site import stock
from tests.support.databases import postgresql_takes_long
from tests.support.server import Server, served, settings

# Seconds.
MAX_P99 = 0.25
EVERY = 0.02
LASTS = 3
WORKERS = 2
# More than the threads of both workers.
EXPORTS = 48
TARGETS = ("/reflection/1", "/staff/sign-in")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server on SQLite for all attacks that do not reach a database. Damage that they do shows when it stops."""
    # Workers inherit the limit from the server.
    allow_descriptors(8_000)
    instance = tmp_path_factory.mktemp("instance")
    make_secrets(instance)
    with served(instance, WORKERS=str(WORKERS)) as server:
        workers = server.workers
        yield server
        assert server.workers == workers, "no attack cost a worker"


@contextmanager
def help_answers(server: Server, attack: str, folder: Path) -> Iterator[None]:
    """For the block, request `/help` all the time, and fail unless it answers as usual."""
    notes = folder / "probes"
    with probes.probing(server.address, notes, ["help"], EVERY):
        began = time.monotonic()
        yield
        time.sleep(max(0, began + LASTS - time.monotonic()))
    asked = probes.read(notes)
    print(f"\n{attack:<52}{_told(asked)}", end="")
    assert len(asked) > LASTS / EVERY / 3
    assert all(probe.status == 200 for probe in asked)
    assert probes.quantile(asked, "help", 99) < MAX_P99


def wait_until_held(server: Server, number: int) -> None:
    """Wait until the workers have accepted all open connections, which takes a moment."""
    last = time.monotonic() + 20
    while processes.size(processes.of_group(server.process.pid)).descriptors < number:
        assert time.monotonic() < last, "the workers hold every connection"
        time.sleep(0.1)


def _told(asked: list[Probe]) -> str:
    answered = sum(probe.status == 200 for probe in asked)
    p50, p99 = (1000 * probes.quantile(asked, "help", percent) for percent in (50, 99))
    worst = 1000 * max((probe.took for probe in asked), default=0)
    return f"{answered:>5} of {len(asked):<5} p50{p50:>7.1f} ms  p99{p99:>8.1f} ms  worst{worst:>8.1f} ms"


def test_http2_that_closes_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    port, attack = int(server.port), http2_post("/reflection/1")
    with help_answers(server, "16 HTTP/2 POSTs that close", tmp_path):
        for _ in range(16):
            with connect(port) as sock:
                sock.sendall(attack)
        with connect(port) as sock:
            sock.sendall(attack)
            assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer(sock)), "refused, and closed"
        time.sleep(5)
    before = processes.thread_seconds(processes.of_group(server.process.pid))
    time.sleep(1)
    after = processes.thread_seconds(processes.of_group(server.process.pid))
    assert [thread for thread in after if after[thread] - before.get(thread, 0) > 0.5] == [], "no thread spins"


@pytest.mark.parametrize("number", [*(pytest.param(few, marks=pytest.mark.long) for few in (60, 250)), 1_500])
def test_posts_that_never_end_keep_nobody_out(number: int, server: Server, tmp_path: Path) -> None:
    with ExitStack() as held:
        socks = {
            (path, is_trickling): held.enter_context(senders(int(server.port), number // 4, path, is_trickling))
            for path in TARGETS
            for is_trickling in (False, True)
        }
        wait_until_held(server, number)
        with help_answers(server, f"{number} idle and trickling POSTs, patient and sign-in", tmp_path):
            for _ in range(3):
                sent = sum(trickle(socks[path, True], LASTS / 6) for path in TARGETS)
        # The server holds these connections: it did not keep others out by refusing.
        assert sent == number // 4 * len(TARGETS)


@pytest.mark.parametrize("is_reset", [pytest.param(False, marks=pytest.mark.long), True], ids=["closed", "reset"])
def test_bodies_that_break_off_are_forgotten(is_reset: bool, server: Server, tmp_path: Path) -> None:
    output = server.output
    with help_answers(server, f"400 POSTs {'reset' if is_reset else 'closed'} in mid-body", tmp_path):
        for number in range(400):
            sock = connect(int(server.port))
            sock.sendall(POST.format(path=TARGETS[number % 2], port=server.port).encode() + b"csrf_token=" + b"a" * 500)
            reset(sock) if is_reset else sock.close()
            time.sleep(LASTS / 500)
    assert server.output == output, "nobody is told of it"


@postgresql_takes_long
def test_stalled_exports_keep_nobody_out(database_url: str, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    make_secrets(instance)
    site = create_app(Config.from_environment(settings(instance, DATABASE_URL=database_url)))
    cookies = stock(site, clerks=1)
    with (
        served(instance, prepares=True, DATABASE_URL=database_url, WORKERS=str(WORKERS)) as server,
        ExitStack() as held,
    ):
        clerk = Clerk(server.address, cookies[0])
        clerk.open(EXPORT)
        request = clerk.head(clerk.form(format="long"))
        with help_answers(server, f"{EXPORTS} exports that nobody reads, {database_url.partition(':')[0]}", tmp_path):
            for _ in range(EXPORTS):
                sock = held.enter_context(connect(int(server.port), receives=4096))
                sock.sendall(request)
