"""From a patient's phone to the desk and back: shared, looked up by its code, deleted, gone for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from passlib.totp import TOTP
from playwright.sync_api import Keyboard

from screening.storage import patient_codes
from screening.storage.accounts import DESK as DESK_ROLE
from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK
from tests.browser.patient import Device, Patient
from tests.browser.test_sharing import look_up, share
from tests.support.sharing_patient import WRITTEN
from tests.support.staff_client import ONE_TIME, Staff
from tests.support.staff_client import PASSWORD as STAFF_PASSWORD

PASSWORD = "four words of my own"


def fill(staff: Patient, **fields: str) -> Patient:
    """Fill in the fields with these names."""
    for name, text in fields.items():
        staff.page.locator(f"[name={name}]").fill(text)
    return staff


def sign_in_for_the_first_time(staff: Patient, email: str, one_time: str = ONE_TIME) -> None:
    """Enter the one-time password, set up an authenticator, choose a password, and save recovery codes."""
    fill(staff.open("/staff/"), email=email, password=one_time).press("Continue")
    assert staff.heading == "Set up your authenticator"
    staff.press("Show the QR code")
    assert staff.page.get_by_role("img").evaluate("picture => picture.complete && picture.naturalWidth > 0")
    secret = staff.page.locator("code").inner_text()
    fill(staff, code=TOTP(secret).generate().token).press("Continue")
    assert staff.heading == "Choose your own password"
    fill(staff, password=one_time, new_password=PASSWORD, new_password_confirm=PASSWORD).press("Change password")
    staff.press("Create recovery codes")
    assert staff.page.locator("li code").count() == 10
    assert staff.follow("I have them. Continue").heading == "Welcome"


def test_what_a_patient_shares_is_found_at_the_desk_by_its_code_and_gone_once_they_delete_it(
    patient: Patient, unshared: str, meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    code = share(patient, unshared)
    patient.press(WRITTEN)

    staff = meet(replace(DESK, height=1000))
    manager = Staff(clinics[False].app)
    manager.begin()
    sign_in_for_the_first_time(staff, manager.email)
    staff.follow("Submissions")
    assert "Low mood" not in staff.text, "nobody reads a week that is not over"
    staff.follow("Look up a code")
    fill(staff, code=code.lower().replace("-", " ")).press("Look up")
    assert staff.heading == "One submission"
    for words in ("Myself", "Low mood", "Stress", "What their summary said"):
        assert words in staff.text
    assert code not in staff.page.url
    assert "Reviewers get it when its week is over." in staff.text
    record = staff.path

    look_up(patient, code)
    assert "Not yet" in patient.text
    patient.follow("Delete what I shared").press("Yes, delete it")
    assert "Deleted." in patient.text

    assert "This page has closed." in staff.open(record).text
    staff.follow("Look up a code")
    fill(staff, code=code).press("Look up")
    assert "Look up a code" in staff.heading
    staff.troubles.clear()
    assert staff.press("Sign out").heading == "Sign in"
    assert staff.open(record).heading == "Sign in"


def type_in(staff: Patient, field: str, text: str) -> Keyboard:
    """Wait until the page itself has set the focus to this field, and type."""
    staff.page.wait_for_function("name => document.activeElement.name === name", arg=field)
    staff.page.keyboard.type(text)
    return staff.page.keyboard


def enter(staff: Patient, field: str, text: str) -> Patient:
    keyboard = type_in(staff, field, text)
    with staff.page.expect_navigation():
        keyboard.press("Enter")
    return staff


def test_a_receptionist_signs_in_and_opens_a_code_without_a_mouse_or_tab_to_find_the_field(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    clinic, staff = clinics[False], meet(DESK)
    desk, code = Staff(clinic.app), patient_codes.make_code()
    desk.join(DESK_ROLE)
    clinic.put(code=code)
    staff.open("/staff/")
    type_in(staff, "email", desk.email).press("Tab")
    assert enter(staff, "password", STAFF_PASSWORD).heading == "Six digits from your phone"
    assert enter(staff, "code", desk.code()).heading == "Welcome"
    assert enter(staff, "code", code).heading == "One submission"
    staff.open("/staff/look-up")
    assert enter(staff, "code", code).heading == "One submission"
