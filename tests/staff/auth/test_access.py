"""Who may open what: one complete list, checked both ways with real sign-ins."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from screening.app import create_app
from screening.staff.auth.access import SIGNING_IN, STAFF, allowed, role_holders
from screening.storage.accounts import DESK, MANAGER, REVIEWER, ROLES, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.tables import AuditEntry
from tests.support.page_checker import Page
from tests.support.settings import TestConfig
from tests.support.staff_client import ONE_TIME, Staff

ROUTE_ROLES = {
    ("/staff/", "GET"): ROLES,
    ("/staff/sign-out", "POST"): ROLES,
    ("/staff/password", "GET"): ROLES,
    ("/staff/password", "POST"): ROLES,
    ("/staff/recovery-codes", "GET"): ROLES,
    ("/staff/recovery-codes", "POST"): ROLES,
    ("/staff/sessions", "GET"): ROLES,
    ("/staff/sessions", "POST"): ROLES,
    ("/staff/submissions", "GET"): (REVIEWER, MANAGER),
    ("/staff/submissions/<week>/<ref>", "GET"): (REVIEWER, MANAGER),
    ("/staff/submissions/<week>/<ref>", "POST"): (REVIEWER, MANAGER),
    ("/staff/submissions/<week>/<ref>/undo", "POST"): (REVIEWER, MANAGER),
    ("/staff/submissions/<week>/<ref>/next", "GET"): (REVIEWER, MANAGER),
    ("/staff/submissions/<week>/<ref>/delete", "GET"): (MANAGER,),
    ("/staff/submissions/<week>/<ref>/delete", "POST"): (MANAGER,),
    ("/staff/retention", "GET"): (MANAGER,),
    ("/staff/retention/purge", "GET"): (MANAGER,),
    ("/staff/retention/purge", "POST"): (MANAGER,),
    ("/staff/look-up", "GET"): (DESK, REVIEWER, MANAGER),
    ("/staff/look-up", "POST"): (DESK, REVIEWER, MANAGER),
    ("/staff/look-up/<handle>", "GET"): (DESK, REVIEWER, MANAGER),
    ("/staff/waiting-room", "GET"): (DESK, REVIEWER, MANAGER),
    ("/staff/look-up/<handle>/delete", "GET"): (MANAGER,),
    ("/staff/look-up/<handle>/delete", "POST"): (MANAGER,),
    ("/staff/insights", "GET"): (REVIEWER, MANAGER),
    ("/staff/export", "GET"): (REVIEWER, MANAGER),
    ("/staff/export", "POST"): (REVIEWER, MANAGER),
    ("/staff/export/codebook", "GET"): (REVIEWER, MANAGER),
    ("/staff/export/schema", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/changes", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/texts", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/fhir", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/preview", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/preview", "POST"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/try", "GET"): (REVIEWER, MANAGER),
    ("/staff/questionnaires/<version>/try", "POST"): (REVIEWER, MANAGER),
    ("/staff/figures", "GET"): (VIEWER, REVIEWER, MANAGER),
    ("/staff/publish", "GET"): (MANAGER,),
    ("/staff/publish/<week>", "GET"): (MANAGER,),
    ("/staff/publish/<week>", "POST"): (MANAGER,),
    ("/staff/accounts", "GET"): (MANAGER,),
    ("/staff/accounts/invite", "GET"): (MANAGER,),
    ("/staff/accounts/invite", "POST"): (MANAGER,),
    ("/staff/accounts/<int:number>", "GET"): (MANAGER,),
    ("/staff/accounts/<int:number>/role", "GET"): (MANAGER,),
    ("/staff/accounts/<int:number>/role", "POST"): (MANAGER,),
    ("/staff/accounts/<int:number>/<any(reset,disable,enable):act>", "GET"): (MANAGER,),
    ("/staff/accounts/<int:number>/reset", "POST"): (MANAGER,),
    ("/staff/accounts/<int:number>/disable", "POST"): (MANAGER,),
    ("/staff/accounts/<int:number>/enable", "POST"): (MANAGER,),
    ("/staff/accounts/<int:number>/sessions", "GET"): (MANAGER,),
    ("/staff/accounts/<int:number>/sessions", "POST"): (MANAGER,),
    ("/staff/audit", "GET"): (MANAGER,),
    ("/staff/audit", "POST"): (MANAGER,),
    ("/staff/join", "GET"): (SIGNING_IN,),
    ("/staff/join", "POST"): (SIGNING_IN,),
    ("/staff/sign-in", "GET"): (SIGNING_IN,),
    ("/staff/sign-in", "POST"): (SIGNING_IN,),
    ("/staff/set-up", "GET"): (SIGNING_IN,),
    ("/staff/set-up", "POST"): (SIGNING_IN,),
    ("/staff/code", "GET"): (SIGNING_IN,),
    ("/staff/code", "POST"): (SIGNING_IN,),
    ("/staff/recovery", "GET"): (SIGNING_IN,),
    ("/staff/recovery", "POST"): (SIGNING_IN,),
    ("/staff/picture", "GET"): (SIGNING_IN,),
}
# Addresses can have parameters; these values open nothing.
FILLED = {
    "<int:number>": "1",
    "<any(reset,disable,enable):act>": "disable",
    "<week>": "2026-W01",
    "<ref>": "00" * 16,
    "<handle>": "0" * 43,
    "<version>": "0" * 12,
}
# Allowed, but without anything to show, or without required parameters.
EMPTY = {
    ("/staff/submissions/<week>/<ref>", "GET"): 404,
    ("/staff/submissions/<week>/<ref>", "POST"): 404,
    ("/staff/submissions/<week>/<ref>/undo", "POST"): 404,
    ("/staff/submissions/<week>/<ref>/next", "GET"): 404,
    ("/staff/submissions/<week>/<ref>/delete", "GET"): 404,
    ("/staff/submissions/<week>/<ref>/delete", "POST"): 404,
    ("/staff/retention/purge", "POST"): 303,
    ("/staff/export", "POST"): 400,
    ("/staff/export/codebook", "GET"): 404,
    ("/staff/export/schema", "GET"): 404,
    ("/staff/look-up", "POST"): 422,
    ("/staff/look-up/<handle>", "GET"): 404,
    ("/staff/look-up/<handle>/delete", "GET"): 404,
    ("/staff/look-up/<handle>/delete", "POST"): 404,
    ("/staff/sessions", "POST"): 422,
    ("/staff/questionnaires/changes", "GET"): 404,
    ("/staff/questionnaires/<version>", "GET"): 404,
    ("/staff/questionnaires/<version>/texts", "GET"): 404,
    ("/staff/questionnaires/<version>/fhir", "GET"): 404,
    ("/staff/questionnaires/<version>/preview", "GET"): 404,
    ("/staff/questionnaires/<version>/preview", "POST"): 404,
    ("/staff/questionnaires/<version>/try", "GET"): 404,
    ("/staff/questionnaires/<version>/try", "POST"): 404,
    ("/staff/publish/<week>", "GET"): 404,
    ("/staff/publish/<week>", "POST"): 404,
    ("/staff/accounts/invite", "POST"): 422,
    ("/staff/accounts/<int:number>/role", "POST"): 422,
    ("/staff/accounts/<int:number>/reset", "POST"): 422,
    ("/staff/accounts/<int:number>/disable", "POST"): 422,
    ("/staff/accounts/<int:number>/enable", "POST"): 422,
    ("/staff/accounts/<int:number>/sessions", "POST"): 422,
}


def staff_routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith(STAFF) and not rule.build_only
    }


def filled(rule: str) -> str:
    for part, filling in FILLED.items():
        rule = rule.replace(part, filling)
    return rule


def ask(staff: Staff, rule: str, method: str) -> tuple[int, str]:
    """Return status and redirect location of a request with a valid token."""
    rule = filled(rule)
    token = staff.page.find("//input[@name='csrf_token']")[0].get("value")
    # A download that nobody reads or closes keeps others from starting.
    with staff.client.open(rule, method=method, data={} if method == "GET" else {"csrf_token": token}) as answer:
        return answer.status_code, answer.location or ""


def refusals(app: Flask) -> int:
    """Count the refused pages in the audit trail."""
    refused = select(func.count()).where(AuditEntry.action == Action.PAGE_REFUSED.value)
    with app.app_context():
        return db.session.scalar(refused) or 0


def test_the_list_is_complete(app: Flask) -> None:
    assert staff_routes(app) == set(ROUTE_ROLES)


def test_desk_staff_have_these_pages_and_no_other() -> None:
    opened = {rule for (rule, _), roles in ROUTE_ROLES.items() if DESK in roles}
    of_everyone = {rule for (rule, _), roles in ROUTE_ROLES.items() if set(roles) == set(ROLES)}
    assert of_everyone == {
        "/staff/", "/staff/sign-out", "/staff/password", "/staff/recovery-codes", "/staff/sessions",
    }  # fmt: skip
    assert opened - of_everyone == {"/staff/look-up", "/staff/look-up/<handle>", "/staff/waiting-room"}


@pytest.mark.parametrize("role", ROLES)
def test_a_page_opens_for_its_roles_and_no_other(clinic: Flask, role: str) -> None:
    staff = Staff(clinic)
    staff.sign_in(role)
    refused = 0
    for (rule, method), roles in ROUTE_ROLES.items():
        if rule == "/staff/sign-out":
            continue
        status, place = ask(staff, rule, method)
        if role in roles:
            assert status == EMPTY.get((rule, method), 200), (rule, method)
        elif SIGNING_IN in roles:
            assert (status, place) == (303, "/staff/"), (rule, method)
        else:
            refused += 1
            assert (status, refusals(clinic)) == (403, refused), (rule, method)
    assert refusals(clinic) == refused
    assert ask(staff, "/staff/sign-out", "POST") == (303, "/staff/sign-in")


def test_nothing_but_signing_in_opens_for_nobody(clinic: Flask) -> None:
    for (rule, method), roles in ROUTE_ROLES.items():
        staff = Staff(clinic)
        staff.open("/staff/sign-in")
        status, place = ask(staff, rule, method)
        if SIGNING_IN in roles:
            # Without the step before it, a step leads back to the first.
            assert (status, place) in [(200, ""), (302, "/staff/sign-in"), (404, ""), (422, "")], (rule, method)
        else:
            assert (status, place) == (303, "/staff/sign-in"), (rule, method)


def test_until_the_authenticator_is_set_up_only_its_set_up_opens(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.begin()
    for (rule, method), roles in ROUTE_ROLES.items():
        staff.enter(ONE_TIME)
        status, place = ask(staff, rule, method)
        if SIGNING_IN not in roles or rule in ("/staff/code", "/staff/recovery"):
            assert place == "/staff/sign-in", (rule, method)
        elif rule == "/staff/set-up":
            assert status == 200, (rule, method)


def test_until_the_password_is_their_own_only_its_change_opens(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.change(must_change_password=True)
    staff.enter("correct horse battery")
    assert staff.press("Continue", code=staff.code()).path == "/staff/password"
    for (rule, method), roles in ROUTE_ROLES.items():
        if SIGNING_IN not in roles and rule not in ("/staff/password", "/staff/sign-out"):
            assert ask(staff, rule, method) == (303, "/staff/password"), (rule, method)


def test_a_page_that_says_nothing_opens_for_nobody() -> None:
    app = create_app(TestConfig())
    app.add_url_rule("/staff/forgotten", view_func=lambda: "secrets", endpoint="forgotten")
    answer = app.test_client().get("/staff/forgotten")
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")


def test_a_page_that_says_nothing_opens_not_even_for_managers(own_clinic: Flask) -> None:
    own_clinic.add_url_rule("/staff/forgotten", view_func=lambda: "secrets", endpoint="forgotten")
    staff = Staff(own_clinic)
    staff.sign_in(MANAGER)
    page = staff.open("/staff/forgotten")
    assert page.status == 403
    assert "No role can open it yet" in page.text


def test_who_is_refused_reads_whose_the_page_is_and_whom_to_ask(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in(VIEWER)
    page = staff.open("/staff/submissions")
    assert (page.status, page.heading) == (403, "Your role cannot open this page")
    assert (
        "Only reviewers and managers can open it, and you are a viewer. If your work needs it, ask a manager."
        in page.text
    )
    staff.change(role=DESK)
    assert "Only reviewers and managers can open it, and you are desk staff." in staff.open("/staff/insights").text
    assert "Only viewers, reviewers and managers can open it" in staff.open("/staff/figures").text
    assert "Only managers can open it" in staff.open("/staff/accounts").text
    staff.change(role=REVIEWER)
    assert staff.open("/staff/submissions").heading == "Submissions"


def test_a_role_that_there_is_not_is_refused_at_once() -> None:
    for roles in ((), ("admin",)):
        with pytest.raises(ValueError, match="Unknown or missing role"):
            allowed(*roles)


@pytest.mark.parametrize("role", ROLES)
def test_the_first_page_says_what_the_role_opens(clinic: Flask, role: str) -> None:
    page = Staff(clinic).sign_in(role)
    assert f"You are signed in as {role_holders(role, 1)}." in page.text
    assert ("ask a manager" in page.text) is (role != MANAGER)


def test_sign_in_leads_to_the_page_that_was_wanted(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    assert staff.open("/staff/recovery-codes").path == "/staff/sign-in"
    staff.enter("correct horse battery")
    assert staff.press("Continue", code=staff.code()).path == "/staff/recovery-codes"
    assert staff.open("/staff/").path == "/staff/"


def test_after_an_address_too_long_to_remember_sign_in_leads_home_and_the_cookie_stays_small(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.join()
    staff.open("/staff/recovery-codes")
    assert staff.open("/staff/submissions?answer=" + "a" * 5_000).path == "/staff/sign-in"
    cookie = staff.client.get_cookie("staff")
    assert cookie
    assert len(cookie.value) < 2_000
    staff.enter("correct horse battery")
    assert staff.press("Continue", code=staff.code()).path == "/staff/"


@pytest.mark.parametrize("place", ["https://evil.test/", "//evil.test", "/staff/..//evil.test", "/staff/password"])
def test_an_address_or_form_cannot_say_where_sign_in_leads(clinic: Flask, place: str) -> None:
    staff = Staff(clinic)
    staff.join()
    answer = staff.client.get("/staff/sign-in", query_string={"next": place})
    assert (answer.status_code, answer.location) == (303, "/staff/sign-in")
    assert staff.enter("correct horse battery").path == "/staff/code"
    assert staff.press("Continue", code=staff.code(), next=place).status == 400
    staff.open("/staff/code")
    assert staff.press("Continue", code=staff.code()).path == "/staff/"


@pytest.mark.parametrize("path", ["register", "reset", "confirm", "verify", "change-email", "us-signin", "wan-signin"])
def test_what_flask_security_could_do_more_is_closed(clinic: Flask, path: str) -> None:
    assert clinic.test_client().get(f"/staff/{path}").status_code == 404
    assert clinic.test_client().get(f"/{path}").status_code == 404


def test_every_form_needs_its_token(clinic: Flask) -> None:
    staff, visitor = Staff(clinic), Staff(clinic)
    staff.sign_in(MANAGER)
    visitor.open("/staff/sign-in")
    for rule, method in ROUTE_ROLES:
        if method == "POST":
            for client in (staff.client, visitor.client):
                assert client.post(filled(rule), data={"csrf_token": "made-up"}).status_code == 400, rule
                assert client.post(filled(rule)).status_code == 400, rule
    page = Page(staff.client.post("/staff/sign-out"))
    assert page.heading == "This page is out of date"
    assert staff.open("/staff/").heading == "Welcome"
