"""Kills at random instants while patients share, and the outcome of each share.

`python -m tests.faults.killing` kills often and reports; the tests kill a few times, and also run servers with faults.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import NullPool, create_engine, select

from config import Config, make_secrets
from screening.app import create_app
from screening.authoring.loader import load_collection
from screening.storage.database import db
from screening.storage.tables import Submission
from screening.web.questionnaire_limits import LIMITS
from tests.faults.patient import NO_ANSWER, Sharer
from tests.support.endless_windows import at_most
from tests.support.page_checker import Patient
from tests.support.postgresql import postgresql_server
from tests.support.server import Server, served, settings
from tests.support.site_changes import change_limits

AT_ONCE = 5
PRACTICE = 5
MANY = "100000"
PLACES = ("before the commit", "between commit and answer", "between answer and code", "after the code was shown")


@dataclass
class Report:
    """How far the shares had come when a kill fell, and the failures."""

    kills: int = 0
    patients: int = 0
    places: Counter[str] = field(default_factory=Counter)
    kills_with: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    not_deleted: int = 0

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.doubled or self.stuck or self.not_deleted)

    def note(self, places: list[str]) -> None:
        """Note how far each share had come when a kill fell."""
        self.kills += 1
        self.places.update(places)
        self.kills_with.update(set(places))

    def __str__(self) -> str:
        fell = "; ".join(f"{place} {self.places[place]} (in {self.kills_with[place]} kills)" for place in PLACES)
        return (
            f"{self.kills} kills, {self.patients} patients. Shares that a kill met {fell}.\n"
            f"  lost {self.lost}, doubled {self.doubled}, stuck {self.stuck}, not deletable {self.not_deleted}"
        )


class Run:
    """One population of patients who share while something is killed repeatedly."""

    def __init__(self, server: Server, url: str, kill: Callable[[], None], start: Callable[[], None]) -> None:
        self.server, self.kill, self.start = server, kill, start
        self.engine = create_engine(url, poolclass=NullPool)
        self.patients: list[Sharer] = []
        self.report = Report()

    def go(self, kills: int) -> Report:
        """Kill this many times, then delete each record with its code."""
        self._practice()
        for _ in range(kills):
            self._kill_once()
        self.report.patients = len(self.patients)
        self._delete_each()
        return self.report

    def _practice(self) -> None:
        """Let patients share undisturbed, and measure the median time."""
        took = []
        for _ in range(PRACTICE):
            with ThreadPoolExecutor(AT_ONCE) as pool:
                begun, sharing = self._share_at_once(pool)
                for one in sharing:
                    one.result()
                took.append(time.perf_counter() - begun)
        self.seconds = statistics.median(took)

    def _kill_once(self) -> None:
        """Kill while patients share, restart, note what was stored, and let each patient retry."""
        delay = random.uniform(0, self.seconds)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            begun, sharing = self._share_at_once(pool)
            time.sleep(max(0, begun + delay - time.perf_counter()))
            self.kill()
            for one in sharing:
                with suppress(*NO_ANSWER):
                    one.result()
        self.start()
        arrived, met = self._rows(), self.patients[-AT_ONCE:]
        self.report.note([_place(patient, arrived) for patient in met])
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda patient: patient.try_again(random.random() < 0.5), met))
            list(pool.map(Sharer.look, met))
        self.report.stuck += sum(not patient.code for patient in met)
        self._compare()

    def _share_at_once(self, pool: ThreadPoolExecutor) -> tuple[float, list[Future[None]]]:
        newcomers = [Sharer(self.server.address) for _ in range(AT_ONCE)]
        list(pool.map(Sharer.walk, newcomers))
        self.patients += newcomers
        return time.perf_counter(), [pool.submit(patient.share) for patient in newcomers]

    def _rows(self) -> Counter[bytes]:
        """Count how often each ref is stored."""
        with self.engine.connect() as connection:
            return Counter(connection.scalars(select(Submission.ref)))

    def _compare(self) -> None:
        """Count lost records, and surplus rows and codes, across all kills so far."""
        rows, refs = self._rows(), {patient.ref for patient in self.patients}
        self.report.lost = len(refs - set(rows))
        self.report.doubled = rows.total() - len(refs & set(rows)) + sum(len(one.codes) > 1 for one in self.patients)

    def _delete_each(self) -> None:
        """Look up and delete each record with its code, on the site's own pages."""
        config = Config.from_environment(settings(self.server.instance, **self.server.environment))
        app, wording = create_app(config), load_collection(config.questions, LIMITS).wording
        change_limits(app, look_ups=at_most(int(MANY)))
        for one in self.patients:
            patient = Patient(app, wording, is_strict=False)
            patient.open("/code")
            if patient.type("code", one.code).press("See what I shared").heading != "What you shared":
                self.report.not_deleted += 1
                continue
            patient.follow("Delete what I shared")
            self.report.not_deleted += "Deleted." not in patient.press("Yes, delete it").text
        self.report.not_deleted += self._rows().total()
        with app.app_context():
            db.engine.dispose()


def _place(patient: Sharer, arrived: Counter[bytes]) -> str:
    before, between, answered, shown = PLACES
    if patient.code:
        return shown
    if patient.is_answered:
        return answered
    return between if patient.ref in arrived else before


@contextmanager
def site(folder: Path, url: str, app: str = "wsgi") -> Iterator[Server]:
    """Run a server without a practical limit on shares."""
    make_secrets(folder)
    with served(folder, app=app, DATABASE_URL=url, SHARES_PER_HOUR=MANY, WORKERS="2") as server:
        yield server


def kill_the_server(folder: Path, url: str, kills: int, app: str = "wsgi") -> Report:
    """Kill the server with its workers, but not the database."""
    with site(folder, url, app) as server:
        return Run(server, url, server.kill, server.start).go(kills)


def main() -> None:
    """Kill often on both databases, and PostgreSQL itself; exit with 1 on any failure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=300)
    kills = parser.parse_args().kills
    reports = []

    def tell(what: str, report: Report) -> None:
        reports.append(report)
        print(f"{what}: {report}", flush=True)

    with TemporaryDirectory() as place, postgresql_server() as postgresql:
        folder = Path(place)
        with postgresql.empty_database() as url:
            tell("the server, on PostgreSQL", kill_the_server(folder / "one", url, max(kills // 6, 1)))
        with postgresql.empty_database() as url, site(folder / "two", url) as server:
            killed = Run(server, url, postgresql.kill, postgresql.start).go(max(kills // 15, 1))
            tell("PostgreSQL itself", killed)
        tell("the server, on SQLite", kill_the_server(folder / "three", f"sqlite:///{folder}/screening.sqlite", kills))
    sys.exit(not all(report.is_good for report in reports))


if __name__ == "__main__":
    main()
