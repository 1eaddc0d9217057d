"""Headers of every response."""

from __future__ import annotations

import pytest
from flask import Flask, redirect

from screening.app import create_app
from screening.web.headers import HEADERS
from tests.support.settings import TestConfig


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


@pytest.mark.parametrize(
    ("hops", "host", "forwarded", "status"),
    [
        (0, "clinic.test", None, 200),
        (0, "elsewhere.test", "clinic.test", 400),
        # A proxy that sends its upstream's name as Host, and the real host only in a header of its own.
        (1, "127.0.0.1:8000", "clinic.test", 200),
        # The client's values come before the proxy's, in one header or in two, which form one list.
        (1, "127.0.0.1:8000", "elsewhere.test, clinic.test", 200),
        (1, "127.0.0.1:8000", "clinic.test, elsewhere.test", 400),
        # A proxy that passes on the client's value: an untrusted name is still refused.
        (1, "clinic.test", "elsewhere.test", 400),
        (1, "clinic.test", "clinic.test:port", 400),
        (2, "clinic.test", "elsewhere.test", 200),
        (1, "elsewhere.test", None, 400),
    ],
)
def test_the_name_is_checked_as_our_own_proxies_tell_it(hops: int, host: str, forwarded: str, status: int) -> None:
    client = create_app(TestConfig(trusted_hosts=("clinic.test",), proxy_hops=hops)).test_client()
    headers = {"Host": host} | ({"X-Forwarded-Host": forwarded} if forwarded else {})
    assert client.get("/", headers=headers).status_code == status


@pytest.mark.parametrize("host", ["10.1.2.3:8720", "[2001:db8::1]:8720", "elsewhere.test", "not a name!", ""])
def test_probes_work_under_any_name_and_nothing_else_does(host: str) -> None:
    site = TestConfig(trusted_hosts=("clinic.test",), metrics_token="for the collector", proxy_hops=1)
    client = create_app(site).test_client()
    sent = {"Authorization": "Bearer for the collector", "Host": host}

    def status(path: str) -> int:
        with client.get(path, headers=sent) as answer:
            return answer.status_code

    assert status("/healthz/live") == status("/metrics") == 200
    assert status("/healthz/ready") in (200, 503)
    for path in ("/", "/help", "/staff/sign-in", "/robots.txt", "/static/none", "/healthzzz", "/metricsx", "/nowhere"):
        assert status(path) == 400, path


@pytest.mark.parametrize("name", ["X-Forwarded-Prefix", "X-Script-Name", "Script-Name", "X-Forwarded-Path"])
def test_a_prefix_that_a_proxy_tells_changes_nothing(name: str) -> None:
    client = create_app(TestConfig(proxy_hops=1)).test_client()
    for path in ("/", "/reflection", "/reflection/check", "/staff/", "/leave", "/nowhere"):
        plain, prefixed = client.get(path), client.get(path, headers={name: "/clinic"})
        assert (plain.status_code, plain.location) == (prefixed.status_code, prefixed.location)
        assert "/clinic" not in prefixed.text + str(prefixed.headers)


def test_a_prefix_under_which_a_server_mounts_the_site_is_in_no_address(app: Flask) -> None:
    mounted = {"SCRIPT_NAME": "/clinic"}
    assert app.test_client().get("/reflection/check", environ_overrides=mounted).location == "/reflection/"
    assert "/clinic" not in app.test_client().get("/", environ_overrides=mounted).text


@pytest.mark.parametrize("scheme", ["http", "HTTP", "https", "https, http", "ws", "javascript", "http://x", ""])
def test_a_scheme_that_a_proxy_tells_keeps_nobody_out(scheme: str) -> None:
    for is_production in (False, True):
        site = TestConfig(proxy_hops=1, is_production=is_production, trusted_hosts=("localhost",))
        client = create_app(site).test_client()
        assert client.get("/help", headers={"X-Forwarded-Proto": scheme}).status_code == 200
        assert client.get("/staff", headers={"X-Forwarded-Proto": scheme}).location == "/staff/"


def test_a_redirect_to_ourselves_cannot_become_one_to_another_host() -> None:
    app = create_app(TestConfig())
    app.add_url_rule("/away", "away", lambda: redirect("http://localhost//elsewhere.test/?a=//b#c"))
    assert app.test_client().get("/away").location == "/elsewhere.test/?a=//b#c"
