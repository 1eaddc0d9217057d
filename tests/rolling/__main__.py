"""`python -m tests.rolling` upgrades two groups of processes one after the other while patients share.

Both are behind nginx as the site ships it, and share one PostgreSQL. The previous release serves next to this one for a
while, and nobody tells the proxy. No share may be lost, and no request may fail.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from config import ROOT, Config, make_secrets
from tests.rolling.previous import NoPrevious, unpack_previous
from tests.rolling.proxy import proxy
from tests.rolling.report import Rolled
from tests.soak import probes
from tests.soak.databases import rows
from tests.soak.fault_periods import FaultPeriods
from tests.soak.ledger import Ledger
from tests.soak.log_check import log_summary
from tests.soak.patients import ASKED_AGAIN, Patients
from tests.support.postgresql import postgresql_server
from tests.support.server import SECONDS, Server, command, free_port, get, settings

PATIENTS, NEVER = 8, "100000"


def main() -> None:
    """Roll one upgrade, and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--previous", default=os.environ.get("PREVIOUS", ""), help="a tag or commit")
    parser.add_argument("--seconds", type=float, default=10, help="of each stage")
    chosen = parser.parse_args()
    # Clean up all servers when this is terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The upgrade was ended."))
    with TemporaryDirectory() as place:
        folder = Path(place)
        try:
            name = unpack_previous(chosen.previous, folder / "previous")
            change_questions(folder / "previous")
        except NoPrevious as reason:
            sys.exit(str(reason))
        print(f"upgrading from {name} in two groups ...", flush=True)
        report = roll(folder, chosen.seconds)
    print(report, flush=True)
    sys.exit(not report.is_good)


def change_questions(release: Path) -> None:
    """Change a question file of an unpacked release, so that its version differs, as in most upgrades."""
    file = release / "questions" / "ketamine-therapy" / "questionnaire.yaml"
    changed, number = re.subn(r'(?<=next_review: "20)\d\d', "99", file.read_text())
    assert number == 1
    file.write_text(changed)


def roll(folder: Path, seconds: float) -> Rolled:
    """Serve the previous release, upgrade the database, and restart one group after the other with this release.

    The first is rolled back once in between.
    """
    previous = folder / "previous"
    with ExitStack() as held:
        database = held.enter_context(postgresql_server())
        url = held.enter_context(database.empty_database())
        path = f"{database.programs}:{os.environ['PATH']}"
        make_secrets(folder / "site")
        environment = {"DATABASE_URL": url, "WORKERS": "2", "SHARES_PER_HOUR": NEVER, "PROXY_HOPS": "1", "PATH": path}
        groups = one, other = [_group(folder, name, environment, previous) for name in ("one", "other")]
        for group in groups:
            held.callback(_end, group)
            _start(group)
        address = held.enter_context(proxy(folder / "proxy", [group.port for group in groups]))
        keys = Config.from_environment(settings(folder / "site", **environment)).code_keys
        ledger = Ledger(keys)
        patients = Patients(address, ledger, PATIENTS, random.Random(1))
        with probes.probing(address, folder / "probes", ["help"]):
            patients.start()
            try:
                _upgrade(folder, environment, seconds)
                for group, code in ((one, ROOT), (one, previous), (one, ROOT), (other, ROOT)):
                    _restart(group, code)
                    time.sleep(seconds)
            finally:
                patients.finish()
        for group in groups:
            print(f"the log of {group.instance.name}: {log_summary(group.output)}", flush=True)
        asked_again = patients.refused.pop(ASKED_AGAIN, 0)
        asked = probes.read(folder / "probes")
        return Rolled(
            records=ledger.compare(rows(url)),
            refused=patients.refused,
            asked_again=asked_again,
            stuck=patients.stuck,
            gap=probes.longest_gap(asked, FaultPeriods()).seconds,
            help_failed=sum(probe.status != 200 for probe in asked[:-1]),
        )


def _upgrade(folder: Path, environment: dict[str, str], seconds: float) -> None:
    """Back up and upgrade the database with this release, while the previous one serves."""
    time.sleep(seconds)
    subprocess.run(
        command("database", "upgrade"),
        cwd=ROOT,
        env=settings(folder / "site", **environment),
        timeout=SECONDS,
        check=True,
    )
    time.sleep(seconds)


def _restart(group: Server, code: Path) -> None:
    """Restart a group with another release. Nobody tells the proxy."""
    group.stop()
    group.code, group.options = code, []
    _start(group)


def _group(folder: Path, name: str, environment: dict[str, str], code: Path) -> Server:
    """Make a group of processes, as if on a host of its own: with the same secrets in another folder."""
    instance = folder / name
    instance.mkdir()
    for secret in (folder / "site").glob("*-key*"):
        (instance / secret.name).write_bytes(secret.read_bytes())
    group = Server(instance, prepares=True, **environment)
    group.code = code
    group.port = group.environment["PORT"] = free_port()
    group.address = f"http://127.0.0.1:{group.port}"
    return group


def _start(group: Server) -> None:
    group.start()
    last = time.monotonic() + SECONDS
    while get(f"{group.address}/healthz/ready") != 200:
        assert time.monotonic() < last, group.output
        time.sleep(0.1)


def _end(group: Server) -> None:
    if group.has_processes:
        group.kill()


if __name__ == "__main__":
    main()
