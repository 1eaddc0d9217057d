"""Accounts, the audit trail and retention, in every reachable state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from screening.storage import (
    audit,
    patient_codes,
)
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.staff_ways import WRONG, as_staff, fill
from tests.browser.ways import State, press, then
from tests.support.sample_submissions import path
from tests.support.staff_client import PASSWORD


def at_account(page: str, says: str, template: str, *steps: Callable[[Patient], object], then_says: str = "") -> State:
    """A page about the viewer's account."""

    def go(patient: Patient, clinic: Clinic) -> None:
        about = as_staff(f"/staff/accounts/{clinic.staff(VIEWER).account().id}{page}", says)
        then(about, *steps, says=then_says or says)(patient, clinic)

    return State(template, go)


def before_deleting(patient: Patient, clinic: Clinic) -> None:
    as_staff(f"{path(clinic.put())}/delete", "Delete this submission?")(patient, clinic)


def of_someone_new(patient: Patient) -> None:
    fill(email=f"{patient_codes.make_code().lower()}@clinic.test", password=PASSWORD)(patient)


def audited(patient: Patient, clinic: Clinic) -> None:
    """An audit trail with readings, look-ups and exports of several accounts."""
    today, key = datetime.now(UTC).date(), clinic.config.audit_key
    who = [clinic.staff(role).account().id for role in (REVIEWER, MANAGER)]
    with clinic.app.app_context():
        for number in range(24):
            for action in (Action.RECORD_READ, Action.RECORD_LOOKED_UP, Action.EXPORTED_WEEKS):
                audit.append_entry(db.session, key, who[number % 2], action, today - timedelta(days=number))
    as_staff("/staff/audit", "earlier in these weeks")(patient, clinic)


inviting = as_staff("/staff/accounts/invite", "Invite someone")
MANAGING = {
    "staff, accounts": State("staff/auth/accounts.html", as_staff("/staff/accounts", "Accounts")),
    "staff, account": at_account("", "clinic.test", "staff/auth/account.html"),
    "staff, invite": State("staff/auth/account-invite.html", inviting),
    "staff, invite, errors": State(
        "staff/auth/account-invite.html",
        then(inviting, fill(email="sam", password=WRONG), press("Create the link"), says="Write an e-mail address"),
    ),
    "staff, invited": State(
        "staff/auth/account-link.html", then(inviting, of_someone_new, press("Create the link"), says="The link for")
    ),
    "staff, join": State(
        "staff/auth/invitation.html", then(lambda patient, _: patient.open("/staff/join"), says="Set up your")
    ),
    "staff, role": at_account("/role", "Which role does", "staff/auth/account-role.html"),
    "staff, new link": at_account("/reset", "Create a new link for", "staff/auth/account-ask.html"),
    "staff, new link, error": at_account(
        "/reset",
        "Create a new link for",
        "staff/auth/account-ask.html",
        fill(password=WRONG),
        press("Yes, create a new link"),
        then_says="This is not your password.",
    ),
    "staff, disable": at_account("/disable", "Disable", "staff/auth/account-ask.html"),
    "staff, sessions": at_account("/sessions", "is signed in", "staff/auth/account-sessions.html"),
    "staff, audit": State("staff/audit/trail.html", as_staff("/staff/audit", "Audit")),
    "staff, audit, four weeks": State("staff/audit/trail.html", audited, is_busy=True),
    "staff, audit, nothing found": State("staff/audit/trail.html", as_staff("/staff/audit?to=2020-01-01", "Audit")),
    "staff, retention": State("staff/retention.html", as_staff("/staff/retention", "Retention")),
    "staff, purge": State("staff/purge.html", as_staff("/staff/retention/purge", "Delete expired data?")),
    "staff, before deleting": State("staff/review/deletion.html", before_deleting),
}
