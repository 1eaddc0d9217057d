"""Every staff page in every reachable state, by name."""

from __future__ import annotations

from unittest import mock

from werkzeug.test import TestResponse

from screening.storage import (
    accounts,
    patient_codes,
)
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.patient_codes import CodeKind
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.staff_ways import CODES, HOME, PASSWORDS, WRONG, as_staff, fill, looked_up
from tests.browser.states_of_figures import READ
from tests.browser.states_of_managing import MANAGING
from tests.browser.states_of_questionnaires import QUESTIONS
from tests.browser.states_of_review import SUBMISSIONS
from tests.browser.states_of_signing_in import SIGNING_IN
from tests.browser.ways import State, drawn, in_trouble, press, then, too_much

LOOK_UP = "staff/review/lookup.html"
WAITING_ROOM = "staff/waiting-room.html"
ERROR = "staff/error.html"


def too_many_look_ups(clinic: Clinic, _language: str) -> TestResponse:
    staff = clinic.staff(MANAGER)
    staff.open("/staff/look-up")
    with mock.patch("screening.staff.review.lookup.LOOK_UPS_PER_ACCOUNT.amount", 0):
        return staff.client.post("/staff/look-up", data=staff.hidden("Look up") | {"code": "abcd"})


def stale(patient: Patient) -> None:
    """Replace the page's CSRF tokens with those of an earlier sign-in."""
    patient.page.locator("[name=csrf_token]").evaluate_all("all => all.forEach(field => { field.value = 'old'; })")


AT_THE_DESK = {
    "staff, home, viewer": State(HOME, as_staff("/staff/", "published figures", VIEWER)),
    "staff, home, desk": State(HOME, as_staff("/staff/", "what a patient’s code opens", accounts.DESK)),
    "staff, home, reviewer": State(HOME, as_staff("/staff/", "Read submissions", REVIEWER)),
    "staff, home, manager": State(HOME, as_staff("/staff/", "Read submissions")),
    "staff, waiting room": State(
        WAITING_ROOM, as_staff("/staff/waiting-room", "Print this page for the waiting room.", accounts.DESK)
    ),
    "staff, waiting room, no address": State(
        WAITING_ROOM, as_staff("/staff/waiting-room", "which is not set yet", accounts.DESK), is_busy=True
    ),
    "staff, password": State(PASSWORDS, as_staff("/staff/password", "in all your other browsers")),
    "staff, recovery codes": State(CODES, as_staff("/staff/recovery-codes", "left.")),
    "staff, recovery codes, error": State(
        CODES,
        then(
            as_staff("/staff/recovery-codes", "left."),
            fill(password=WRONG),
            press("Create new recovery codes"),
            says="The current password is wrong.",
        ),
    ),
    "staff, look-up": State(LOOK_UP, as_staff("/staff/look-up", "For a patient who shows you")),
    "staff, look-up, mistyped": State(
        LOOK_UP, looked_up("abcd efgh", "This code is incomplete or has a wrong character.")
    ),
    "staff, look-up, of the other kind": State(
        LOOK_UP, looked_up(patient_codes.make_code(CodeKind.RETURN), "looks like a return code")
    ),
    "staff, look-up, unknown": State(LOOK_UP, looked_up(patient_codes.make_code(), "The code is complete.")),
    "staff, look-up, closed": State(LOOK_UP, as_staff(f"/staff/look-up/{'0' * 43}", "This page has closed.")),
    "staff, look-up, deleted": State(LOOK_UP, as_staff("/staff/look-up?deleted=1", "The submission is deleted.")),
    "staff, look-up, deleted while it is read": State(
        LOOK_UP, as_staff("/staff/look-up?deleted=still-read", "A hidden copy stays")
    ),
    "staff, look-up, limited": State(LOOK_UP, drawn(too_many_look_ups, "You looked up too many codes.")),
}
ERRORS = {
    "staff, 400": State(ERROR, in_trouble(400, "We could not read that", "/staff/sign-in", "security.login")),
    "staff, 400, out of date": State(
        ERROR, then(as_staff("/staff/look-up", ""), stale, fill(code="1"), press("Look up"), says="out of date")
    ),
    "staff, 403": State(ERROR, as_staff("/staff/look-up", "Your role cannot open this page", VIEWER)),
    "staff, 404": State(ERROR, as_staff("/staff/nowhere", "Page not found")),
    "staff, 405": State(ERROR, as_staff("/staff/sign-out", "This page cannot be opened directly")),
    "staff, 413": State(
        ERROR,
        then(as_staff("/staff/look-up", ""), too_much, fill(code="1"), press("Look up"), says="too much at once"),
    ),
    "staff, 429": State(ERROR, in_trouble(429, "Too many attempts", "/staff/sign-in", "security.login")),
    "staff, 500": State(ERROR, in_trouble(500, "Something went wrong", "/staff/sign-in", "security.login")),
    "staff, 503": State(ERROR, in_trouble(503, "The database is not responding", "/staff/sign-in", "security.login")),
}
STAFF: dict[str, State] = SIGNING_IN | AT_THE_DESK | SUBMISSIONS | READ | QUESTIONS | MANAGING | ERRORS
