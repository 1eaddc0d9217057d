"""The list, one submission and the look-up, in every reachable state."""

from __future__ import annotations

import os
from collections.abc import Callable
from unittest import mock

from werkzeug.test import TestResponse

from screening.storage import (
    patient_codes,
    submission_search,
)
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER, StaffSession
from screening.storage.database import db
from screening.storage.submission_search import LIST_PAGE_SIZE
from screening.storage.submissions import ReviewState as Mark
from tests.browser.clinic import Clinic
from tests.browser.patient import Patient
from tests.browser.staff_ways import WRONG, as_staff, fill, looked_up, of_most, stock
from tests.browser.ways import Go, State, drawn, press, tells, then
from tests.support.sample_submissions import OPEN_WEEK, path

LIST = "staff/review/submissions.html"
ONE = "staff/review/submission.html"
DAMAGED = "staff/review/damaged.html"


def listed(query: str, says: str, *steps: Callable[[Patient], object]) -> State:
    """A list with rows."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        then(as_staff(f"/staff/submissions{query}", says), *steps, says=says)(patient, clinic)

    return State(LIST, go, is_busy=True)


def filtered(query: str, says: str) -> State:
    """A list filtered by answers to the version with most submissions."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(f"/staff/submissions?version={of_most(clinic)}&{query}", says)(patient, clinic)

    return State(LIST, go, is_busy=True)


def cut_short(clinic: Clinic, _language: str) -> TestResponse:
    """A filtered list that stops at its limit of rows."""
    stock(clinic)
    with mock.patch.object(submission_search.search_page, "__defaults__", (None, LIST_PAGE_SIZE, 20)):
        address = f"/staff/submissions?version={of_most(clinic)}&answer=interests.cravings"
        return clinic.staff(MANAGER).client.get(address)


def record(says: str, mark: Mark = Mark.UNREAD, query: str = "", slug: str = "reflection") -> State:
    """A submission, opened from the list."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(path(clinic.put(state=mark, slug=slug)) + query, says)(patient, clinic)

    return State(ONE, go, is_busy=True)


def damaged(clinic: Clinic, _language: str) -> TestResponse:
    """A submission whose answers cannot be read."""
    record = clinic.put()
    clinic.damage(record)
    answer = clinic.staff(MANAGER).client.get(path(record))
    clinic.remove(record)
    return answer


def by_code(patient: Patient, clinic: Clinic) -> None:
    """A submission of the open week, opened by its code."""
    code = patient_codes.make_code()
    clinic.put(OPEN_WEEK, code)
    looked_up(code, "You do not need to mark it.")(patient, clinic)


def by_code_when_closed(patient: Patient, clinic: Clinic) -> None:
    code = patient_codes.make_code()
    clinic.put(code=code)
    looked_up(code, "You cannot mark it here")(patient, clinic)


def before_deleting_by_code(patient: Patient, clinic: Clinic) -> None:
    """The deletion page of a submission opened by its code."""
    by_code(patient, clinic)
    patient.follow("Delete this submission")
    tells(patient, "Delete this submission?")


def elsewhere_too(patient: Patient, clinic: Clinic) -> None:
    """An account that is also signed in from another browser."""
    account = clinic.staff(VIEWER).account()
    with clinic.app.app_context():
        row = db.session.query(StaffSession).filter_by(account_id=account.id).first()
        assert row
        other = StaffSession(id=os.urandom(32), account_id=account.id, last_day=row.last_day, sealed=row.sealed)
        db.session.add(other)
        db.session.commit()
    as_staff("/staff/sessions", "Another browser", VIEWER)(patient, clinic)


def after_a_mark(says: str, *steps: Callable[[Patient], object]) -> Go:
    """The next submission after one was marked, and what follows."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(path(clinic.put()), "It does not show whose it is.")(patient, clinic)
        then(lambda patient, _: patient.press("Mark as reviewed"), *steps, says=says)(patient, clinic)

    return go


SUBMISSIONS = {
    "staff, submissions, none": State(LIST, as_staff("/staff/submissions", "No submissions to review")),
    "staff, submissions, none reviewed": State(
        LIST, as_staff("/staff/submissions?state=reviewed", "No submissions are marked")
    ),
    "staff, submissions, none set aside": State(
        LIST, as_staff("/staff/submissions?state=set-aside", "No submissions are set")
    ),
    "staff, submissions": listed("", "The latest week comes first."),
    "staff, submissions, older": listed("", "The latest week comes first.", lambda patient: patient.follow("Older")),
    "staff, submissions, no more": listed(f"?after=2020-W01.{'0' * 32}", "No more submissions"),
    "staff, submissions, filtered": filtered("answer=interests.cravings&answer=asking-for.myself", "Clear all"),
    "staff, submissions, nothing fits": filtered("answer=asking-for.learning", "No submissions match"),
    "staff, submissions, not understood": listed(
        "?answer=interests.nothing&from=2020-W01", "filters that do not exist"
    ),
    "staff, submissions, older weeks not searched": State(LIST, drawn(cut_short, "Search older weeks"), is_busy=True),
    "staff, submissions, reviewed": listed("?state=reviewed", "The latest week comes first."),
    "staff, submissions, set aside": listed("?state=set-aside", "The latest week comes first."),
    "staff, one submission": record("Mark as reviewed"),
    "staff, one submission, long words": record("Mark as reviewed", slug="long-words"),
    "staff, one submission, reviewed": record("Mark as not reviewed", Mark.REVIEWED),
    "staff, one submission, set aside": record("Mark as not reviewed", Mark.SET_ASIDE),
    "staff, one submission, conflict": record("Someone marked this submission", Mark.REVIEWED, "?seen=unread"),
    "staff, one submission, by code": State(ONE, by_code),
    "staff, one submission, by code, of a closed week": State(ONE, by_code_when_closed),
    "staff, before deleting, by code": State("staff/review/deletion.html", before_deleting_by_code),
    "staff, own sessions": State(
        "staff/auth/own-sessions.html", as_staff("/staff/sessions", "Nowhere else.", REVIEWER)
    ),
    "staff, own sessions, others": State("staff/auth/own-sessions.html", elsewhere_too),
    "staff, own sessions, error": State(
        "staff/auth/own-sessions.html",
        then(
            elsewhere_too, fill(password=WRONG), press("End the selected sessions"), says="This is not your password."
        ),
    ),
    "staff, one submission, damaged": State(DAMAGED, drawn(damaged, "A submission cannot be read")),
    "staff, one submission, after a mark": State(ONE, after_a_mark("in all."), is_busy=True),
    "staff, one submission, undone": State(ONE, after_a_mark("Undone.", press("Undo")), is_busy=True),
    "staff, one submission, not undone": record("was not undone", Mark.SET_ASIDE, "?undo=refused"),
    "staff, submissions, after the last": listed("?end=1", "That was the last one"),
}
