"""Headers of every answer."""

from __future__ import annotations

import pytest
from flask import Flask

from config import TestConfig
from screening.app import create_app
from screening.web.headers import HEADERS


@pytest.mark.parametrize("path", ["/", "/help", "/nowhere", "/leave", "/static/screening.css", "/healthz/live"])
def test_every_answer_carries_them(app: Flask, path: str) -> None:
    with app.test_client().get(path) as answer:
        for name, value in HEADERS.items():
            assert answer.headers.getlist(name) == [value]


def test_nothing_is_kept_in_a_cache_but_static_files(app: Flask) -> None:
    client = app.test_client()
    for path in ("/", "/reflection/topics", "/help", "/nowhere", "/robots.txt", "/reflection/1"):
        assert client.get(path).headers.getlist("Cache-Control") == ["no-store"]
    named = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    with client.get(named) as static:
        assert "max-age=31536000" in static.headers["Cache-Control"]


def test_under_https_browsers_are_told_to_stay_there() -> None:
    app = create_app(TestConfig(is_production=True, trusted_hosts=("clinic.test",)))
    answer = app.test_client().get("/", base_url="https://clinic.test")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_proxies_are_believed_only_when_configured() -> None:
    forwarded = {"X-Forwarded-Host": "clinic.test", "X-Forwarded-Proto": "https"}
    trusted = TestConfig(trusted_hosts=("clinic.test",))
    assert create_app(trusted).test_client().get("/", headers=forwarded).status_code == 400
    behind = TestConfig(trusted_hosts=("clinic.test",), proxy_hops=1)
    assert create_app(behind).test_client().get("/", headers=forwarded).status_code == 200
