"""`doctor` asks how its request arrived. Nobody else learns it."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient

from screening.app import create_app
from screening.web.proxy_check import RECEIVED_IN, SEEN, doctor_token
from tests.support.settings import TestConfig


@pytest.fixture
def client() -> FlaskClient:
    return create_app(TestConfig(proxy_hops=1, trusted_hosts=("clinic.test",))).test_client()


def bearer(ago: int = 0, key: str = TestConfig.form_key) -> dict[str, str]:
    return {"Authorization": f"Bearer {doctor_token(key, ago)}"}


def test_it_says_what_the_site_sees_of_the_request(client: FlaskClient) -> None:
    headers = bearer() | {"X-Forwarded-For": "203.0.113.9, 2001:db8::1", "X-Forwarded-Proto": "https"}
    answer = client.post(SEEN, headers=headers, environ_overrides={RECEIVED_IN: 1.5})
    assert answer.json == {
        "host": "localhost",
        "network": "2001:db8::/64",
        "scheme": "https",
        "received_in": 1.5,
        "settings": TestConfig(proxy_hops=1, trusted_hosts=("clinic.test",)).fingerprint(),
    }
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("headers", [{}, bearer(key="guessed"), bearer(2), {"Authorization": "Bearer "}])
def test_without_the_token_of_this_minute_there_is_no_such_page(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post(SEEN, headers=headers).status_code == 404


def test_a_token_works_for_the_next_minute_too(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    headers = bearer()
    for later, status in ((60, 200), (120, 404)):
        monkeypatch.setattr("screening.web.proxy_check.time.time", lambda later=later: now + later)
        assert client.post(SEEN, headers=headers).status_code == status
