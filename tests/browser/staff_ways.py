"""Ways of staff to a page: signed in, with a stocked clinic, and the templates that several rooms show."""

from __future__ import annotations

from collections.abc import Callable

from screening.storage import (
    notices,
)
from screening.storage.accounts import MANAGER
from screening.storage.database import db
from screening.storage.submission_search import LIST_PAGE_SIZE
from screening.storage.submissions import ReviewState as Mark
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.ways import Go, press, tells, then
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE

HOME = "staff/home.html"
CODES = "security/mf_recovery_codes.html"
PASSWORDS = "security/change_password.html"


def as_staff(path: str, says: str, role: str = MANAGER) -> Go:
    """Open an address, signed in."""

    def go(patient: Patient, clinic: Clinic) -> None:
        held = clinic.staff(role).client.get_cookie("staff")
        assert held
        patient.context.add_cookies(
            [{"name": "staff", "value": held.value, "url": clinic.origin, "sameSite": "Strict"}]
        )
        patient.open(path)
        tells(patient, says)

    return go


def fill(**fields: str) -> Callable[[Patient], object]:
    """Fill in the fields with these names."""

    def step(patient: Patient) -> None:
        for name, text in fields.items():
            patient.page.locator(f"[name={name}]").fill(text)

    return step


def stock(clinic: Clinic) -> None:
    """Fill the list, once: more than a page in one state, some in the others, and notices."""
    if clinic.is_stocked:
        return
    clinic.is_stocked = True
    for week in (CLOSED_WEEK, WEEK_BEFORE):
        for number in range(LIST_PAGE_SIZE * 3 // 4):
            clinic.put(week, slug="long-words" if number % 5 == 0 else "reflection")
        clinic.put(week, state=Mark.REVIEWED)
        clinic.put(week, state=Mark.SET_ASIDE)
    with clinic.app.app_context():
        for kind in ("sharing-paused", "saving-paused"):
            notices.add_notice(db.session, CLOSED_WEEK, kind)


def of_most(clinic: Clinic) -> str:
    """Return the version with most submissions, as in addresses."""
    return clinic.questionnaire("reflection").version[:12]


def looked_up(typed: str, says: str) -> Go:
    return then(as_staff("/staff/look-up", "Look up a code"), fill(code=typed), press("Look up"), says=says)


WRONG = "none of these"
