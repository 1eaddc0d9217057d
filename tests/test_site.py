"""The site: frozen, typed, and one for each application in a process."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
from flask import Flask

from screening.app import create_app
from screening.site import Site, site, site_of
from tests.support.settings import TestConfig
from tests.support.site_changes import change_site, temporary_site

ROOT = Path(__file__).parent.parent
# Fields that change while a site runs.
OWN_OBJECTS = ("memory", "limits", "metrics", "readiness", "attempts", "signed_tokens", "quality")


@pytest.fixture(scope="module")
def two() -> tuple[Flask, Flask]:
    """Two applications in one process, which retain submissions for 7 and for 500 days."""
    return create_app(TestConfig(retention_days=7)), create_app(TestConfig(retention_days=500))


def test_two_applications_in_one_process_do_not_affect_each_other(two: tuple[Flask, Flask]) -> None:
    for app, days, others in ((two[0], 7, 500), (two[1], 500, 7), (two[0], 7, 500)):
        with app.app_context():
            assert site().retention_days == days
        told = app.test_client().get("/privacy").text
        assert f"For {days} days from the Monday" in told
        assert f"For {others} days from the Monday" not in told
    with temporary_site(two[0], retention_days=8):
        assert [site_of(app).retention_days for app in two] == [8, 500]
    assert [site_of(app).retention_days for app in two] == [7, 500]


@pytest.mark.parametrize("name", OWN_OBJECTS)
def test_what_counts_and_remembers_is_each_applications_own(two: tuple[Flask, Flask], name: str) -> None:
    one, other = (getattr(site_of(app), name) for app in two)
    assert one is not other


def test_a_token_that_one_application_signed_is_not_anothers() -> None:
    signed = []
    for key in ("one", "other"):
        app = create_app(TestConfig(form_key=key))
        with app.test_request_context("/"):
            signed.append(site().signed_tokens.of("the same"))
    assert signed[0] != signed[1]


def test_the_site_of_the_current_application_is_that_of_the_application(app: Flask) -> None:
    with app.app_context():
        assert site() is site_of(app)
    with pytest.raises(RuntimeError):
        site()


def test_nothing_of_a_site_can_be_set(app: Flask) -> None:
    for one in fields(Site):
        with pytest.raises(FrozenInstanceError):
            setattr(site_of(app), one.name, None)


def test_a_site_that_is_printed_tells_no_secret() -> None:
    app = create_app(replace(TestConfig(), metrics_token="the token"))
    told = repr(site_of(app))
    assert "retention_days=90" in told
    for secret in (*TestConfig.code_keys, TestConfig.audit_key, "the token"):
        assert secret not in told


def test_a_changed_site_is_that_application_alone(two: tuple[Flask, Flask]) -> None:
    app = create_app(TestConfig())
    change_site(app, exit_page="https://elsewhere.test/")
    assert app.test_client().get("/privacy").status_code == 200
    assert site_of(app).exit_page == "https://elsewhere.test/"
    assert {site_of(one).exit_page for one in two} == {TestConfig.exit_page}


def test_the_module_of_the_site_loads_no_other_of_the_application() -> None:
    loaded = "import sys, screening.site; print(*sorted(n for n in sys.modules if n.startswith('screening')))"
    output = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert output.stdout.split() == ["screening", "screening.site"]


def test_one_function_reads_our_key_and_one_reads_flask_securitys() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "screening").rglob("*.py"))
        for line in path.read_text().splitlines()
        if "extensions[" in line
    ]
    assert found == ["screening/site.py", "screening/staff/auth/library.py"]
