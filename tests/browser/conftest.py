"""Fixtures of the browser tests: the real server, Debian's Chromium, and patients with devices of all kinds."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from config import make_secrets
from tests.browser import exit_page
from tests.browser.clinic import Clinic
from tests.browser.exit_page import ExitPage
from tests.browser.patient import Device, Patient
from tests.support.server import Server, served
from tests.support.settings import TestConfig

FONTS = Path(__file__).parent / "fonts.conf"
LONG_WORDS = Path(__file__).parents[1] / "questionnaires" / "long-words"
PHONE = Device(360, 740, is_touched=True)
DESK = Device(1280, 900)
DEVICES = (PHONE, replace(PHONE, has_scripts=False), DESK, replace(DESK, has_scripts=False))

QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The real server, with its own instance folder."""
    yield from running(
        tmp_path_factory.mktemp("instance"), WORKERS="2", SITE_ADDRESS="https://screening.clinic.example/"
    )


@pytest.fixture(scope="session")
def busy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two questionnaires, one of them of long words, and confirmed support lines."""
    questions = tmp_path_factory.mktemp("busy") / "questions"
    shutil.copytree(TestConfig.questions, questions)
    shutil.copytree(LONG_WORDS, questions / LONG_WORDS.name)
    confirmed = datetime.now(UTC).date().isoformat()
    yield from running(tmp_path_factory.mktemp("instance"), QUESTIONS=str(questions), SUPPORT_CONFIRMED=confirmed)


def running(instance: Path, **environment: str) -> Iterator[Server]:
    """Run a server for the block, and fail if it logs an error."""
    make_secrets(instance)
    environment |= {"EXIT_PAGE": exit_page.ADDRESS, "SHARES_PER_HOUR": "1000"}
    with served(instance, False, "tests.browser.noted", **environment) as server:
        yield server
    assert "ERROR" not in server.output, server.output


@pytest.fixture(scope="session")
def clinics(server: Server, busy_server: Server) -> Mapping[bool, Clinic]:
    """The twins of both servers: whether it is the busy one -> clinic."""
    return {False: Clinic(server), True: Clinic(busy_server)}


@pytest.fixture(scope="session")
def site(server: Server) -> str:
    """The origin of the real server."""
    return server.address


@pytest.fixture(scope="session")
def exit_server(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExitPage]:
    with exit_page.served(tmp_path_factory.mktemp("exit"), f"{server.address}/leave") as exit_page_server:
        yield exit_page_server


@pytest.fixture
def exit_requests(exit_server: ExitPage) -> list[dict[str, str]]:
    """The headers of each request to the exit page during a test."""
    exit_server.requests.clear()
    return exit_server.requests


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(exit_server: ExitPage) -> dict[str, Any]:
    """Chromium's launch options: Debian's, without access to other machines.

    The headless shell is the same engine without Chromium's own windows, which cost much CPU time.
    """
    nowhere = f"MAP {exit_page.NAME} 127.0.0.1:{exit_server.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    return {
        "executable_path": shutil.which("chromium-headless-shell"),
        "env": os.environ | {"FONTCONFIG_FILE": str(FONTS)},
        "args": [*QUIET, f"--host-resolver-rules={nowhere}"],
        # Playwright disables the back/forward cache, which patients' browsers have.
        "ignore_default_args": ["--disable-back-forward-cache"],
    }


@pytest.fixture(scope="session")
def browser(playwright: Playwright, chromium: dict[str, Any]) -> Iterator[Browser]:
    with playwright.chromium.launch(**chromium) as launched:
        yield launched


@pytest.fixture(scope="session")
def opened(browser: Browser) -> Iterator[Callable[[Device], BrowserContext]]:
    """One open window for each kind of device, since opening one takes longer than many a test."""
    with ExitStack() as windows:
        yield cache(lambda device: windows.enter_context(browser.new_context(**_settings(device))))


@pytest.fixture
def meet(site: str, opened: Callable[[Device], BrowserContext]) -> Iterator[Callable[[Device], Patient]]:
    """Return a patient with a device. After the test, their pages must have caused no trouble."""
    with ExitStack() as partings:
        yield lambda device: partings.enter_context(Patient(opened(device), site))


@pytest.fixture
def without_cookies(site: str, playwright: Playwright, chromium: dict[str, Any], tmp_path: Path) -> Iterator[Patient]:
    """A patient with a phone whose browser blocks cookies, which is a setting of the whole browser."""
    (tmp_path / "Default").mkdir()
    settings = {"profile": {"default_content_setting_values": {"cookies": 2}}}
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(settings))
    # The headless shell knows no such setting.
    whole = chromium | {"executable_path": shutil.which("chromium")}
    with (
        playwright.chromium.launch_persistent_context(tmp_path, **whole, **_settings(PHONE)) as context,
        Patient(context, site) as patient,
    ):
        yield patient


@pytest.fixture
def patient(meet: Callable[[Device], Patient]) -> Patient:
    """A patient with a phone."""
    return meet(PHONE)


def draft_of(clinic: Clinic, *triggers: str) -> str:
    """The draft of someone who asked for themselves, noticed these triggers, tried therapy and skipped the rest."""
    answers = {
        "asking-for": ("myself",),
        "interests": ("cravings", "mood"),
        "triggers": triggers,
        "tried": ("talking-therapy",),
    }
    return clinic.sealed(clinic.draft("reflection", lambda asked: answers.get(asked.id, ())))


@pytest.fixture(scope="session")
def finished(clinics: Mapping[bool, Clinic]) -> str:
    return draft_of(clinics[False], "stress", "thoughts")


@pytest.fixture
def unshared(clinics: Mapping[bool, Clinic]) -> str:
    """Add a fresh code, so that no test meets what another one shared."""
    return draft_of(clinics[False], "stress")


# What a phone can do, a desk can too.
@pytest.fixture(params=[*DEVICES[:2], *(pytest.param(desk, marks=pytest.mark.long) for desk in DEVICES[2:])], ids=str)
def anyone(request: pytest.FixtureRequest, meet: Callable[[Device], Patient]) -> Patient:
    """A patient with a phone or at a desk, with or without scripts."""
    return meet(request.param)


@pytest.fixture(params=DEVICES[:2], ids=str)
def with_or_without_scripts(request: pytest.FixtureRequest, meet: Callable[[Device], Patient]) -> Patient:
    """A patient with a phone, with or without scripts."""
    return meet(request.param)


def _settings(device: Device) -> dict[str, Any]:
    return {
        "viewport": {"width": device.width, "height": device.height},
        "has_touch": device.is_touched,
        "java_script_enabled": device.has_scripts,
        "ignore_https_errors": True,
        # Otherwise the tests would wait for smooth scrolling.
        "reduced_motion": "reduce",
    }
