"""The cost of a page, as a ratio to a bare Flask route in the same run, since only the ratio is comparable.

One bench journey is 24 questions, each read and answered, and one press of Share, interleaved with as many calls of a
route that returns 6 KB of text. All figures are CPU time, 10th percentile.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from config import ROOT
from screening.app import create_app
from screening.site import site_of
from screening.storage import questionnaire_versions
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from tests.support.settings import TestConfig

FIXTURE = Path(__file__).parent.parent / "questionnaires" / "twenty-four"
TEXT = "a" * 6144
# The second link of the pause continues the questions.
KEEP_GOING = r'class="button" href="([^"]+)"'


@dataclass(frozen=True)
class Ratios:
    """The cost of each kind of request, divided by the bare route, and the number of questions in the journey."""

    get: float
    post: float
    share: float
    questions: int

    @property
    def requests(self) -> int:
        return 2 * self.questions + 1

    @property
    def journey(self) -> float:
        """All requests of a journey, divided by as many calls of the bare route."""
        return (self.questions * (self.get + self.post) + self.share) / self.requests


def bare_client() -> FlaskClient:
    """Return a client of a Flask application with only a bare route."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: TEXT)
    return app.test_client()


@contextmanager
def served(folder: Path) -> Iterator[Flask]:
    """Run the product with the questionnaire of one folder, on an upgraded SQLite in a temporary folder."""
    with TemporaryDirectory() as temporary:
        place = Path(temporary)
        for name in ("support.yaml", "es.yaml", "wording.yaml"):
            (place / name).symlink_to(ROOT / "questions" / name)
        (place / folder.name).symlink_to(folder)
        url = f"sqlite:///{place / 'screening.sqlite'}"
        app = create_app(TestConfig(questions=place, database_url=url, shares_per_hour=1_000_000))
        with app.app_context():
            migrations().upgrade()
            questionnaire_versions.store_version(db.session, site_of(app).questionnaires[0], datetime.now(UTC).date())
        yield app
        with app.app_context():
            db.engine.dispose()


def cpu(call: Callable[[], object]) -> float:
    """Return the CPU seconds of one call."""
    begun = time.process_time()
    call()
    return time.process_time() - begun


class Measured:
    """The product and a bare application, called in turn."""

    def __init__(self, product: FlaskClient) -> None:
        self.product = product
        self.bare = bare_client()
        self.times: dict[str, list[float]] = {}
        self.questions = 0

    def journey(self) -> None:
        """Walk once from the first question to the check page, answer each with its first option, and share."""
        self.product.delete_cookie("draft")
        start = self.product.get("/").text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', start)[0]
        slug = re.findall(r'<form method="post" action="([^"]+)"', start)[0]
        address = self.product.post(slug, data={"csrf_token": token}).location
        self.questions = 0
        while not address.endswith("/check"):
            if address.endswith("/pause"):
                address = re.findall(KEEP_GOING, self.product.get(address).text)[1]
                continue
            address = self._question(address)
            self.questions += 1
        self._share(f"{slug}share")

    def ratios(self) -> Ratios:
        """Return the measurements, divided by the bare route."""
        bare = tenth(self.times["bare"])
        get, post, share = (tenth(self.times[kind]) / bare for kind in ("get", "post", "share"))
        return Ratios(get, post, share, self.questions)

    def _question(self, address: str) -> str:
        page = self._measure("get", lambda: self.product.get(address).text)
        data = _hidden(page)
        data["choice"] = re.findall(r'name="choice" value="([^"]+)"', page)[0]
        return self._measure("post", lambda: self.product.post(address, data=data).location)

    def _share(self, address: str) -> None:
        data = _hidden(self.product.get(address).text)
        self._measure("share", lambda: self.product.post(address, data=data).location)
        assert 'class="code"' in self.product.get(address).text

    def _measure(self, kind: str, call: Callable[[], str]) -> str:
        came = ""

        def ask() -> None:
            nonlocal came
            came = call()

        self.times.setdefault("bare", []).append(cpu(lambda: self.bare.get("/")))
        self.times.setdefault(kind, []).append(cpu(ask))
        return came


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))


def tenth(times: list[float]) -> float:
    """Return the 10th percentile."""
    return statistics.quantiles(times, n=10)[0]


def measure(folder: Path, journeys: int, language: str = "en") -> Ratios:
    """Measure this many journeys, for a browser that asks for this language."""
    with served(folder) as app:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = f"{language}-US,{language};q=0.9"
        measured = Measured(client)
        measured.journey()
        measured.times.clear()
        for _ in range(journeys):
            measured.journey()
    return measured.ratios()
