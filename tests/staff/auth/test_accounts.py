"""Account management: invitations, one-time links, added rights, new links, closing, and sessions."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from screening.storage import accounts, audit, patient_codes
from screening.storage.accounts import DESK, LINK_LASTS, MANAGER, REVIEWER, VIEWER, StaffSession, User
from screening.storage.audit import Action
from screening.storage.database import db
from tests.conftest import opened
from tests.support.clock import today
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import Shelf, actions
from tests.support.settings import TestConfig
from tests.support.staff_client import PASSWORD, Staff

OWN = "a password of my own"


def invite(manager: Staff, email: str = "nurse@clinic.test") -> str:
    """Create a link, and return it."""
    manager.open("/staff/accounts/invite")
    manager.press("Create the link", email=email, password=PASSWORD)
    return link(manager.page)


def test_in_production_a_link_is_https_though_the_proxy_does_not_say_so(tmp_path: Path) -> None:
    production = replace(TestConfig(), is_production=True, trusted_hosts=("localhost",), proxy_hops=1)
    for app in opened(f"sqlite:///{tmp_path / 'screening.sqlite'}", production):
        manager = Staff(app)
        manager.sign_in(MANAGER)
        assert invite(manager).startswith("https://localhost/staff/join#")


def link(page: Page) -> str:
    return text_of(page.find("//p[@class='link']/code")[0])


def follow(app: Flask, address: str) -> Staff:
    """Open a link as a browser does: move the fragment after the # into the form, and press the button."""
    page, _, held = address.partition("#")
    assert page == "http://localhost/staff/join"
    invited = Staff(app)
    invited.open("/staff/join")
    invited.press("Start", link=held)
    return invited


def place(one: Staff, *more: str) -> str:
    return "/".join(["/staff/accounts", str(one.account().id), *more])


def other(app: Flask, role: str) -> Staff:
    """Another signed-in member of staff."""
    staff = Staff(app)
    staff.sign_in(role)
    return staff


def test_who_is_invited_sets_up_phone_and_password_by_a_link_that_then_opens_nothing(manager: Staff) -> None:
    address = invite(manager, " Nurse@clinic.test ")
    nurse = follow(manager.app, address)
    nurse.email = "nurse@clinic.test"
    assert nurse.account().role == VIEWER
    assert nurse.page.path == "/staff/set-up"
    assert nurse.set_up().path == "/staff/password"
    assert not nurse.page.find("//input[@name='password']")
    assert nurse.press("Save password", new_password=OWN, new_password_confirm=OWN).path == "/staff/recovery-codes"
    nurse.press("Create recovery codes")
    assert nurse.open("/staff/").heading == "Welcome"
    assert nurse.account().link is None
    again = follow(manager.app, address)
    assert (again.page.status, again.page.title) == (422, "Error: Set up your account")
    nurse.press("Sign out")
    nurse.enter(OWN)
    assert nurse.press("Continue", code=nurse.code(later=1)).path == "/staff/"


def test_what_fetches_a_link_ahead_sees_nothing_of_it_and_uses_nothing_up(manager: Staff) -> None:
    address = invite(manager)
    program = manager.app.test_client()
    for _ in range(3):
        assert program.get(address.partition("#")[0]).status_code == 200
        assert program.head(address.partition("#")[0]).status_code == 200
    assert follow(manager.app, address).page.path == "/staff/set-up"


def test_a_link_lies_nowhere_but_as_a_hash_and_in_no_log(
    manager: Staff, shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        address = invite(manager)
        follow(manager.app, address)
    held = address.partition("#")[2]
    assert len(held) >= 22
    assert held.encode() not in shelf.everything_but()
    assert held not in caplog.text
    assert held not in manager.open("/staff/accounts").tree.text_content()


def test_who_is_interrupted_between_phone_and_password_goes_on_with_the_same_link(manager: Staff) -> None:
    address = invite(manager)
    before = follow(manager.app, address)
    before.set_up()
    nurse = follow(manager.app, address)
    assert nurse.page.path == "/staff/code"
    nurse.secret = before.secret
    assert nurse.press("Continue", code=nurse.code(later=1)).path == "/staff/password"


def test_two_who_open_one_link_do_not_both_get_in(manager: Staff) -> None:
    address = invite(manager)
    nurse, thief = follow(manager.app, address), follow(manager.app, address)
    assert nurse.set_up().path == "/staff/password"
    assert "Start it again." in thief.set_up().text
    assert follow(manager.app, address).page.path == "/staff/code"


def test_a_link_opens_for_three_days(manager: Staff) -> None:
    address = invite(manager)
    held = address.partition("#")[2]
    with manager.app.app_context():
        assert accounts.account_of_link(db.session, held, today() + LINK_LASTS)
        assert accounts.account_of_link(db.session, held, today() + LINK_LASTS + timedelta(days=1)) is None
    invited = Staff(manager.app)
    invited.email = "nurse@clinic.test"
    invited.change(link_until=today() - timedelta(days=1))
    assert follow(manager.app, address).page.status == 422
    assert "Expired. It was valid until" in manager.open(place(invited)).text


def test_without_a_password_of_its_own_no_password_opens_an_account(manager: Staff) -> None:
    invite(manager)
    nurse = Staff(manager.app)
    nurse.email = "nurse@clinic.test"
    told = nurse.enter("").text
    assert "password is wrong" in told
    assert nurse.enter("anything").text == told


@pytest.mark.parametrize("typed", ["", "x", "#", "https://clinic.test/staff/join", "a" * 9_000, "\0"])
def test_what_is_no_link_opens_nothing_and_is_shown_again(manager: Staff, typed: str) -> None:
    invite(manager)
    visitor = Staff(manager.app)
    visitor.open("/staff/join")
    page = visitor.press("Start", link=typed)
    assert (page.status, page.heading) == (422, "Set up your account")
    assert "does not work" in page.text


def test_trying_links_ends(manager: Staff) -> None:
    visitor = Staff(manager.app)
    visitor.open("/staff/join")
    for number in range(20):
        visitor.press("Start", link=f"guess {number}")
    assert visitor.page.status == 422
    assert visitor.client.post("/staff/join", data=visitor.hidden("Start") | {"link": "one more"}).status_code == 429


def test_the_list_says_who_may_what_and_who_is_in(manager: Staff) -> None:
    invite(manager)
    other(manager.app, REVIEWER)
    gone = Staff(manager.app)
    gone.join(VIEWER)
    gone.change(active=False)
    rows = {text_of(row.xpath("./th")[0]): text_of(row) for row in manager.open("/staff/accounts").find("//tbody/tr")}
    day = f"{today():%-d %B}"
    assert rows["nurse@clinic.test"] == "nurse@clinic.test Viewer \N{EN DASH} None yet No"
    assert rows[manager.email] == f"{manager.email} Manager A test. Yes 1, last page on {day}"
    assert rows[f"{gone.email} Disabled"].endswith("Yes No")
    assert len(rows) == 4


def test_a_session_that_could_open_nothing_any_more_is_not_counted(
    manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = other(manager.app, REVIEWER)
    monkeypatch.setattr("screening.staff.auth.sessions.IDLE_LASTS", -1)
    with manager.app.test_request_context():
        is_live = manager.app.session_interface.parts["/staff"].is_live  # type: ignore[attr-defined]
        assert not any(is_live(sealed) for sealed in db.session.scalars(select(StaffSession.sealed)))
    monkeypatch.undo()
    assert "1 session, last page" in manager.open(place(colleague)).text


def test_inviting_says_what_is_wrong_and_keeps_what_was_typed(manager: Staff) -> None:
    manager.open("/staff/accounts/invite")
    for typed, told in (("nurse", "Write an e-mail address"), (manager.email.upper(), "already has an account")):
        page = manager.press("Create the link", email=typed, password=PASSWORD)
        assert (page.status, page.title) == (422, "Error: Invite someone")
        assert told in text_of(page.find("//*[@class='error-summary']")[0])
        assert page.find("//input[@id='email']")[0].get("value") == typed
    page = manager.press("Create the link", email="nurse@clinic.test", password="wrong")
    assert "This is not your password." in page.text
    with manager.app.app_context():
        assert [one.email for one in accounts.all_accounts(db.session)] == [manager.email]


@pytest.mark.parametrize(
    ("role", "action"),
    [(DESK, Action.MADE_DESK), (REVIEWER, Action.MADE_REVIEWER), (MANAGER, Action.MADE_MANAGER)],
)
def test_every_role_but_viewer_needs_a_purpose_and_has_its_own_entry(
    manager: Staff, shelf: Shelf, role: str, action: Action
) -> None:
    nurse = other(manager.app, VIEWER)
    manager.open(place(nurse, "role"))
    assert manager.press("Change the role", role=role, purpose="", password=PASSWORD).status == 422
    with shelf.new_entries() as written:
        manager.press("Change the role", role=role, purpose="Welcomes patients.", password=PASSWORD)
    assert (nurse.account().role, nurse.account().purpose) == (role, "Welcomes patients.")
    assert actions(written) == [action]


def test_who_becomes_desk_staff_keeps_what_a_code_opened_and_loses_the_rest_at_once(
    manager: Staff, shelf: Shelf
) -> None:
    nurse, code = other(manager.app, REVIEWER), patient_codes.make_code()
    shelf.put(code=code)
    nurse.open("/staff/look-up")
    opened = nurse.press("Look up", code=code).path
    manager.open(place(nurse, "role"))
    manager.press("Change the role", role=DESK, purpose="Welcomes patients.", password=PASSWORD)
    assert nurse.open(opened).status == 200
    assert nurse.open("/staff/submissions").status == 403


def test_more_is_given_only_with_a_purpose_that_is_kept_and_shown(manager: Staff, shelf: Shelf) -> None:
    nurse = other(manager.app, VIEWER)
    manager.open(place(nurse, "role"))
    page = manager.press("Change the role", role=REVIEWER, purpose="  ", password=PASSWORD)
    assert (page.status, nurse.account().role) == (422, VIEWER)
    assert page.find("//input[@value='reviewer'][@checked]")
    assert nurse.open("/staff/submissions").status == 403
    with shelf.new_entries() as written:
        page = manager.press("Change the role", role=REVIEWER, purpose=" Reads for intake. ", password=PASSWORD)
    assert "The role is now reviewer." in page.text
    assert "Reads for intake." in page.text
    assert actions(written) == [Action.MADE_REVIEWER]
    assert written[0].account_id == manager.account().id
    assert written[0].about == audit.account_mac(TestConfig.audit_key, nurse.email)
    assert nurse.open("/staff/submissions").status == 200
    manager.open(place(nurse, "role"))
    manager.press("Change the role", role=VIEWER, purpose="Reads for intake.", password=PASSWORD)
    assert (nurse.account().role, nurse.account().purpose) == (VIEWER, "")


@pytest.mark.parametrize(
    ("act", "words"),
    [("role", "Change the role"), ("reset", "Yes, create a new link"), ("enable", "Yes, enable it")],
)
def test_what_opens_something_asks_for_the_manager_s_password(
    manager: Staff, shelf: Shelf, act: str, words: str
) -> None:
    nurse = Staff(manager.app)
    nurse.join(VIEWER)
    nurse.change(active=act != "enable")
    before = (nurse.account().role, nurse.account().password, nurse.account().active)
    manager.open(place(nurse, act))
    with shelf.new_entries() as written:
        page = manager.press(words, role=MANAGER, purpose="All.", password="wrong")
    assert page.status == 422
    assert "This is not your password." in text_of(page.find("//*[@class='error-summary']")[0])
    assert (nurse.account().role, nurse.account().password, nurse.account().active) == before
    assert actions(written) == [Action.PASSWORD_FAILED]


def test_a_new_link_takes_everything_that_was_set_up_and_says_so_first(manager: Staff, shelf: Shelf) -> None:
    nurse = other(manager.app, REVIEWER)
    older = invite(manager, "temp@clinic.test")
    page = manager.open(place(nurse, "reset"))
    for words in (
        "their password",
        "the second step",
        "recovery codes",
        "their sessions (1)",
        "Their role and purpose stay",
    ):
        assert words in page.text
    with shelf.new_entries() as written:
        manager.press("Yes, create a new link", password=PASSWORD)
    assert actions(written) == [Action.ACCOUNT_RENEWED]
    assert nurse.open("/staff/").path == "/staff/sign-in"
    assert "password is wrong" in nurse.enter(PASSWORD).text
    assert link(manager.page) != older
    assert follow(manager.app, link(manager.page)).page.path == "/staff/set-up"
    assert nurse.account().role == REVIEWER


def test_a_newer_link_makes_the_older_one_open_nothing(manager: Staff) -> None:
    older = invite(manager)
    nurse = Staff(manager.app)
    nurse.email = "nurse@clinic.test"
    manager.open(place(nurse, "reset"))
    manager.press("Yes, create a new link", password=PASSWORD)
    assert follow(manager.app, older).page.status == 422
    assert follow(manager.app, link(manager.page)).page.path == "/staff/set-up"


def test_a_manager_s_own_account_gets_no_new_link(manager: Staff) -> None:
    assert "New link" not in manager.open(place(manager)).links
    page = manager.open(place(manager, "reset"))
    assert "This is your own account." in page.text
    token = {"csrf_token": manager.hidden("Sign out")["csrf_token"], "password": PASSWORD}
    assert manager.client.post(place(manager, "reset"), data=token).status_code == 422
    assert manager.account().password


def test_who_is_disabled_is_out_at_once_and_comes_back_as_before(manager: Staff, shelf: Shelf) -> None:
    nurse = other(manager.app, REVIEWER)
    assert "their sessions (1)" in manager.open(place(nurse, "disable")).text
    with shelf.new_entries() as written:
        page = manager.press("Yes, disable it")
        assert "The account is disabled" in page.text
        assert nurse.open("/staff/").path == "/staff/sign-in"
        assert "password is wrong" in nurse.enter(PASSWORD).text
        manager.open(manager.page.links["Enable"])
        manager.press("Yes, enable it", password=PASSWORD)
    assert actions(written) == [Action.ACCOUNT_DISABLED, Action.PASSWORD_FAILED, Action.ACCOUNT_ENABLED]
    assert nurse.open("/staff/").path == "/staff/sign-in"
    nurse.enter(PASSWORD)
    assert nurse.press("Continue", code=nurse.code(later=1)).path == "/staff/"


def test_a_disabled_account_s_link_opens_nothing(manager: Staff) -> None:
    address = invite(manager)
    nurse = Staff(manager.app)
    nurse.email = "nurse@clinic.test"
    manager.open(place(nurse, "disable"))
    manager.press("Yes, disable it")
    assert follow(manager.app, address).page.status == 422
    manager.open(place(nurse, "enable"))
    manager.press("Yes, enable it", password=PASSWORD)
    assert follow(manager.app, address).page.status == 422


@pytest.mark.parametrize("there_is", ["nobody else", "one who was never in", "one who is disabled"])
def test_the_last_manager_can_neither_close_nor_lower_themselves(manager: Staff, shelf: Shelf, there_is: str) -> None:
    if there_is != "nobody else":
        second = Staff(manager.app)
        second.join(MANAGER)
        second.change(**({"active": False} if "disabled" in there_is else {"must_change_password": True}))
    with shelf.new_entries() as written:
        manager.open(place(manager, "disable"))
        page = manager.press("Yes, disable it")
        assert (page.status, page.title) == (422, f"Error: Disable {manager.email}?")
        manager.open(place(manager, "role"))
        page = manager.press("Change the role", role=VIEWER, password=PASSWORD)
    assert "No other manager has signed in before." in page.text
    assert written == []
    assert (manager.account().role, manager.account().active) == (MANAGER, True)


def test_one_of_two_managers_can_go(manager: Staff) -> None:
    other(manager.app, MANAGER)
    manager.open(place(manager, "role"))
    assert manager.press("Change the role", role=VIEWER, password=PASSWORD).status == 403
    assert manager.account().role == VIEWER


def test_two_managers_who_lower_each_other_at_once_are_not_both_lowered(
    manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = other(manager.app, MANAGER)
    really = audit.append_entry

    def be_overtaken(*arguments: object) -> None:
        really(*arguments)  # type: ignore[arg-type]
        if Action.MADE_VIEWER in arguments:
            manager.change(role=VIEWER)

    manager.open(place(colleague, "role"))
    monkeypatch.setattr(audit, "append_entry", be_overtaken)
    assert manager.press("Change the role", role=VIEWER, password=PASSWORD).status == 422
    assert colleague.account().role == MANAGER


def test_two_managers_who_lower_each_other_from_two_desks_leave_one(
    manager: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = other(manager.app, MANAGER)
    manager.open(place(second, "role"))
    second.open(place(manager, "role"))
    both, whole = Barrier(2, timeout=1), accounts.is_last_manager

    def together(*arguments: Any) -> bool:
        found = whole(*arguments)
        with suppress(BrokenBarrierError):
            # If one request waits for the other's end, the barrier times out.
            both.wait()
        return found

    monkeypatch.setattr(accounts, "is_last_manager", together)
    with ThreadPoolExecutor() as desks:
        pressed = [
            desks.submit(one.press, "Change the role", role=VIEWER, password=PASSWORD) for one in (manager, second)
        ]
    assert all(one.result().status in (200, 403, 422) for one in pressed)
    assert sorted(one.account().role for one in (manager, second)) == [MANAGER, VIEWER]


def test_one_session_or_all_of_an_account_are_ended(manager: Staff, shelf: Shelf) -> None:
    nurse = other(manager.app, VIEWER)
    elsewhere = Staff(manager.app)
    elsewhere.email, elsewhere.secret = nurse.email, nurse.secret
    elsewhere.enter(PASSWORD)
    elsewhere.press("Continue", code=nurse.code(later=1))
    page = manager.open(place(nurse, "sessions"))
    ids = [str(box.get("value")) for box in page.find("//input[@name='session']")]
    assert len(ids) == 2
    assert manager.press("End the selected sessions").status == 422
    with shelf.new_entries() as written:
        assert "have ended" in manager.press("End the selected sessions", session=ids[0]).text
    assert actions(written) == [Action.SESSIONS_ENDED]
    left = [one.open("/staff/").path for one in (nurse, elsewhere)]
    assert sorted(left) == ["/staff/", "/staff/sign-in"]
    page = manager.open(place(nurse, "sessions"))
    assert [box.get("value") for box in page.find("//input[@name='session']")] == [ids[1]]
    manager.press("End the selected sessions", session=ids[1])
    assert "Nobody is signed in with this account." in manager.open(place(nurse, "sessions")).text


def test_nobody_s_session_is_ended_through_another_account(manager: Staff) -> None:
    nurse, clerk = other(manager.app, VIEWER), other(manager.app, VIEWER)
    [box] = manager.open(place(nurse, "sessions")).find("//input[@name='session']")
    manager.open(place(clerk, "sessions"))
    assert manager.press("End the selected sessions", session=str(box.get("value"))).status == 422
    assert nurse.open("/staff/").path == "/staff/"


def test_an_account_that_there_is_not_is_not_here(manager: Staff) -> None:
    for act in ("", "/role", "/reset", "/disable", "/enable", "/sessions"):
        for number in (999, 2**31, 10**30):
            assert manager.open(f"/staff/accounts/{number}{act}").status == 404


@contextmanager
def trail_is_broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    with monkeypatch.context() as broken:
        broken.setattr(audit, "append_entry", fail)
        yield


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("role", "Change the role"),
        ("reset", "Yes, create a new link"),
        ("disable", "Yes, disable it"),
        ("sessions", "End the selected sessions"),
    ],
)
def test_what_cannot_be_written_is_not_done(
    manager: Staff, monkeypatch: pytest.MonkeyPatch, act: str, words: str
) -> None:
    nurse = other(manager.app, VIEWER)
    page = manager.open(place(nurse, act))
    boxes = page.find("//input[@name='session']")
    chosen = {"session": str(boxes[0].get("value"))} if boxes else {}
    before = nurse.account()
    with trail_is_broken(monkeypatch):
        assert manager.press(words, role=REVIEWER, purpose="All.", password=PASSWORD, **chosen).status == 503
    after = nurse.account()
    for name in ("role", "password", "active", "link", "fs_uniquifier"):
        assert getattr(after, name) == getattr(before, name)
    assert nurse.open("/staff/").path == "/staff/"


def test_no_account_is_made_that_cannot_be_written(manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.open("/staff/accounts/invite")
    with trail_is_broken(monkeypatch):
        page = manager.press("Create the link", email="nurse@clinic.test", password=PASSWORD)
    assert page.status == 503
    with manager.app.app_context():
        assert db.session.query(User).count() == 1


def test_the_first_page_says_when_one_is_signed_out(manager: Staff) -> None:
    assert "You are signed out after 30 minutes without opening a page" in manager.open("/staff/").text
