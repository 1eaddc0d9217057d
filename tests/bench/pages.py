"""The cost of the long pages of a journey relative to a question's page, compressed and padded as browsers get them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flask.testing import FlaskClient

from config import ROOT, make_secrets
from tests.bench.journey import KEEP_GOING, cpu, served, tenth

AS_BROWSERS_DO = {"Accept-Encoding": "gzip, deflate, br"}
LONG = ("summary", "check", "first")


class Pages(NamedTuple):
    """CPU time of each long page divided by a question's, and the bytes of the first page over the wire."""

    ratios: dict[str, float]
    first_page: int


def measure_pages(folder: Path, times: int, language: str = "en") -> Pages:
    """Answer every question with its first option, then request the long pages and a question in turn."""
    with served(folder) as app:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = f"{language}-US,{language};q=0.9"
        slug, question = _walk(client)
        places = {"question": question, **{name: f"{slug}{name}" for name in LONG}}
        taken: dict[str, list[float]] = {name: [] for name in places}
        for _ in range(times):
            for name, address in places.items():
                taken[name].append(cpu(_asking(client, address)))
        costs = {name: tenth(several) for name, several in taken.items()}
        new = app.test_client()
        bytes_sent = sum(len(new.get(address, headers=AS_BROWSERS_DO).data) for address in _first_page(new))
    return Pages({name: costs[name] / costs["question"] for name in LONG}, bytes_sent)


def seconds_to_check() -> float:
    """Measure CPU seconds of `flask questions check` on the real files, in its own process."""
    command = [str(Path(sys.executable).parent / "flask"), "--app", "wsgi", "questions", "check"]
    before = _children()
    with TemporaryDirectory() as instance:
        make_secrets(Path(instance))
        subprocess.run(command, cwd=ROOT, env=os.environ | {"INSTANCE": instance}, check=True, capture_output=True)
    return _children() - before


def _children() -> float:
    spent = getrusage(RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _asking(client: FlaskClient, address: str) -> Callable[[], object]:
    def ask() -> None:
        assert client.get(address, headers=AS_BROWSERS_DO).status_code == HTTPStatus.OK, address

    return ask


def _first_page(client: FlaskClient) -> list[str]:
    """Fetch the start page and what it needs before it is shown."""
    page = client.get("/").text
    return ["/", *re.findall(r'(?:src|rel="stylesheet" href)="([^"]+)"', page)]


def _walk(client: FlaskClient) -> tuple[str, str]:
    """Answer every question; return the base path of the journey's pages, and the address of its last question."""
    start = client.get("/").text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', start)[0]
    slug = re.findall(r'<form method="post" action="([^"]+)"', start)[0]
    address = question = client.post(slug, data={"csrf_token": token}).location
    while not address.endswith("/check"):
        page = client.get(address).text
        if address.endswith("/pause"):
            address = re.findall(KEEP_GOING, page)[1]
            continue
        data = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]+)"', page))
        data["choice"] = re.findall(r'name="choice" value="([^"]+)"', page)[0]
        question, address = address, client.post(address, data=data).location
    return slug, question
