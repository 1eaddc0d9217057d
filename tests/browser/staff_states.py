"""Every staff page in every reachable state, by name."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from unittest import mock

from flask_security import hash_password
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from screening.authoring.builder import build_questionnaire
from screening.questionnaire.model import Questionnaire
from screening.statistics import publishing
from screening.storage import (
    accounts,
    audit,
    notices,
    patient_codes,
    published_figures,
    questionnaire_versions,
    submission_search,
    weeks,
)
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER, StaffSession
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.storage.submission_search import LIST_PAGE_SIZE
from screening.storage.submissions import ReviewState as Mark
from tests.browser.clinic import Clinic
from tests.browser.patient import SKIP, Patient
from tests.browser.ways import Go, State, drawn, in_trouble, press, tells, then, too_much
from tests.support.sample_submissions import CLOSED_WEEK, OPEN_WEEK, WEEK_BEFORE, path
from tests.support.staff_client import ONE_TIME, PASSWORD, Staff

LIST = "staff/review/submissions.html"
ONE = "staff/review/submission.html"
DAMAGED = "staff/review/damaged.html"
LOOK_UP = "staff/review/lookup.html"
HOME = "staff/home.html"
WAITING_ROOM = "staff/waiting-room.html"
ERROR = "staff/error.html"
FIGURES = "staff/figures/figures.html"
INSIGHTS = "staff/figures/insights.html"
EXPORT = "staff/review/export.html"
PUBLISH = "staff/figures/publish.html"
PREVIEW = "staff/figures/preview.html"
QUESTIONNAIRES = "staff/questionnaires/questionnaires.html"
CHANGES = "staff/questionnaires/compare.html"
SIGN_IN = "security/login_user.html"
SET_UP = "security/two_factor_setup.html"
SECOND = "security/two_factor_verify_code.html"
RECOVERY = "security/mf_recovery.html"
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


# As many as a block needs for its figures to be published.
ENOUGH_TO_TELL = 12


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


def count(clinic: Clinic) -> list[int]:
    """Store submissions in each publishable block and publish the oldest, once; return the others."""
    with clinic.app.app_context():
        now, days = datetime.now(UTC), clinic.config.retention_days
        if not published_figures.published_blocks(db.session):
            oldest, *_ = blocks = publishing.blocks_to_publish(db.session, now, days)
            for week in blocks:
                for _ in range(ENOUGH_TO_TELL):
                    clinic.put(week)
            published_figures.publish_block(db.session, oldest, publishing.block_figures(db.session, oldest, now))
        return publishing.blocks_to_publish(db.session, now, days)


def counted(template: str, path: str, says: str, role: str = MANAGER) -> State:
    """A page of figures that has some. {} is replaced by a block that waits to be published."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(path.format(weeks.format_week(count(clinic)[-1])), says, role)(patient, clinic)

    return State(template, go, is_busy=True)


def insights_of(query: str, says: str) -> Go:
    """Open *Insights* of the version with most submissions."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        count(clinic)
        as_staff(f"/staff/insights?version={of_most(clinic)}&{query}", says, REVIEWER)(patient, clinic)

    return go


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


def of_most(clinic: Clinic) -> str:
    """Return the version with most submissions, as in addresses."""
    return clinic.questionnaire("reflection").version[:12]


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


def looked_up(typed: str, says: str) -> Go:
    return then(as_staff("/staff/look-up", "Look up a code"), fill(code=typed), press("Look up"), says=says)


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


def too_many_look_ups(clinic: Clinic, _language: str) -> TestResponse:
    staff = clinic.staff(MANAGER)
    staff.open("/staff/look-up")
    with mock.patch("screening.staff.review.lookup.LOOK_UPS_PER_ACCOUNT.amount", 0):
        return staff.client.post("/staff/look-up", data=staff.hidden("Look up") | {"code": "abcd"})


def after_a_mark(says: str, *steps: Callable[[Patient], object]) -> Go:
    """The next submission after one was marked, and what follows."""

    def go(patient: Patient, clinic: Clinic) -> None:
        stock(clinic)
        as_staff(path(clinic.put()), "It does not show whose it is.")(patient, clinic)
        then(lambda patient, _: patient.press("Mark as reviewed"), *steps, says=says)(patient, clinic)

    return go


def stale(patient: Patient) -> None:
    """Replace the page's CSRF tokens with those of an earlier sign-in."""
    patient.page.locator("[name=csrf_token]").evaluate_all("all => all.forEach(field => { field.value = 'old'; })")


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


WRONG = "none of these"
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
READ = {
    "staff, home, viewer, with figures": counted(HOME, "/staff/", "Shared, as published", VIEWER),
    "staff, home, manager, with figures": counted(HOME, "/staff/", "Review the next one"),
    "staff, figures, none": State(FIGURES, as_staff("/staff/figures", "Nothing is published yet.", VIEWER)),
    "staff, figures": counted(FIGURES, "/staff/figures", "How to read this", VIEWER),
    "staff, publish, none": State(PUBLISH, as_staff("/staff/publish", "Each set covers four weeks")),
    "staff, publish": counted(PUBLISH, "/staff/publish", "Ready to publish"),
    "staff, preview": counted(PREVIEW, "/staff/publish/{}", "Publish"),
    "staff, insights, none": State(INSIGHTS, as_staff("/staff/insights", "Insights")),
    "staff, export, none": State(EXPORT, as_staff("/staff/export", "Export")),
    "staff, export": counted(EXPORT, "/staff/export", "For a spreadsheet"),
    "staff, export, weekly": counted(EXPORT, "/staff/export?level=weekly", "This reveals more"),
    "staff, export, singled out": counted(
        EXPORT, "/staff/export?questionnaire=ketamine-therapy&count=singled-out", "the year and three things"
    ),
    "staff, export, weekly, singled out": counted(
        EXPORT,
        "/staff/export?level=weekly&questionnaire=ketamine-therapy&count=singled-out",
        "the week and four things",
    ),
    "staff, export, weekly, none": counted(
        EXPORT, "/staff/export?level=weekly&from=2020-W01&to=2020-W01", "No submission"
    ),
    "staff, insights": counted(INSIGHTS, "/staff/insights", "Insights", REVIEWER),
    "staff, insights, compared": State(
        INSIGHTS, insights_of("answer=asking-for.myself&compare=interests.cravings", "They picked"), is_busy=True
    ),
}


def of_version(
    template: str,
    page: str,
    says: str,
    *steps: Callable[[Patient], object],
    then_says: str = "",
    slug: str = "reflection",
) -> State:
    """A page about the active version."""

    def go(patient: Patient, clinic: Clinic) -> None:
        there = as_staff(f"/staff/questionnaires/{clinic.questionnaire(slug).version[:12]}{page}", says)
        then(there, *steps, says=then_says or says)(patient, clinic)

    return State(template, go, is_busy=slug != "reflection")


def compared(query: str, says: str) -> State:
    """The comparison of the active version with a later one."""

    def go(patient: Patient, clinic: Clinic) -> None:
        real = clinic.questionnaire("reflection")
        with clinic.app.app_context():
            questionnaire_versions.store_version(db.session, in_other_words(real), datetime.now(UTC).date())
        served = {"now": real.version[:12], "other": in_other_words(real).version[:12]}
        as_staff(f"/staff/questionnaires/changes{query.format(**served)}", says)(patient, clinic)

    return State(CHANGES, go)


def in_other_words(real: Questionnaire) -> Questionnaire:
    """Return the same with other words in both languages, one option fewer, and one that brings nothing."""
    data = json.loads(real.content.replace("Who are you", "Whom are you").replace("¿Para quién", "¿Por quién"))
    options = data["questionnaire"]["sections"][0]["items"][1]["choose_any"]
    options.pop(list(options)[-1])
    next(iter(options.values())).pop("topics")
    return build_questionnaire(data, data.pop("translations"))


def to_check(patient: Patient) -> None:
    """Answer the first question of a preview and skip the others, up to the check page."""
    patient.press("Start").choose("Myself").press("Continue")
    while patient.heading != "Check your answers":
        patient.press("Keep going" if patient.button("Keep going").count() else SKIP)


def to_pause(patient: Patient) -> None:
    patient.press("Start")
    while not patient.button("Keep going").count():
        patient.press(SKIP)


def no_longer_asked(patient: Patient) -> None:
    """Change the first answer, so that others no longer apply."""
    patient.press("Change this answer: Who are you asking for?").choose("I'm just learning").press("Continue")


def try_some(patient: Patient) -> None:
    patient.choice("Cravings and recovery").check()
    patient.page.locator("[name='q.tried']").first.check()
    patient.page.locator("[name='q.ask-about']").first.check()
    patient.press("Show the summary")


def try_what_stands_alone(patient: Patient) -> None:
    for box in patient.page.locator("[name='q.tried']").all():
        box.check()
    patient.press("Show the summary")


PREVIEW_SAYS, TRY_SAYS = "Preview. Nothing is stored.", "This page is for checking texts."
QUESTIONS = {
    "staff, questionnaires": State(QUESTIONNAIRES, as_staff("/staff/questionnaires", "In use now")),
    "staff, questionnaires, several": State(
        QUESTIONNAIRES, as_staff("/staff/questionnaires", "In use now", REVIEWER), is_busy=True
    ),
    "staff, questionnaire": of_version("staff/questionnaires/version.html", "", "What was checked"),
    "staff, questionnaire, long words": of_version(
        "staff/questionnaires/version.html", "", "What was checked", slug="long-words"
    ),
    "staff, questionnaire, texts": of_version("staff/questionnaires/texts.html", "/texts", "All texts"),
    "staff, questionnaire, texts in Spanish": of_version(
        "staff/questionnaires/texts.html", "/texts?language=es", "All texts"
    ),
    "staff, what changed": compared("?before={now}&after={other}", "What changed"),
    "staff, what changed, turned": compared("?before={other}&after={now}", "What changed"),
    "staff, what changed, the same twice": compared("?before={now}&after={now}", "the same version twice"),
    "staff, walk": of_version("staff/questionnaires/preview.html", "/preview", PREVIEW_SAYS),
    "staff, walk, question": of_version(
        "staff/questionnaires/preview-question.html", "/preview", PREVIEW_SAYS, press("Start")
    ),
    "staff, walk, question, error": of_version(
        "staff/questionnaires/preview-question.html",
        "/preview",
        PREVIEW_SAYS,
        press("Start"),
        press("Continue"),
        then_says="Choose an answer, or press Skip.",
    ),
    "staff, walk, pause": of_version("staff/questionnaires/preview-pause.html", "/preview", PREVIEW_SAYS, to_pause),
    "staff, walk, check": of_version("staff/questionnaires/preview-check.html", "/preview", PREVIEW_SAYS, to_check),
    "staff, walk, check, dropped": of_version(
        "staff/questionnaires/preview-check.html",
        "/preview",
        PREVIEW_SAYS,
        to_check,
        no_longer_asked,
        then_says="They were dropped.",
    ),
    "staff, walk, summary": of_version(
        "staff/questionnaires/preview-summary.html", "/preview", PREVIEW_SAYS, to_check, press("See your summary")
    ),
    "staff, try": of_version("staff/questionnaires/what_if.html", "/try", TRY_SAYS),
    "staff, try, summary": of_version(
        "staff/questionnaires/what_if.html", "/try", TRY_SAYS, try_some, then_says="Why it says this"
    ),
    "staff, try, error": of_version(
        "staff/questionnaires/what_if.html", "/try", TRY_SAYS, try_what_stands_alone, then_says="does not go together"
    ),
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
