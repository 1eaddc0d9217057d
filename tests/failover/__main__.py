"""`python -m tests.failover` makes a leader of three PostgreSQL nodes fail in four ways while patients share.

It fails if a share is lost in synchronous mode, or if none is lost in asynchronous mode, where some must be.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.failover.cluster import cluster
from tests.failover.drill import drill, site
from tests.failover.report import Drill
from tests.soak.log_check import log_summary
from tests.support.server import flask

FAULTS = ("switchover", "killed", "frozen", "senders-stopped")
# In asynchronous mode, only this fault certainly loses shares.
LOSES = "senders-stopped"
MODES = {"asynchronous": False, "synchronous": True}


def main() -> None:
    """Drill both modes, and print each outcome when it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=MODES, action="append", help="one of them alone")
    parser.add_argument("--only", nargs="+", choices=FAULTS, default=FAULTS, metavar="FAULT")
    chosen = parser.parse_args()
    # Clean up all servers when the drills are terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The drills were ended."))
    is_good = True
    for mode in chosen.mode or MODES:
        faults = [fault for fault in chosen.only if MODES[mode] or fault == LOSES]
        print(f"{mode}: forming a cluster ...", flush=True)
        with TemporaryDirectory() as folder:
            is_good = _drills(Path(folder), MODES[mode], faults) and is_good
    sys.exit(not is_good)


def _drills(folder: Path, is_synchronous: bool, faults: list[str]) -> bool:
    outcomes: list[Drill] = []
    with cluster(folder, is_synchronous) as nodes, site(folder / "site", nodes) as server:
        for fault in faults:
            outcomes.append(drill(server, nodes, fault, folder, must_lose=not is_synchronous))
            print(outcomes[-1], flush=True)
        code, output = flask(server.instance, "database", "backup", **server.environment)
        print(f"a backup of the cluster: {output.splitlines()[0]}", flush=True)
        print(f"the log: {log_summary(server.output)}", flush=True)
    return code == 0 and all(outcome.is_good for outcome in outcomes)


if __name__ == "__main__":
    main()
