"""Setting up an account by a manager's link, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal

from passlib.totp import TOTP

from screening.storage.accounts import MANAGER
from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK
from tests.browser.looking import axe
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff
from tests.browser.test_desk import PASSWORD, fill
from tests.support.staff_client import PASSWORD as STAFF_PASSWORD

TABLET = Device(820, 1180, is_touched=True)
NURSE = "nurse@clinic.example"
SCHEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")


def reads_well(staff: Patient) -> None:
    """Fail if axe finds anything on the page in light or dark mode, or if it scrolls sideways."""
    for scheme in SCHEMES:
        staff.page.emulate_media(color_scheme=scheme)
        assert axe(staff.page) == [], (staff.path, scheme)
    assert staff.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), staff.path


def begin(nurse: Patient, link: str) -> None:
    """Open a link: its secret moves from the address bar into the form."""
    place, _, held = link.partition("#")
    nurse.page.goto(link)
    nurse.page.wait_for_url(place)
    assert nurse.page.locator("#link").input_value() == held
    reads_well(nurse)
    nurse.press("Start")
    assert not [one for one in nurse.requested if held in one]


def set_up(nurse: Patient) -> None:
    """Set up authenticator, password and recovery codes."""
    nurse.press("Show the QR code")
    fill(nurse, code=TOTP(nurse.page.locator("code").inner_text()).generate().token).press("Continue")
    fill(nurse, new_password=PASSWORD, new_password_confirm=PASSWORD).press("Save password")
    nurse.press("Create recovery codes").follow("I have them. Continue")


def test_without_scripts_the_whole_link_is_pasted(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    manager, nurse = meet(DESK), meet(replace(TABLET, has_scripts=False))
    as_staff("/staff/accounts/invite", "Invite someone", MANAGER)(manager, clinics[False])
    fill(manager, email="night-nurse@clinic.example", password=STAFF_PASSWORD).press("Create the link")
    link = manager.page.locator(".link code").inner_text()
    nurse.page.goto(link)
    fill(nurse, link=link).press("Start")
    assert nurse.heading == "Set up your authenticator"
