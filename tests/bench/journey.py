"""How much a page costs, as a ratio to a bare Flask route of the same run: the only figure that means anything here.

One bench journey is 24 questions, each read and answered, interleaved with as many calls of a route that returns
6 KB of text. Both figures are CPU time, 10th percentile.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from config import ROOT, TestConfig
from screening.app import create_app

FIXTURE = Path(__file__).parent.parent / "questionnaires" / "twenty-four"
MUST = 6.0
MUST_GET = 3.0
TEXT = "a" * 6144


def bare_client() -> FlaskClient:
    """A Flask application that does nothing but answer."""
    app = Flask("bare")
    app.add_url_rule("/", view_func=lambda: TEXT)
    return app.test_client()


def served(folder: Path, place: Path) -> FlaskClient:
    """The product, serving the questionnaire of one folder."""
    for name in ("support.yaml", "wording.yaml"):
        (place / name).symlink_to(ROOT / "questions" / name)
    (place / folder.name).symlink_to(folder)
    return create_app(TestConfig(questions=place)).test_client()


def cpu(call: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    begun = time.process_time()
    call()
    return time.process_time() - begun


class Measured:
    """One product and one bare application, called in turn."""

    def __init__(self, product: FlaskClient) -> None:
        self.product = product
        self.bare = bare_client()
        self.gets: list[float] = []
        self.posts: list[float] = []
        self.bares: list[float] = []

    def journey(self) -> None:
        """Walk once from the first question to the check page, answering each with its first option."""
        start = self.product.get("/").text
        token = re.findall(r'name="csrf_token" value="([^"]+)"', start)[0]
        slug = re.findall(r'<form method="post" action="([^"]+)"', start)[0]
        address = self.product.post(slug, data={"csrf_token": token}).location
        while not address.endswith("/check"):
            if address.endswith("/pause"):
                address = re.findall(r'class="button main" href="([^"]+)"', self.product.get(address).text)[0]
                continue
            address = self._question(address)

    def _question(self, address: str) -> str:
        page = ""

        def read() -> None:
            nonlocal page
            page = self.product.get(address).text

        self.bares.append(cpu(lambda: self.bare.get("/")))
        self.gets.append(cpu(read))
        data = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
        data["choice"] = re.findall(r'name="choice" value="([^"]+)"', page)[0]
        location = ""

        def answer() -> None:
            nonlocal location
            location = self.product.post(address, data=data).location

        self.bares.append(cpu(lambda: self.bare.get("/")))
        self.posts.append(cpu(answer))
        return location

    def ratios(self) -> tuple[float, float, float]:
        """All requests, GETs and POSTs, each divided by the bare route."""
        bare = tenth(self.bares)
        get, post = tenth(self.gets) / bare, tenth(self.posts) / bare
        return (get + post) / 2, get, post


def tenth(times: list[float]) -> float:
    """The 10th percentile."""
    return statistics.quantiles(times, n=10)[0]


def measure(folder: Path, journeys: int) -> tuple[float, float, float]:
    """The ratios of a questionnaire over so many journeys."""
    with TemporaryDirectory() as place:
        measured = Measured(served(folder, Path(place)))
        measured.journey()
        for times in (measured.gets, measured.posts, measured.bares):
            times.clear()
        for _ in range(journeys):
            measured.journey()
    return measured.ratios()


def main() -> None:
    """Print the ratios; fail when the journey is slower than it must be."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--journeys", type=int, default=60)
    journeys = parser.parse_args().journeys
    journey, get, post = measure(FIXTURE, journeys)
    print(f"bench journey / bare: {journey:.2f}, must be {MUST:.1f} or less")
    print(f"  a question's GET / bare: {get:.2f}, must be {MUST_GET:.1f} or less; its POST / bare: {post:.2f}")
    is_fast = journey <= MUST and get <= MUST_GET
    journey, get, post = measure(ROOT / "questions" / "ketamine-therapy", journeys)
    print(f"real questionnaire, a request / bare: {journey:.2f} (GET {get:.2f}, POST {post:.2f})")
    sys.exit(not is_fast)


if __name__ == "__main__":
    main()
