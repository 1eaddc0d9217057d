"""Sign-in, second steps and first passwords, in every reachable state."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask_security import hash_password
from passlib.totp import TOTP

from screening.storage.accounts import VIEWER
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.staff_ways import CODES, PASSWORDS, WRONG, fill
from tests.browser.ways import Go, State, press, tells, then
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

SIGN_IN = "security/login_user.html"
SET_UP = "security/two_factor_setup.html"
SECOND = "security/two_factor_verify_code.html"
RECOVERY = "security/mf_recovery.html"


def signing_in(says: str, *steps: Callable[[Patient], object], has_all: bool = False) -> Go:
    """Sign in with a new account that has everything set up, or nothing, and continue."""

    def go(patient: Patient, clinic: Clinic) -> None:
        staff = Staff(clinic.app)
        staff.join() if has_all else staff.begin()
        patient.open("/staff/sign-in")
        fill(email=staff.email, password=PASSWORD if has_all else ONE_TIME)(patient)
        patient.press("Continue")
        for step in steps:
            step(patient)
        tells(patient, says)

    return go


def show_picture(patient: Patient) -> None:
    patient.press("Show the QR code")


def set_up(patient: Patient) -> None:
    """Enter the code of the shown key."""
    show_picture(patient)
    secret = patient.page.locator("code").inner_text()
    fill(code=TOTP(secret).generate(time.time()).token)(patient)
    patient.press("Continue")


def choose_own(patient: Patient) -> None:
    fill(password=ONE_TIME, new_password=PASSWORD, new_password_confirm=PASSWORD)(patient)
    patient.press("Change password")


def lapsed(patient: Patient, clinic: Clinic) -> None:
    """Arrive with a session that has ended."""
    staff = Staff(clinic.app)
    staff.sign_in(VIEWER)
    held = staff.client.get_cookie("staff")
    assert held
    staff.press("Sign out")
    patient.context.add_cookies([{"name": "staff", "value": held.value, "url": clinic.origin, "sameSite": "Strict"}])
    patient.open("/staff/")
    tells(patient, "You were signed out")


to_sign_in = then(lambda patient, _: patient.open("/staff/sign-in"), says="Sign in")
wrong_name = then(to_sign_in, fill(email="nobody@clinic.test", password=WRONG), press("Continue"), says="is wrong")
EASY = dict.fromkeys(("new_password", "new_password_confirm"), "Ketamine2026!Clinic")


def asked_for_a_better_one(patient: Patient, clinic: Clinic) -> None:
    """Sign in with a password chosen before such passwords were refused."""
    staff = Staff(clinic.app)
    staff.join()
    with clinic.app.app_context():
        hashed = hash_password("passwordpassword")
    staff.change(password=hashed)
    patient.open("/staff/sign-in")
    fill(email=staff.email, password="passwordpassword")(patient)
    patient.press("Continue")
    fill(code=staff.code())(patient)
    patient.press("Continue")
    tells(patient, "to open the other pages again")


wrong_password = fill(password=WRONG, new_password=PASSWORD, new_password_confirm=WRONG)

SIGNING_IN = {
    "staff, sign in": State(SIGN_IN, to_sign_in),
    "staff, sign in, error": State(SIGN_IN, wrong_name),
    "staff, sign in, lapsed": State(SIGN_IN, lapsed),
    "staff, set up": State(SET_UP, signing_in("Show the QR code")),
    "staff, set up, picture": State(SET_UP, signing_in("Or type this key", show_picture)),
    "staff, set up, error": State(
        SECOND, signing_in("This code is wrong", show_picture, fill(code="1"), press("Continue"))
    ),
    "staff, six digits": State(SECOND, signing_in("Use a recovery code instead", has_all=True)),
    "staff, six digits, error": State(
        SECOND, signing_in("This code is wrong", fill(code="1"), press("Continue"), has_all=True)
    ),
    "staff, recovery": State(
        RECOVERY,
        signing_in(
            "No phone and no codes?", lambda patient: patient.follow("Use a recovery code instead"), has_all=True
        ),
    ),
    "staff, recovery, error": State(
        RECOVERY,
        signing_in(
            "not one of your recovery codes",
            lambda patient: patient.follow("Use a recovery code instead"),
            fill(code="1a2b-3c4d-5e6f"),
            press("Continue"),
            has_all=True,
        ),
    ),
    "staff, recovery, no code": State(
        RECOVERY,
        signing_in(
            "This is not a recovery code",
            lambda patient: patient.follow("Use a recovery code instead"),
            fill(code="1a2b"),
            press("Continue"),
            has_all=True,
        ),
    ),
    "staff, first password": State(PASSWORDS, signing_in("The password you were given", set_up)),
    "staff, first password, errors": State(
        PASSWORDS, signing_in("are not the same", set_up, wrong_password, press("Change password"))
    ),
    "staff, first password, easy to guess": State(
        PASSWORDS, signing_in("do not count", set_up, fill(password=ONE_TIME, **EASY), press("Change password"))
    ),
    "staff, better password": State(PASSWORDS, asked_for_a_better_one),
    "staff, no recovery codes": State(CODES, signing_in("You have none", set_up, choose_own)),
    "staff, new recovery codes": State(
        CODES, signing_in("Write these down", set_up, choose_own, press("Create recovery codes"))
    ),
}
