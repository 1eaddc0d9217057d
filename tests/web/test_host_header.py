"""The site's host names: each accepted form of TRUSTED_HOSTS, and each form of a request's Host."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Config, ConfigError, make_secrets
from screening.app import create_app
from tests.support.settings import TestConfig

FORMS = [
    ("clinic.example", "clinic.example"),
    ("Clinic.Example", "clinic.example"),
    ("clinic.example:8443", "clinic.example"),
    ("https://clinic.example", "clinic.example"),
    ("HTTP://Clinic.Example:8000/", "clinic.example"),
    ("clinic.example.", "clinic.example"),
    ("clinic.example/", "clinic.example"),
    ("Klinik-Müller.example", "xn--klinik-mller-klb.example"),
    (".clinic.example", "desk.clinic.example"),
    ("*.clinic.example", "desk.clinic.example"),
    ("192.0.2.7", "192.0.2.7"),
    ("192.0.2.7:8000", "192.0.2.7"),
    ("localhost", "localhost"),
    ("other.example, CLINIC.example  third.example", "clinic.example"),
]
REFUSED = [
    "::1",
    "[::1]",
    "[2001:db8::1]:8000",
    "https://clinic.example/questions",
    "clinic_1.example",
    "*",
    "*.",
    "clinic..example",
    "clinic.example:http",
    "user@clinic.example",
    '"clinic.example"',
    "clinic.example;other.example",
    "x" * 64 + ".example",
]


def read(tmp_path: Path, **environment: str) -> Config:
    make_secrets(tmp_path)
    return Config.from_environment({"INSTANCE": str(tmp_path), **environment})


@pytest.mark.parametrize(("written", "name"), FORMS)
def test_a_browser_reaches_the_site_in_each_form_of_its_name(tmp_path: Path, written: str, name: str) -> None:
    hosts = read(tmp_path, TRUSTED_HOSTS=written).trusted_hosts
    client = create_app(TestConfig(trusted_hosts=hosts)).test_client()
    for host in (name, name.upper(), name.title(), f"{name}:8000", f"{name.upper()}:443", f"{name}.", f"{name}.:8000"):
        assert client.get("/help", headers={"Host": host}).status_code == 200, host
    for host in ("evil.example", "evil-clinic.example", f"{name}.evil.example", f"{name}@evil.example", "[::1]"):
        assert client.get("/help", headers={"Host": host}).status_code == 400, host


@pytest.mark.parametrize("written", REFUSED)
def test_a_name_that_no_request_could_match_is_refused_at_the_start(tmp_path: Path, written: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, TRUSTED_HOSTS=f"clinic.example {written}")
    [told] = str(error.value).splitlines()
    assert told.startswith(f'TRUSTED_HOSTS has "{written}". ')
    assert "rite " in told, "it says what to write"


def test_names_that_are_only_separators_are_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TRUSTED_HOSTS is not set"):
        read(tmp_path, TRUSTED_HOSTS=" , ", PRODUCTION="1", COUNTRY="US")


def test_behind_a_proxy_the_forwarded_name_may_have_each_form_too() -> None:
    client = create_app(TestConfig(trusted_hosts=("clinic.example",), proxy_hops=1)).test_client()
    for host in ("Clinic.Example", "clinic.example.", "CLINIC.EXAMPLE:443"):
        assert client.get("/help", headers={"X-Forwarded-Host": host}).status_code == 200
