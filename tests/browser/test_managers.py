"""How somebody comes in by a manager's link, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from passlib.totp import TOTP
from playwright.sync_api import BrowserContext

from config import make_secrets
from tests.browser.conftest import DESK
from tests.browser.patient import Device, Patient
from tests.browser.test_desk import PASSWORD, fill, sign_in_for_the_first_time
from tests.server import Server, flask, served

TABLET = Device(820, 1180, is_touched=True)
NURSE = "nurse@clinic.example"


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Server]:
    """A server of its own, with made-up submissions."""
    make_secrets(tmp_path)
    with served(tmp_path) as server:
        assert flask(tmp_path, "demo")[0] == 0
        yield server


def reads_well(staff: Patient) -> None:
    """Fail unless axe finds nothing on the page, in light and dark, and it does not scroll sideways."""
    for scheme in ("dark", "light"):
        staff.page.emulate_media(color_scheme=scheme)
        assert Axe().run(staff.page).response["violations"] == [], (staff.path, scheme)
    assert staff.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), staff.path


def begin(nurse: Patient, link: str) -> None:
    """Open a link: what it holds leaves the address bar for the form."""
    place, _, held = link.partition("#")
    nurse.page.goto(link)
    nurse.page.wait_for_url(place)
    assert nurse.page.locator("#link").input_value() == held
    reads_well(nurse)
    nurse.press("Begin")
    assert not [one for one in nurse.requested if held in one]


def set_up(nurse: Patient) -> None:
    """Authenticator, password, recovery codes."""
    nurse.press("Show the picture for my app")
    fill(nurse, code=TOTP(nurse.page.locator("code").inner_text()).generate().token).press("Continue")
    fill(nurse, new_password=PASSWORD, new_password_confirm=PASSWORD).press("Keep it")
    nurse.press("Make recovery codes").follow("I have them. Continue")


def test_without_scripts_the_whole_link_is_pasted(clinic: Server, opened: Callable[[Device], BrowserContext]) -> None:
    with (
        Patient(opened(replace(DESK, height=1001)), clinic.address) as manager,
        Patient(opened(replace(TABLET, has_scripts=False)), clinic.address) as nurse,
    ):
        (one_time,) = re.findall(r"one-time password:\s+(\S+)", flask(clinic.instance, "staff", "first")[1])
        sign_in_for_the_first_time(manager, "manager@localhost", one_time)
        manager.open("/staff/accounts/invite")
        fill(manager, email=NURSE, password=PASSWORD).press("Make the link")
        link = manager.page.locator(".link code").inner_text()
        nurse.page.goto(link)
        fill(nurse, link=link).press("Begin")
        assert nurse.heading == "Set up your authenticator"
