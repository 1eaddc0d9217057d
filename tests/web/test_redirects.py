"""Redirects are relative: behind a proxy, neither scheme nor host may be what the site sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from screening.authoring.loader import Collection
from tests.conftest import opened
from tests.staff.auth.test_access import filled
from tests.support.settings import TestConfig
from tests.support.sharing_patient import Sharer
from tests.support.staff_client import ONE_TIME, Staff

PROXIED = replace(TestConfig(), proxy_hops=1)
# Ends the session that the other routes need.
LAST = "staff.sign_out"
RESPELLED = "a route, its slashes respelled"
# Endpoints whose redirects each kind of browser must see.
REDIRECTS = {
    "visitor": {
        RESPELLED,
        "leave_and_keep.leave",
        "leave_and_keep.keep",
        "journey.check",
        "code.show_record",
        "sharing.share",
    },
    "patient": {"leave_and_keep.leave", "journey.start", "journey.answer", "later.save", "returning.resume"},
    "newcomer": {"security.two_factor_token_validation", "security.mf_recovery", "staff.home", "staff.sign_out"},
    "manager": {"security.login", "security.two_factor_setup", "staff.open_link", "staff.purge", "staff.sign_out"},
}


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Flask]:
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}", PROXIED)


def browser(who: str, app: Flask, collection: Collection) -> FlaskClient:
    """The browser of a visitor, or of someone further along."""
    if who == "visitor":
        return app.test_client()
    if who == "patient":
        patient = Sharer(app, collection)
        patient.finish()
        return patient.client
    staff = Staff(app)
    if who == "newcomer":
        staff.begin()
        staff.enter(ONE_TIME)
    else:
        staff.sign_in("manager")
    return staff.client


@pytest.mark.parametrize("who", REDIRECTS)
def test_no_redirect_of_any_route_names_a_scheme_or_a_host(clinic: Flask, collection: Collection, who: str) -> None:
    client = browser(who, clinic, collection)
    client.environ_base["HTTP_X_FORWARDED_HOST"] = "clinic.test"
    # No form is filled in, so no CSRF token is needed.
    clinic.config["WTF_CSRF_ENABLED"] = False
    seen = set()
    for endpoint, place, body in redirects(clinic, client):
        if place != PROXIED.exit_page:
            assert place[0] == "/" != place[1:2], (endpoint, place)
            assert "http://" not in body, endpoint
        seen.add(endpoint)
    assert seen >= REDIRECTS[who]


def redirects(app: Flask, client: FlaskClient) -> Iterator[tuple[str, str, str]]:
    """Request every route with the same cookies; yield endpoint, Location and body of each redirect.

    A visitor also requests other spellings of each path, which are redirected before authentication.
    """
    cookies = {name: cookie.value for name in ("draft", "staff") if (cookie := client.get_cookie(name))}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint == LAST):
        path = filled(rule.rule).replace("<questionnaire:questionnaire>", "reflection").replace("<name>", "none")
        for address in (path, *(() if cookies else spellings(path))):
            for method in ("GET", "POST"):
                for name, value in cookies.items():
                    client.set_cookie(name, value)
                with client.open(address, method=method) as answer:
                    if answer.location:
                        yield (
                            rule.endpoint if address == path else RESPELLED,
                            answer.location,
                            answer.get_data(as_text=True),
                        )


def spellings(path: str) -> tuple[str, ...]:
    bare = path.rstrip("/")
    return f"{bare}/", bare or "/", path.replace("/", "//")[1:], f"{path}?language=es", f"{path}?next=//evil.test"
