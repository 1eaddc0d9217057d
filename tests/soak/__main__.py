"""`python -m tests.soak` soaks both databases in turn and reports; it fails on any problem."""

from __future__ import annotations

import argparse
import random
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.soak.soaking import EVERYTHING, soak

KINDS = ("sqlite", "postgresql")


def main() -> None:
    """Run the soaks, and print each report when it is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--database", choices=KINDS, action="append", help="one of them alone")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="repeats the order of a run")
    parser.add_argument("--only", nargs="+", choices=sorted(EVERYTHING), default=sorted(EVERYTHING), metavar="FAULT")
    chosen = parser.parse_args()
    # Clean up servers and disks when a soak is terminated.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("The soak was ended."))
    is_good = True
    for kind in chosen.database or KINDS:
        print(f"soaking {kind} for {chosen.seconds:.0f} s with seed {chosen.seed} ...", flush=True)
        with TemporaryDirectory() as folder:
            report = soak(kind, Path(folder), chosen.seconds, chosen.seed, frozenset(chosen.only))
        print(report, flush=True)
        is_good = is_good and report.is_good
    sys.exit(not is_good)


if __name__ == "__main__":
    main()
