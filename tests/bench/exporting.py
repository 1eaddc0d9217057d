"""The cost of an export as submissions grow: peak memory in its own process, and CPU seconds per submission."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from config import ROOT
from screening.app import create_app
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.storage.database import db
from screening.storage.export_rows import Export, ExportQuery
from tests.bench.counting import fill
from tests.bench.journey import served
from tests.bench.storing import REAL
from tests.support.settings import TestConfig


class Taken(NamedTuple):
    """The cost of one export: peak memory in kilobytes, and CPU seconds."""

    kilobytes: int
    seconds: float


def memory(few: int, many: int, formats: Sequence[str]) -> dict[str, tuple[Taken, Taken]]:
    """Measure exports of few and of many submissions in each of these formats."""
    taken: dict[str, list[Taken]] = {name: [] for name in formats}
    with served(REAL) as app:
        for number in (few, many - few):
            fill(app, number)
            url = app.config["SQLALCHEMY_ENGINES"]["default"]["url"]
            for name, several in taken.items():
                output = subprocess.run(
                    [sys.executable, "-m", __name__, url, name], cwd=ROOT, capture_output=True, text=True, check=True
                ).stdout.split()
                several.append(Taken(int(output[0]), float(output[1])))
    return {name: (small, large) for name, (small, large) in taken.items()}


def main(url: str, name: str) -> None:
    """Export everything in a format as the page does, its length first, and print the cost."""
    form, app = FORMATS[name], create_app(TestConfig(database_url=url))
    begun = time.process_time()
    with app.app_context(), db.sessionmaker() as session:
        # The level whose records are longest.
        export = Export(session, ExportQuery("ketamine-therapy"), Level.WEEKLY, datetime.now(UTC), 0)
        assert export.size(form) == sum(map(len, export.parts(form)))
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(peak, time.process_time() - begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
