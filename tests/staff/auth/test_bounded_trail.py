"""Entries about sign-ins and refusals: account and day, no unknown name, and a bounded number."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from limits import RateLimitItemPerMinute
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import MultiDict

from screening.authoring.loader import Collection
from screening.staff.auth import sign_in_throttle
from screening.staff.auth.forms import SignInForm
from screening.staff.auth.sign_in import SECURITY_SETTINGS
from screening.storage import audit
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.audit import COMMAND_LINE, MAX_PER_DAY, Action
from screening.storage.database import db
from screening.storage.tables import AuditEntry
from tests.support.clock import today
from tests.support.sample_submissions import Shelf
from tests.support.settings import TestConfig
from tests.support.staff_client import PASSWORD, Staff

OWN = "a password of my own"
TYPED = "my-secret-typed-into-the-wrong-field"


@pytest.fixture
def no_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare passwords however many attempts there are."""
    for name in ("FAILURES_PER_ADDRESS", "ATTEMPTS_PER_NAME"):
        monkeypatch.setattr(sign_in_throttle, name, RateLimitItemPerMinute(10**6))


@pytest.fixture
def in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SECURITY_SETTINGS, "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS")


def fail(staff: Staff, name: str) -> str:
    """Enter a wrong password on an open page; return the response without its token."""
    data = staff.hidden("Continue") | {"email": name, "password": "wrong"}
    answer = staff.client.post("/staff/sign-in", data=data)
    assert answer.status_code == 200
    return answer.text.replace(name, "").replace(data["csrf_token"], "")


def fail_without_a_page(app: Flask, name: str) -> None:
    """The same, without loading the page first."""
    with app.test_request_context("/staff/sign-in", method="POST"):
        form = SignInForm(formdata=MultiDict({"email": name, "password": "wrong"}), meta={"csrf": False})
        assert not form.validate()


def code_of(staff: Staff) -> str:
    with staff.app.app_context():
        found = staff.app.extensions["security"].mf_recovery_codes_util.get_recovery_codes(staff.account())
    return str(found[0])


def sign_in_wrongly(staff: Staff) -> None:
    staff.enter("wrong")


def mistype_the_second_step(staff: Staff) -> None:
    staff.enter(PASSWORD)
    staff.press("Continue", code="000000")


def mistype_a_recovery_code(staff: Staff) -> None:
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    staff.press("Continue", code="1a2b-3c4d-5e6f")


def use_a_recovery_code(staff: Staff) -> None:
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    assert staff.press("Continue", code=code_of(staff)).path == "/staff/"


def signed_in(step: Callable[[Staff], None]) -> Callable[[Staff], None]:
    def do(staff: Staff) -> None:
        staff.enter(PASSWORD)
        staff.press("Continue", code=staff.code())
        step(staff)

    return do


def open_a_page_of_another_role(staff: Staff) -> None:
    assert staff.open("/staff/audit").status == 403


def change_the_password(staff: Staff) -> None:
    staff.open("/staff/password")
    assert (
        staff.press("Change password", password=PASSWORD, new_password=OWN, new_password_confirm=OWN).path == "/staff/"
    )


def mistype_the_present_password(staff: Staff) -> None:
    staff.open("/staff/password")
    staff.press("Change password", password="wrong", new_password=OWN, new_password_confirm=OWN)


def choose_a_password_that_cannot_be_taken(staff: Staff) -> None:
    staff.open("/staff/password")
    staff.press("Change password", password=PASSWORD, new_password=PASSWORD, new_password_confirm=PASSWORD)


def make_new_codes(staff: Staff) -> None:
    staff.open("/staff/recovery-codes")
    assert staff.press("Create new recovery codes", password=PASSWORD).find("//li/code")


def mistype_the_password_for_new_codes(staff: Staff) -> None:
    staff.open("/staff/recovery-codes")
    staff.press("Create new recovery codes", password="wrong")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (sign_in_wrongly, [Action.PASSWORD_FAILED]),
        (mistype_the_second_step, [Action.SECOND_STEP_FAILED]),
        (mistype_a_recovery_code, [Action.SECOND_STEP_FAILED]),
        (use_a_recovery_code, [Action.RECOVERY_CODE_USED, Action.SIGNED_IN]),
        (signed_in(open_a_page_of_another_role), [Action.SIGNED_IN, Action.PAGE_REFUSED]),
        (signed_in(change_the_password), [Action.SIGNED_IN, Action.PASSWORD_CHANGED]),
        (signed_in(mistype_the_present_password), [Action.SIGNED_IN, Action.PASSWORD_FAILED]),
        (signed_in(choose_a_password_that_cannot_be_taken), [Action.SIGNED_IN]),
        (signed_in(make_new_codes), [Action.SIGNED_IN, Action.RECOVERY_CODES_MADE]),
        (signed_in(mistype_the_password_for_new_codes), [Action.SIGNED_IN, Action.PASSWORD_FAILED]),
    ],
)
def test_it_is_written_with_account_and_day(
    clinic: Flask, collection: Collection, step: Callable[[Staff], None], expected: list[Action]
) -> None:
    shelf, staff = Shelf(clinic, collection.questionnaires[0]), Staff(clinic)
    staff.join(REVIEWER)
    with shelf.new_entries() as written:
        step(staff)
    account = staff.account().id
    assert [(one.account_id, one.action, one.day, one.about) for one in written] == [
        (account, action.value, today(), b"") for action in expected
    ]


def test_a_name_without_an_account_is_kept_nowhere_and_all_of_them_share_one_kind(shelf: Shelf) -> None:
    staff = Staff(shelf.app)
    with shelf.new_entries() as written:
        staff.open("/staff/sign-in")
        for name in (TYPED, "nobody@clinic.test"):
            staff.press("Continue", email=name, password="wrong")
        # Nothing is compared if a field is missing.
        staff.press("Continue", email=TYPED, password="")
    assert [(one.account_id, one.action, one.about) for one in written] == [(COMMAND_LINE, "name unknown", b"")] * 2
    assert TYPED.encode() not in shelf.everything_but()


def test_a_page_that_cannot_be_refused_in_writing_is_not_shown(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff(clinic)
    staff.sign_in(VIEWER)
    with breaking(monkeypatch):
        assert staff.open("/staff/audit").status == 503


def test_a_password_that_cannot_be_written_to_be_changed_stays(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff(clinic)
    staff.sign_in(VIEWER)
    staff.open("/staff/password")
    before = staff.account().password
    with breaking(monkeypatch):
        page = staff.press("Change password", password=PASSWORD, new_password=OWN, new_password_confirm=OWN)
    assert page.status == 503
    assert staff.account().password == before


@contextmanager
def breaking(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the trail refuse entries."""

    def refuse(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr(audit, "append_entry", refuse)
        yield


@pytest.mark.long
def test_of_ten_thousand_failures_a_hundred_of_each_kind_are_kept_and_the_last_says_so(
    no_limits: None, clinic: Flask, collection: Collection
) -> None:
    shelf, staff, other = Shelf(clinic, collection.questionnaires[0]), Staff(clinic), Staff(clinic)
    for one in (staff, other):
        one.join()
    account = staff.account().id
    staff.open("/staff/sign-in")
    with shelf.new_entries() as written:
        for number in range(400):
            name = staff.email if number % 2 else f"{number}@clinic.test"
            # Rendering the page and checking the form take most of the time, so most attempts skip them.
            fail(staff, name) if number % 20 < 2 else fail_without_a_page(clinic, name)
        with clinic.app_context():
            for number in range(9_600):
                kind = Action.PASSWORD_FAILED if number % 2 else Action.NAME_UNKNOWN
                who = account if number % 2 else COMMAND_LINE
                audit.append_entry(db.session, TestConfig.audit_key, who, kind, today())
        fail(staff, other.email)
    assert Counter((one.account_id, one.action) for one in written) == {
        (account, "password failed"): MAX_PER_DAY,
        (COMMAND_LINE, "name unknown"): MAX_PER_DAY,
        (other.account().id, "password failed"): 1,
    }
    lasts = [one for one in written if one.about]
    assert [one.about for one in lasts] == [audit.LAST_OF_DAY_MARK] * 2
    assert {one.number for one in lasts} == {2 * MAX_PER_DAY - 1, 2 * MAX_PER_DAY}
    manager = Staff(clinic)
    manager.sign_in(MANAGER)
    told = manager.open(f"/staff/audit?account={account}").find("//table[@id='entries']/tbody/tr")[0].text_content()
    assert "was refused for a wrong password (the last of 100 recorded in a day)" in told


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect the beginnings of SQL statements during the block."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        told.append(" ".join(statement.split()[:3]))

    def note_commit(_connection: Connection) -> None:
        told.append("COMMIT")

    heard: dict[str, Callable[..., None]] = {"before_cursor_execute": note, "commit": note_commit}
    for what, hear in heard.items():
        event.listen(db.engine, what, hear)
    yield told
    for what, hear in heard.items():
        event.remove(db.engine, what, hear)


@pytest.mark.parametrize("full", ["neither", "unknown", "known"])
def test_the_database_has_the_same_work_for_names_with_and_without_an_account(
    no_limits: None, clinic: Flask, full: str
) -> None:
    staff = Staff(clinic)
    staff.join()
    names = {"known": staff.email, "unknown": "nobody@clinic.test"}
    account = staff.account().id
    with clinic.app_context():
        for _ in range(MAX_PER_DAY if full != "neither" else 0):
            who, what = (account, Action.PASSWORD_FAILED) if full == "known" else (COMMAND_LINE, Action.NAME_UNKNOWN)
            audit.append_entry(db.session, TestConfig.audit_key, who, what, today())
    staff.open("/staff/sign-in")
    told = {}
    for kind, name in names.items():
        fail(staff, name)
        with clinic.app_context(), statements() as noted:
            answer = fail(staff, name)
        told[kind] = (noted, answer)
    assert told["known"] == told["unknown"]
    assert told["known"][0][-1] == "COMMIT"


@pytest.mark.long
def test_200_failures_take_the_same_time_for_names_with_and_without_an_account(
    in_earnest: None, no_limits: None, clinic: Flask
) -> None:
    """Measures CPU time: on a busy machine, wall-clock time varies by more than a password costs."""
    staff = Staff(clinic)
    staff.join()
    staff.open("/staff/sign-in")
    spent: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    for number in range(200):
        is_known = number % 2 == 0
        begun = time.process_time()
        answers.add(fail(staff, staff.email if is_known else f"{number}@clinic.test"))
        spent[is_known].append(time.process_time() - begun)
    assert len(answers) == 1
    known, unknown = (statistics.median(spent[is_known]) for is_known in (True, False))
    assert abs(known - unknown) < 0.1 * unknown, (known, unknown)


def test_the_limit_is_of_each_day_and_of_nothing_that_is_read(shelf: Shelf) -> None:
    with shelf.app.app_context():
        for day in (today(), today().replace(year=2020)):
            for _ in range(MAX_PER_DAY + 3):
                audit.append_entry(db.session, TestConfig.audit_key, 7, Action.PAGE_REFUSED, day)
        # Entries other than refusals have no limit.
        for _ in range(MAX_PER_DAY + 3):
            audit.append_entry(db.session, TestConfig.audit_key, 7, Action.LIST_READ, today())
        assert audit.verify_chain(db.session, TestConfig.audit_key) is None
        found = Counter((one.action, one.day.year) for one in db.session.query(AuditEntry))
    assert sorted(found.values()) == [MAX_PER_DAY, MAX_PER_DAY, MAX_PER_DAY + 3]
