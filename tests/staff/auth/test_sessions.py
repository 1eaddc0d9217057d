"""Staff sessions: the content of cookie and row, when they end, and their absence from patients' pages."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import delete, select, text, update

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.staff.auth.sessions import IDLE_LASTS, SIGNED_IN_LASTS, SIGNING_IN_LASTS, STAFF_RENEWED_AFTER
from screening.storage.accounts import StaffSession
from screening.storage.database import db
from tests.support.page_checker import Page, Patient
from tests.support.settings import TestConfig
from tests.support.staff_client import PASSWORD, Staff

Later = Callable[[float], None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Advances the clock of sessions."""
    passed = 0.0
    now = time.time

    def pass_by(seconds: float) -> None:
        nonlocal passed
        passed += seconds

    monkeypatch.setattr("screening.staff.auth.sessions.time.time", lambda: now() + passed)
    return pass_by


@pytest.fixture
def staff(either_clinic: Flask) -> Staff:
    """A signed-in viewer."""
    staff = Staff(either_clinic)
    staff.sign_in("viewer")
    return staff


def rows(app: Flask) -> list[StaffSession]:
    with app.app_context():
        return list(db.session.scalars(select(StaffSession)))


def is_in(staff: Staff) -> bool:
    return staff.client.get("/staff/").status_code == 200


def test_signed_in_the_cookie_holds_nothing_but_an_id_that_the_database_knows_as_a_hash(staff: Staff) -> None:
    held = staff.cookie()
    assert list(held) == ["row"]
    secret = bytes.fromhex(held["row"])
    assert len(secret) == 32
    [row] = rows(staff.app)
    assert row.id == hashlib.sha256(secret).digest()
    assert row.last_day == datetime.now(UTC).date()
    assert staff.email.encode() not in row.sealed


def test_what_a_row_holds_is_no_cookie(staff: Staff) -> None:
    [row] = rows(staff.app)
    client = staff.app.test_client()
    for stolen in (row.sealed.decode(), row.id.hex(), "", "x" * 4000):
        client.set_cookie("staff", stolen)
        assert client.get("/staff/").location == "/staff/sign-in"


def test_no_address_browser_or_minute_is_kept(staff: Staff) -> None:
    [row] = rows(staff.app)
    interface = staff.app.session_interface.parts["/staff"]  # type: ignore[attr-defined]
    kept = interface._decrypt(row.sealed)
    assert set(kept) == {"first", "last", "holds"}
    assert set(kept["holds"]) <= {"_user_id", "_fresh", "csrf_token", "fs_cc", "fs_paa"}


def test_neither_row_nor_cookie_tells_its_second_without_the_key(staff: Staff) -> None:
    with staff.app.app_context():
        (sealed,) = db.session.scalars(select(StaffSession.sealed))
    cookie = staff.client.get_cookie("staff")
    assert cookie
    for token in (sealed, cookie.value):
        assert Fernet(TestConfig.staff_keys[0]).extract_timestamp(token) == 0


def test_sign_out_ends_the_row_and_takes_the_cookie_away(staff: Staff) -> None:
    stolen = staff.client.get_cookie("staff")
    assert stolen
    staff.press("Sign out")
    assert rows(staff.app) == []
    assert "row" not in staff.cookie()
    client = staff.app.test_client()
    client.set_cookie("staff", stolen.value)
    assert client.get("/staff/").location == "/staff/sign-in"


def test_a_row_that_is_ended_is_out_at_once_and_reads_why(staff: Staff) -> None:
    with staff.app.app_context():
        db.session.execute(delete(StaffSession))
        db.session.commit()
    page = staff.open("/staff/")
    assert page.path == "/staff/sign-in"
    assert "You were signed out" in page.text
    assert rows(staff.app) == []
    assert "You were signed out" not in staff.open("/staff/sign-in").text


def test_a_row_that_is_ended_while_a_page_is_made_does_not_come_back(staff: Staff, later: Later) -> None:
    def end() -> str:
        with db.sessionmaker.begin() as session:
            session.execute(delete(StaffSession))
        return "made"

    end.opens_for = frozenset({"viewer"})  # type: ignore[attr-defined]
    staff.app.view_functions["staff.home"] = end
    later(STAFF_RENEWED_AFTER + 1)
    answer = staff.client.get("/staff/")
    assert answer.text == "made"
    assert rows(staff.app) == []
    assert staff.client.get_cookie("staff") is None


def test_a_disabled_account_is_out_at_once(staff: Staff) -> None:
    staff.change(active=False)
    assert staff.open("/staff/").path == "/staff/sign-in"
    assert rows(staff.app) == []


def test_half_an_hour_without_a_page_ends_it(staff: Staff, later: Later) -> None:
    for _ in range(3):
        later(IDLE_LASTS - 60)
        assert is_in(staff)
    later(IDLE_LASTS + 5)
    page = staff.open("/staff/")
    assert page.path == "/staff/sign-in"
    assert "you opened no page for 30 minutes" in page.text
    assert rows(staff.app) == []


def test_twelve_hours_end_it_whatever_happens(staff: Staff, later: Later) -> None:
    for _ in range(SIGNED_IN_LASTS // 1200 - 1):
        later(1200)
        assert is_in(staff)
    later(1205)
    assert not is_in(staff)
    assert rows(staff.app) == []


def test_reading_does_not_write_the_row_at_every_page(staff: Staff, later: Later) -> None:
    before = rows(staff.app)[0].sealed
    later(STAFF_RENEWED_AFTER - 10)
    staff.open("/staff/")
    staff.open("/staff/password")
    assert rows(staff.app)[0].sealed == before
    later(20)
    staff.open("/staff/")
    assert rows(staff.app)[0].sealed != before


def test_what_lies_in_the_cookie_before_sign_in_lapses_after_a_quarter_of_an_hour(clinic: Flask, later: Later) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.enter(PASSWORD)
    later(SIGNING_IN_LASTS + 5)
    assert staff.open("/staff/code").path == "/staff/sign-in"


def test_an_id_from_before_sign_in_is_worth_nothing_after_it(staff: Staff) -> None:
    planted = staff.client.get_cookie("staff")
    assert planted
    staff.press("Sign out")
    victim = Staff(staff.app)
    victim.client.set_cookie("staff", planted.value)
    victim.sign_in("manager")
    client = staff.app.test_client()
    client.set_cookie("staff", planted.value)
    assert client.get("/staff/").status_code == 303
    assert victim.cookie()["row"] not in str(planted.value)


def test_a_changed_password_gives_a_new_id(staff: Staff) -> None:
    before = staff.cookie()["row"]
    staff.open("/staff/password")
    staff.press(
        "Change password", password=PASSWORD, new_password="another phrase", new_password_confirm="another phrase"
    )
    assert staff.cookie()["row"] != before
    assert len(rows(staff.app)) == 1


def test_rows_that_can_no_longer_be_used_are_removed_at_the_next_sign_in(staff: Staff) -> None:
    with staff.app.app_context():
        before = date.today() - timedelta(days=3)
        db.session.execute(update(StaffSession).values(last_day=before))
        db.session.commit()
    Staff(staff.app).sign_in("viewer")
    assert [row.last_day for row in rows(staff.app)] == [datetime.now(UTC).date()]


def test_an_account_that_is_deleted_takes_its_sessions_with_it(staff: Staff) -> None:
    with staff.app.app_context():
        db.session.execute(text("DELETE FROM account"))
        db.session.commit()
    assert rows(staff.app) == []
    assert staff.open("/staff/").path == "/staff/sign-in"


@pytest.mark.parametrize("is_production", [False, True])
def test_the_cookie_is_strict_and_ends_with_the_browser(is_production: bool) -> None:
    app = create_app(TestConfig(is_production=is_production, trusted_hosts=("clinic.test",)))
    base = "https://clinic.test" if is_production else "http://clinic.test"
    told = app.test_client().get("/staff/sign-in", base_url=base).headers.getlist("Set-Cookie")
    assert len(told) == 1
    name, _, rest = told[0].partition("=")
    flags = {flag.strip() for flag in rest.split(";")[1:]}
    assert name == ("__Host-staff" if is_production else "staff")
    assert flags == {"HttpOnly", "Path=/", "SameSite=Strict"} | ({"Secure"} if is_production else set())


def test_patients_and_staff_neither_read_nor_set_each_other_s_cookie(clinic: Flask, collection: Collection) -> None:
    patient, staff = Patient(clinic, collection.wording), Staff(clinic)
    patient.start()
    patient.client, staff.client = staff.client, patient.client
    staff.sign_in("manager")
    both = staff.client
    draft, signed_in = both.get_cookie("draft"), both.get_cookie("staff")
    assert draft
    assert signed_in
    for path in ("/", "/reflection/1", "/help", "/nowhere", "/staffroom", "/static/screening.css", "/leave"):
        with both.get(path) as answer:
            assert not any(told.startswith("staff=") for told in answer.headers.getlist("Set-Cookie")), path
    for path in ("/staff", "/staff/", "/staff/nowhere", "/staff/password", "/%73taff/"):
        answer = both.get(path)
        assert not any(told.startswith("draft=") for told in answer.headers.getlist("Set-Cookie")), path
    # One cannot replace the other.
    both.set_cookie("staff", draft.value)
    both.set_cookie("draft", signed_in.value)
    assert both.get("/staff/").location == "/staff/sign-in"
    assert both.get("/reflection/1").location == "/reflection/"


def test_a_patient_with_a_staff_cookie_opens_no_database(app: Flask, clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in("manager")
    signed_in = staff.client.get_cookie("staff")
    assert signed_in
    client = app.test_client()
    client.set_cookie("staff", signed_in.value)
    client.set_cookie("remember_token", "anything")
    for path in ("/", "/reflection/topics", "/help", "/nowhere", "/leave"):
        assert client.get(path, headers={"Authentication-Token": "anything"}).status_code in (200, 303, 404)


def test_what_flask_security_would_do_at_each_request_is_not_done(app: Flask) -> None:
    at_each = (app.before_request_funcs, app.after_request_funcs, app.template_context_processors)
    done = {function.__module__ for hooks in at_each for function in hooks.get(None, ())}
    assert "screening.staff.auth.access" in done
    assert not {name for name in done if name.startswith(("flask_security", "flask_login", "flask_principal"))}


def test_while_the_database_is_away_staff_read_so_and_patients_notice_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, collection: Collection
) -> None:
    clinic = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'no-folder' / 'screening.sqlite'}"))
    client = clinic.test_client()
    interface = clinic.session_interface.parts["/staff"]  # type: ignore[attr-defined]
    client.set_cookie("staff", interface.box.encrypt(b'{"row":"' + b"00" * 32 + b'"}').decode())
    for path in ("/staff/", "/staff/sign-in", "/staff/recovery-codes"):
        answer = client.get(path)
        assert (answer.status_code, Page(answer).heading) == (503, "The database is not responding")
        assert answer.headers.getlist("Set-Cookie") == []
    staff = Staff(clinic)
    staff.open("/staff/sign-in")
    with caplog.at_level(logging.DEBUG):
        page = staff.press("Continue", email="who@clinic.test", password=PASSWORD)
    assert (page.status, page.heading) == (503, "The database is not responding")
    assert "OperationalError in security.login" in caplog.text
    assert "who@clinic.test" not in caplog.text
    assert Patient(clinic, collection.wording).start().status == 200


def test_errors_of_the_staff_s_part_are_told_in_its_own_words(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    for path, status, heading in (
        ("/staff/nowhere", 404, "Page not found"),
        ("/staff/sign-out", 405, "This page cannot be opened directly"),
    ):
        page = staff.open(path)
        assert (page.status, page.heading) == (status, heading)
    too_much = Page(staff.client.post("/staff/password", data={"password": "x" * 70_000}))
    assert (too_much.status, too_much.heading) == (413, "That was too much at once")
