"""Signing in: the whole way, and everything that must not lead in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.fernet import Fernet
from flask import Flask, request
from flask_login import encode_cookie
from limits.storage import MemoryStorage

from screening.site import site_of
from screening.staff.auth.one_time_codes import SingleUseTotp, totp_secrets
from screening.staff.auth.sign_in import SECURITY_SETTINGS
from screening.staff.auth.sign_in_throttle import Attempts
from screening.storage.accounts import StaffSession
from screening.storage.database import db
from tests.conftest import opened
from tests.support.settings import TestConfig
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

OWN = "a password of my own"


def test_the_whole_way_from_the_one_time_password_to_the_first_page(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.begin()
    page = staff.enter(ONE_TIME)
    assert (page.path, page.heading) == ("/staff/set-up", "Set up your authenticator")
    page = staff.set_up()
    assert (page.path, page.heading) == ("/staff/password", "Choose your own password")
    page = staff.press("Change password", password=ONE_TIME, new_password=OWN, new_password_confirm=OWN)
    assert (page.path, page.heading) == ("/staff/recovery-codes", "Recovery codes")
    page = staff.press("Create recovery codes")
    codes = [code.text for code in page.find("//code")]
    assert len(set(codes)) == 10
    page = staff.open(page.links["I have them. Continue"])
    assert (page.path, page.heading) == ("/staff/", "Welcome")
    assert "You are signed in as a manager." in page.text
    assert staff.press("Sign out").path == "/staff/sign-in"
    staff.enter(OWN)
    # The set-up used this code; the next one is unused.
    assert staff.press("Continue", code=staff.code(later=1)).path == "/staff/"


def test_unknown_wrong_and_disabled_get_the_same_answer(clinic: Flask) -> None:
    staff, disabled = Staff(clinic), Staff(clinic)
    staff.join()
    disabled.join()
    disabled.change(active=False)
    answers = set()
    for who, name, password in (
        (staff, "nobody@clinic.test", PASSWORD),
        (staff, staff.email, "another password"),
        (staff, staff.email, ""),
        (disabled, disabled.email, PASSWORD),
    ):
        who.open("/staff/sign-in")
        page = who.press("Continue", email=name, password=password)
        assert (page.status, page.title) == (200, "Error: Sign in")
        answers.add(page.text)
    assert len(answers) == 1
    assert "The name or the password is wrong." in answers.pop()


def test_a_name_without_an_account_costs_a_hash_too(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    staff = Staff(clinic)
    staff.join()
    hashed: list[str] = []
    context = clinic.extensions["security"].pwd_context
    monkeypatch.setattr(context, "hash", lambda *_: hashed.append("made"))
    monkeypatch.setattr(context, "verify", lambda *_: hashed.append("compared"))
    staff.open("/staff/sign-in")
    staff.press("Continue", email="nobody@clinic.test", password=PASSWORD)
    staff.press("Continue", email=staff.email, password="another password")
    assert hashed == ["made", "compared"]


@pytest.fixture
def in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SECURITY_SETTINGS, "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS")


def test_passwords_are_kept_as_argon2id(in_earnest: None, clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.begin()
    assert staff.account().password.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_code_opens_once(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.join()
    staff.enter(PASSWORD)
    code = staff.code()
    assert staff.press("Continue", code=code).path == "/staff/"
    staff.press("Sign out")
    staff.enter(PASSWORD)
    # The earlier code is still valid by time, but a later one was used.
    for used in (code, staff.code(later=-1)):
        page = staff.press("Continue", code=used)
        assert (page.path, page.title) == ("/staff/code", "Error: Six digits from your phone")
    assert staff.press("Continue", code=staff.code(later=1)).path == "/staff/"


def test_a_code_opens_once_for_two_at_the_same_moment(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.join()
    windows = [Staff(either_clinic) for _ in range(4)]
    for window in windows:
        window.email, window.secret = staff.email, staff.secret
        window.enter(PASSWORD)
    code, start = staff.code(), Barrier(len(windows))

    def press(window: Staff) -> str:
        start.wait()
        return window.press("Continue", code=code).path

    with ThreadPoolExecutor(len(windows)) as threads:
        assert sorted(threads.map(press, windows)) == ["/staff/", "/staff/code", "/staff/code", "/staff/code"]


def test_a_code_of_two_half_minutes_ago_does_not_open(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.enter(PASSWORD)
    assert staff.press("Continue", code=staff.code(later=-2)).path == "/staff/code"
    assert staff.press("Continue", code="123456").path == "/staff/code"
    assert staff.press("Continue", code="").path == "/staff/code"


def test_an_account_with_an_authenticator_gets_no_other_from_an_older_set_up(clinic: Flask) -> None:
    staff, other = Staff(clinic), Staff(clinic)
    staff.begin()
    other.email = staff.email
    staff.enter(ONE_TIME)
    other.enter(ONE_TIME)
    assert staff.set_up().path == "/staff/password"
    page = other.set_up()
    assert page.title == "Error: Six digits from your phone"
    assert "Start it again." in page.text


def test_the_picture_holds_the_key_and_is_shown_to_no_one_else(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.begin()
    staff.enter(ONE_TIME)
    assert staff.client.get("/staff/picture").status_code == 404
    staff.press("Show the QR code")
    assert staff.page.find("//img[@src='/staff/picture'][@alt]")
    answer = staff.client.get("/staff/picture")
    assert answer.mimetype == "image/svg+xml"
    assert answer.text.count("<") > 2
    assert clinic.test_client().get("/staff/picture").status_code == 404


def test_secrets_are_encrypted_where_they_lie(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    account = staff.account()
    with clinic.app_context():
        codes = clinic.extensions["security"].mf_recovery_codes_util.get_recovery_codes(account)
    assert len(codes) == 10
    assert account.tf_totp_secret is not None
    for stored in (*(account.mf_recovery_codes or ()), account.tf_totp_secret):
        assert not any(secret in stored for secret in (*codes, staff.secret))


def test_a_secret_sealed_with_an_older_key_still_opens_and_new_ones_take_the_newest() -> None:
    older, newest = TestConfig.staff_keys[0], Fernet.generate_key().decode()
    secret = SingleUseTotp(totp_secrets((older,)), "Screening").generate_totp_secret()
    for keys in ((newest, older), (older, newest)):
        codes = SingleUseTotp(totp_secrets(keys), "Screening")
        assert codes.get_totp_b32_key(secret)
        assert next(iter(totp_secrets(keys))) in codes.generate_totp_secret()


def test_a_recovery_code_opens_once(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.join()
    with either_clinic.app_context():
        code, another = either_clinic.extensions["security"].mf_recovery_codes_util.get_recovery_codes(staff.account())[
            :2
        ]
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    assert staff.press("Continue", code="1a2b-3c4d-5e6f").title == "Error: Use a recovery code"
    assert staff.press("Continue", code=f" {code.upper()} ").path == "/staff/"
    assert len(staff.account().mf_recovery_codes or ()) == 9
    staff.press("Sign out")
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    assert staff.press("Continue", code=code).title == "Error: Use a recovery code"
    assert staff.press("Continue", code=another).path == "/staff/"


def test_two_recovery_codes_at_the_same_moment_are_both_used_up(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.join()
    with either_clinic.app_context():
        util = either_clinic.extensions["security"].mf_recovery_codes_util
        one, two = util.get_recovery_codes(staff.account())[:2]
        before, between = staff.account(), staff.account()
        assert util.check_recovery_code(before, one)
        # It was read before the other was used: it is refused, and can be retried.
        assert not util.check_recovery_code(between, two)
        assert not util.check_recovery_code(between, one)
        assert util.check_recovery_code(staff.account(), two)
        assert not {one, two} & set(util.get_recovery_codes(staff.account()))


def test_recovery_codes_are_shown_when_they_are_made_and_never_again(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    page = staff.open("/staff/recovery-codes?show_codes=1")
    assert "You have 10 left." in page.text
    assert not page.find("//code")


def test_new_recovery_codes_ask_for_the_password_and_guessing_it_ends(either_clinic: Flask) -> None:
    staff = Staff(either_clinic)
    staff.sign_in("viewer")
    before = staff.account().mf_recovery_codes
    for typed in ("", *["guessed"] * 6):
        staff.open("/staff/recovery-codes")
        assert "is wrong" in staff.press("Create new recovery codes", password=typed).text
    assert staff.account().mf_recovery_codes == before
    staff.open("/staff/recovery-codes")
    assert len(staff.press("Create new recovery codes", password=PASSWORD).find("//li/code")) == 10
    assert staff.account().mf_recovery_codes != before
    for _ in range(8):
        staff.open("/staff/recovery-codes")
        staff.press("Create new recovery codes", password="guessed")
    staff.open("/staff/password")
    own = {"new_password": PASSWORD * 2, "new_password_confirm": PASSWORD * 2}
    assert staff.press("Change password", password=PASSWORD, **own).status == 429


@pytest.mark.parametrize(("email", "password"), [("a" * 9_000, "b"), ("a@b.test", "b" * 9_000), ("a\0@b.test", "b\0")])
def test_what_no_name_or_password_can_be_is_refused_like_any_other(
    either_clinic: Flask, email: str, password: str
) -> None:
    staff = Staff(either_clinic)
    staff.join()
    staff.open("/staff/sign-in")
    assert "password is wrong" in staff.press("Continue", email=email, password=password).text
    staff.enter(PASSWORD)
    staff.press("Continue", code=staff.code())
    staff.open("/staff/password")
    own = {"new_password": "c" * 9_000, "new_password_confirm": "c" * 9_000}
    assert "is wrong" in staff.press("Change password", password=password, **own).text


def test_without_recovery_codes_nothing_else_opens(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    staff.change(mf_recovery_codes=[])
    assert staff.open("/staff/").path == "/staff/recovery-codes"


def test_a_changed_password_ends_every_other_session(either_clinic: Flask) -> None:
    staff, elsewhere = Staff(either_clinic), Staff(either_clinic)
    staff.sign_in("viewer")
    elsewhere.email, elsewhere.secret = staff.email, staff.secret
    elsewhere.enter(PASSWORD)
    assert elsewhere.press("Continue", code=staff.code(later=1)).path == "/staff/"
    staff.open("/staff/password")
    assert (
        staff.press("Change password", password=PASSWORD, new_password=OWN, new_password_confirm=OWN).path == "/staff/"
    )
    assert staff.open("/staff/").path == "/staff/"
    with either_clinic.app_context():
        assert db.session.query(StaffSession).count() == 1
    assert elsewhere.open("/staff/").path == "/staff/sign-in"


@pytest.mark.parametrize(
    ("password", "new", "again", "message"),
    [
        ("wrong", OWN, OWN, "The current password is wrong."),
        (PASSWORD, "eleven char", "eleven char", "12 to 128 characters"),
        (PASSWORD, PASSWORD, PASSWORD, "The new password is the same as the current one."),
        (PASSWORD, OWN, OWN + "?", "are not the same"),
    ],
)
def test_a_password_that_cannot_be_taken_says_why(
    clinic: Flask, password: str, new: str, again: str, message: str
) -> None:
    staff = Staff(clinic)
    staff.sign_in("viewer")
    staff.open("/staff/password")
    page = staff.press("Change password", password=password, new_password=new, new_password_confirm=again)
    assert page.title == "Error: Change your password"
    assert message in page.text


def test_a_name_is_locked_for_a_while_after_eight_failures_whether_it_has_an_account_or_not(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    for name in (staff.email, "nobody@clinic.test"):
        staff.open("/staff/sign-in")
        statuses = [staff.press("Continue", email=name, password="wrong").status for _ in range(8)]
        assert statuses == [200] * 8
        token = staff.hidden("Continue")
        answer = staff.client.post("/staff/sign-in", data=token | {"email": name.upper(), "password": PASSWORD})
        assert answer.status_code == 429
        assert "Try again in 15 minutes." in answer.text
    another = Staff(clinic)
    another.join()
    assert another.enter(PASSWORD).path == "/staff/code"


def test_the_second_step_is_locked_too_and_the_password_does_not_open_it_again(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    for path in ["/staff/code"] * 4 + ["/staff/recovery"] * 4:
        staff.enter(PASSWORD)
        staff.open(path)
        assert staff.press("Continue", code="000000" if path == "/staff/code" else "0000-0000-0000").status == 200
    staff.enter(PASSWORD)
    assert staff.press("Continue", code=staff.code()).status == 429


def test_what_cannot_be_a_recovery_code_does_not_count_toward_the_lock(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    for typed in ("", "1a2b", "1a2b-3c4d-5e6", "1a2b-3c4d-5e6fa", "1a2b-3c4d-5e6g", "my phone is lost", "123456") * 2:
        page = staff.press("Continue", code=typed)
        assert (page.status, page.title) == (200, "Error: Use a recovery code")
        assert "12 digits and letters from A to F" in page.text
    staff.open("/staff/code")
    assert staff.press("Continue", code=staff.code()).path == "/staff/"


@pytest.mark.parametrize(
    "write", [str.upper, lambda code: code.replace("-", ""), lambda code: f"({code[:6]}: {code[6:]})."]
)
def test_a_recovery_code_opens_however_it_is_written(clinic: Flask, write: Callable[[str], str]) -> None:
    staff = Staff(clinic)
    staff.join()
    with clinic.app_context():
        code = clinic.extensions["security"].mf_recovery_codes_util.get_recovery_codes(staff.account())[0]
    staff.enter(PASSWORD)
    staff.open("/staff/recovery")
    assert staff.press("Continue", code=write(code)).path == "/staff/"


def test_an_address_is_locked_after_twenty_failures_and_patients_there_are_not(clinic: Flask) -> None:
    staff = Staff(clinic)
    for number in range(20):
        staff.email = f"{number}@clinic.test"
        assert staff.enter("wrong").status == 200
    staff.join()
    assert staff.enter(PASSWORD).status == 429
    assert staff.client.get("/").status_code == 200
    # A client outside our proxies cannot forge its address.
    staff.client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    assert staff.enter(PASSWORD).status == 429
    staff.client.environ_base["REMOTE_ADDR"] = "203.0.113.8"
    assert staff.enter(PASSWORD).path == "/staff/code"


@pytest.mark.parametrize(
    ("hops", "message", "known"),
    [
        (0, "198.51.100.1", "127.0.0.1"),
        (1, "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        (1, "198.51.100.1:40001", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.1", "198.51.100.1"),
        (1, "2001:db8:7:7:1:2:3:4", "2001:db8:7:7::/64"),
        (1, "::ffff:198.51.100.1", "198.51.100.1"),
        (1, "not:an:address", ""),
        # Only our own proxy's entry counts: if it is empty, no entry sent by the client replaces it.
        (1, "6.6.6.6, unknown", ""),
        (1, "6.6.6.6, ", ""),
        (1, "", ""),
        (2, "6.6.6.6", ""),
        (2, "6.6.6.6, , 10.0.0.1", ""),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(app: Flask, hops: int, message: str, known: str) -> None:
    environment = {"REMOTE_ADDR": "127.0.0.1"}
    with app.test_request_context("/staff/sign-in", headers={"X-Forwarded-For": message}, environ_base=environment):
        assert Attempts(hops).address(request) == known


def test_several_headers_are_one_list(app: Flask) -> None:
    headers = [("X-Forwarded-For", "6.6.6.6, 7.7.7.7"), ("X-Forwarded-For", "198.51.100.1")]
    with app.test_request_context("/staff/sign-in", headers=headers):
        assert Attempts(1).address(request) == "198.51.100.1"
        assert Attempts(2).address(request) == "7.7.7.7"
        assert Attempts(4).address(request) == ""


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[Flask]:
    """The application behind one proxy."""
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}", replace(TestConfig(), proxy_hops=1))


def fail(staff: Staff, times: int) -> set[int]:
    """Send this many wrong passwords, each with another name, and return the statuses."""
    statuses = set()
    for number in range(times):
        staff.email = f"{number}@clinic.test"
        statuses.add(staff.enter("wrong").status)
    return statuses


def test_a_new_port_each_time_is_no_new_address(proxied: Flask) -> None:
    staff = Staff(proxied)
    for number in range(20):
        staff.client.environ_base["HTTP_X_FORWARDED_FOR"] = f"203.0.113.8:{40_000 + number}"
        staff.email = f"{number}@clinic.test"
        assert staff.enter("wrong").status == 200
    staff.join()
    for written in ("203.0.113.8:50000", "203.0.113.8", "::ffff:203.0.113.8"):
        staff.client.environ_base["HTTP_X_FORWARDED_FOR"] = written
        assert staff.enter(PASSWORD).status == 429
    staff.client.environ_base["HTTP_X_FORWARDED_FOR"] = "203.0.113.9"
    assert staff.enter(PASSWORD).path == "/staff/code"


@pytest.mark.parametrize("told", [None, "unknown", ""])
def test_without_an_address_nobody_else_is_locked_out_and_the_log_says_once_what_to_set(
    proxied: Flask, told: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    staff = Staff(proxied)
    if told is not None:
        staff.client.environ_base["HTTP_X_FORWARDED_FOR"] = told
    assert fail(staff, 25) == {200}
    staff.join()
    assert staff.enter(PASSWORD).path == "/staff/code"
    [warning] = caplog.records
    assert "set PROXY_HOPS" in warning.getMessage()
    assert not {"127.0.0.1", "/staff", "unknown"} & set(warning.getMessage().split())


def test_without_an_address_a_name_is_locked_all_the_same(proxied: Flask) -> None:
    staff = Staff(proxied)
    staff.join()
    assert {staff.enter("wrong").status for _ in range(8)} == {200}
    assert staff.enter(PASSWORD).status == 429


def test_a_server_that_knows_no_peer_locks_nobody_out(clinic: Flask) -> None:
    staff = Staff(clinic)
    # A proxy that connects through a Unix socket.
    staff.client.environ_base["REMOTE_ADDR"] = ""
    assert fail(staff, 25) == {200}
    staff.join()
    assert staff.enter(PASSWORD).path == "/staff/code"


def test_what_is_counted_holds_neither_name_nor_address(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.enter("wrong")
    memory = site_of(clinic).attempts.limiter.storage
    assert isinstance(memory, MemoryStorage)
    storage = memory.storage
    assert len(storage) == 2
    assert not any(staff.email in key or "127.0.0.1" in key for key in storage)


def test_json_and_tokens_open_nothing(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    with clinic.app_context():
        token = staff.account().get_auth_token()
        remembered = encode_cookie(staff.account().fs_uniquifier)
    client = clinic.test_client()
    assert client.get("/staff/", headers={"Authentication-Token": str(token)}).status_code == 303
    assert client.get("/staff/", query_string={"auth_token": str(token)}).status_code == 303
    client.set_cookie("remember_token", remembered)
    assert client.get("/staff/").status_code == 303
    assert client.get("/staff/sign-in", headers={"Accept": "application/json"}).mimetype == "text/html"
    staff.open("/staff/sign-in")
    headers = {"X-CSRFToken": staff.hidden("Continue")["csrf_token"]}
    answer = staff.client.post("/staff/sign-in", json={"email": staff.email, "password": PASSWORD}, headers=headers)
    assert answer.status_code == 415


def test_nobody_is_remembered_beyond_the_session(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.open("/staff/sign-in")
    staff.press("Continue", email=staff.email, password=PASSWORD, remember="y")
    staff.press("Continue", code=staff.code())
    assert staff.page.path == "/staff/"
    assert staff.client.get_cookie("staff")
    assert staff.client.get_cookie("remember_token") is None
    with clinic.app_context():
        [row] = db.session.query(StaffSession)
    interface = clinic.session_interface.parts["/staff"]  # type: ignore[attr-defined]
    assert b"remember" not in interface.box.decrypt(row.sealed)


def test_signing_in_writes_no_line_into_the_log(clinic: Flask, caplog: pytest.LogCaptureFixture) -> None:
    staff = Staff(clinic)
    staff.join()
    with caplog.at_level(logging.DEBUG):
        staff.enter("wrong")
        staff.enter(PASSWORD)
        staff.press("Continue", code="000000")
        staff.press("Continue", code=staff.code())
    assert staff.page.path == "/staff/"
    assert caplog.records == []
