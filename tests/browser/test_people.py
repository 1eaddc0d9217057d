"""Four roles at the desk, each with their own work and device: receptionist, nurse, clinical lead, privacy officer."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator

from config import make_secrets
from screening.staff.auth.access import role_holders
from screening.storage import accounts, patient_codes, questionnaire_versions
from screening.storage.accounts import MANAGER, REVIEWER, VIEWER
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import cut_off
from tests.browser.paper import print_page
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff
from tests.browser.states_of_questionnaires import in_other_words
from tests.browser.test_desk import PASSWORD as OWN_PASSWORD
from tests.browser.test_desk import fill
from tests.browser.test_managers import NURSE, TABLET, begin, reads_well, set_up
from tests.support.page_checker import SPANISH
from tests.support.sample_submissions import OPEN_WEEK
from tests.support.server import flask, served
from tests.support.staff_client import PASSWORD

Come = Callable[[Device, str], Patient]
ELSEWHERE = replace(DESK, height=901)
# Targets to hit on their own: no link within text, and no field whose label is a target too.
TOO_LOW = """() => [...document.querySelectorAll(
    'button, select, summary, nav a, .chips a, .ways a, .choice, .field input, .buttons a')]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
    .map(one => 'too low for a thumb: ' + one.outerHTML.slice(0, 200))"""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """One clinic for all four, with made-up submissions of twelve weeks."""
    instance = tmp_path_factory.mktemp("people")
    make_secrets(instance)
    with served(instance) as server:
        assert flask(instance, "demo")[0] == 0
        yield Clinic(server)


@pytest.fixture
def come(clinic: Clinic, opened: Callable[[Device], BrowserContext]) -> Iterator[Come]:
    """Sign in someone of a role, on the first page."""
    with ExitStack() as partings:

        def arrive(device: Device, role: str) -> Patient:
            person = partings.enter_context(Patient(opened(device), clinic.origin))
            as_staff("/staff/", f"You are signed in as {role_holders(role, 1)}.", role)(person, clinic)
            return person

        yield arrive


def open_by(person: Patient, what: Locator) -> Patient:
    """Follow a link found by part of its name."""
    with person.page.expect_navigation():
        what.click()
    return person


def test_a_receptionist_opens_what_the_patient_before_her_shared(come: Come, clinic: Clinic) -> None:
    code = patient_codes.make_code()
    clinic.put(OPEN_WEEK, code)
    desk = come(DESK, accounts.DESK)
    for typed, told in (
        (code[1:], "This code is incomplete"),
        (patient_codes.make_code(CodeKind.RETURN), "Ask for the code that the patient got after sharing."),
        (patient_codes.make_code(), "The patient did not press Share"),
    ):
        fill(desk, code=typed).press("Look up")
        assert told in desk.text
        shown = patient_codes.format_code(typed) if len(typed) == patient_codes.CODE_LENGTH else typed
        assert desk.page.get_by_label("The patient’s code").input_value() == shown
    fill(desk, code=code.lower()).press("Look up")
    assert "You opened it with the patient’s code, so you know whose it is." in desk.text
    assert "You do not need to mark it." in desk.text
    assert desk.button("Mark as reviewed").count() == 0
    assert code not in desk.page.url + desk.page.content()

    desk.page.evaluate("print = () => { document.title = 'On paper'; }")
    desk.button("Print").click()
    assert desk.title == "On paper"
    paper = print_page(desk, "Letter").text
    assert "Cravings and recovery" in paper
    assert "What their summary said" in paper
    for left_out in ("Look up", "Published figures", "Sign out", "Print"):
        assert left_out not in paper

    desk.follow("Look up another code")
    assert desk.page.get_by_label("The patient’s code").input_value() == ""


def is_for_a_thumb(nurse: Patient) -> None:
    """Fail if something is too low to touch, or is cut off."""
    assert nurse.page.evaluate(TOO_LOW) + cut_off(nurse.page) == [], nurse.path


def tap(nurse: Patient, what: Locator) -> Patient:
    """Touch something that leads to another page, which must be large enough."""
    with nurse.page.expect_navigation():
        what.tap()
    is_for_a_thumb(nurse)
    return nurse


def narrow(nurse: Patient) -> None:
    """Filter for people who read for themselves about cravings, in the last two weeks."""
    nurse.page.get_by_text("Filters", exact=True).tap()
    nurse.page.get_by_text("Only with these answers").tap()
    nurse.page.get_by_label("Who are you asking for?").select_option(label="Myself")
    nurse.page.get_by_label("What would you like to read about?").select_option(label="Cravings and recovery")
    nurse.page.get_by_label("From week").select_option(index=2)
    is_for_a_thumb(nurse)
    tap(nurse, nurse.button("Show these"))


def found(nurse: Patient) -> int:
    """Return the count of the filtered list, which equals its number of rows."""
    said = re.search(r"(\d+) found\.", nurse.text)
    assert said
    assert nurse.page.locator(".records tr[id]").count() == int(said[1])
    return int(said[1])


def test_a_nurse_reads_on_a_tablet_what_waits_on_monday(come: Come, clinic: Clinic) -> None:
    # Two are marked below, and three remain for the keys.
    for _ in range(5):
        clinic.put()
    nurse, colleague = come(TABLET, REVIEWER), come(ELSEWHERE, MANAGER)
    assert "submissions to review." in nurse.text
    is_for_a_thumb(nurse)
    tap(nurse, nurse.link("Read submissions"))
    narrow(nurse)
    before = found(nurse)
    tap(nurse, nurse.page.locator(".records tr[id]").first)
    address = nurse.path
    colleague.open(address).press("Mark as reviewed")
    tap(nurse, nurse.button("Set aside"))
    assert "Someone marked this submission after you opened it. It is now: reviewed." in nurse.text
    tap(nurse, nurse.button("Set aside"))
    assert "Marked as set aside." in nurse.text
    tap(nurse, nurse.button("Mark as reviewed"))
    tap(nurse, nurse.link("Back to the list"))
    assert "Cravings and recovery" in nurse.page.get_by_role("list", name="Filters in use").inner_text()
    assert found(nurse) == before - 2

    nurse.page.get_by_role("link", name="go to the list").focus()
    rows = nurse.page.locator(".records a")
    second = rows.nth(1).get_attribute("href")
    for key in ("Enter", "j", "j", "j", "k"):
        nurse.page.keyboard.press(key)
    with nurse.page.expect_navigation(url=f"**{second}"):
        nurse.page.keyboard.press("Enter")
    tap(nurse, nurse.link("Submissions"))
    tap(nurse, nurse.page.get_by_role("link", name="Set aside"))
    assert nurse.page.locator(f".records a[href^='{address}']").count() == 1


def test_a_nurse_asks_how_many_picked_one_answer(come: Come) -> None:
    nurse = come(TABLET, REVIEWER)
    tap(nurse, nurse.link("Insights"))
    nurse.page.get_by_text("Choose weeks, answers, or groups to compare").tap()
    nurse.page.get_by_label("Only those who picked").select_option(label="Cravings and recovery")
    tap(nurse, nurse.button("Show"))
    told = re.search(r"Counted: (\d+) of (\d+) submissions\. They picked: “What would you like to read", nurse.text)
    assert told
    weekly = nurse.page.get_by_role("region", name="Shared week by week").locator(".number").all_inner_texts()
    assert sum(map(int, weekly)) == int(told[1]) < int(told[2])
    assert "Please do not pass them on" in nurse.text


@pytest.mark.long
def test_a_clinical_lead_looks_at_a_new_version(come: Come, clinic: Clinic) -> None:
    with clinic.app.app_context():
        questionnaire_versions.store_version(
            db.session, in_other_words(clinic.questionnaire("reflection")), datetime.now(UTC).date()
        )
    lead = come(replace(DESK, has_scripts=False), REVIEWER)
    open_by(lead.follow("Questionnaires"), lead.page.get_by_role("link", name="What changed").first)
    assert "Before: ¿Para quién busca información?" in lead.text
    open_by(lead.follow("All questionnaires"), lead.page.get_by_role("link", name="In use now"))
    assert "All answers lead to a complete summary" in lead.text

    lead.follow("Preview: see it as a patient does")
    lead.page.get_by_label("Language").select_option("es")
    lead.press("Show")
    for words in ("Start", "Continue"):
        lead.press(SPANISH[words])
    assert SPANISH["Choose an answer, or press Skip."] in lead.text
    lead.choose(SPANISH["Myself"]).press(SPANISH["Continue"])
    while lead.heading != SPANISH["Check your answers"]:
        is_pause = lead.button(SPANISH["Keep going"]).count()
        lead.press(SPANISH["Keep going" if is_pause else "Skip / I’d rather not say"])
    lead.press(SPANISH["See your summary"])
    assert lead.heading == SPANISH["Your summary"]
    assert lead.text.startswith("Preview. Nothing is stored.")
    assert lead.draft == {}

    lead.follow("Stop the preview").follow("Try answers: what would the summary say?")
    lead.choose("Cravings and recovery", "Talking therapy").press("Show the summary")
    why = lead.page.get_by_role("region", name="Why it says this").inner_text()
    assert "What would you like to read about? “Cravings and recovery”." in " ".join(why.split())
    assert "What help have you tried, and what would you say about it?" in why
    assert "This page cannot tell you if ketamine therapy is right for you." in lead.text
    assert "?" not in lead.page.url


def downloaded(lead: Patient, what: Locator) -> str:
    """Return the content of the downloaded file."""
    with lead.page.expect_download() as coming:
        what.click()
    return Path(coming.value.path()).read_text("utf-8-sig")


def table(lead: Patient, what: Locator) -> list[dict[str, str]]:
    """Parse a file's rows, as a spreadsheet shows them."""
    return list(csv.DictReader(downloaded(lead, what).splitlines()))


def promised(lead: Patient) -> int:
    """Return the number of submissions that the page announces for the files."""
    return int(re.sub(r"\D", "", lead.page.get_by_role("heading", name="Download").inner_text()))


def test_a_clinical_lead_takes_files_along_that_hold_what_the_page_says(come: Come) -> None:
    lead = come(replace(DESK, has_scripts=False), REVIEWER).follow("Export")
    assert "For each submission: the answers and the year. Nothing else." in lead.text
    meanings = {one["column"]: one["question_words"] for one in table(lead, lead.link("codebook"))}
    years = table(lead, lead.button("For a spreadsheet"))
    assert len(years) == promised(lead)
    assert meanings["asking-for"] == "Who are you asking for?"
    assert [one for one in years[0] if one not in meanings] == []
    beside_answers = {"shared_week", "week_begins", "questions_version", "review_state"}
    assert beside_answers & {*years[0]} == set()
    assert len(downloaded(lead, lead.button("For programs")).splitlines()) == promised(lead)

    lead.follow("Weekly")
    assert "This reveals more than the year-only export." in lead.text
    lead.page.get_by_label("Review state").select_option(label="Set aside")
    lead.press("Show")
    weeks = table(lead, lead.button("For a spreadsheet"))
    assert {*weeks[0]} == {*years[0]} | beside_answers
    assert [one["review_state"] for one in weeks] == ["set-aside"] * promised(lead)

    open_by(lead.follow("Questionnaires"), lead.page.get_by_role("link", name="In use now"))
    asked = json.loads(downloaded(lead, lead.link("Download as FHIR, for other programs")))
    assert asked["title"] == lead.heading
    assert "Who are you asking for?" in json.dumps(asked)


def invite(officer: Patient, nurse: Patient) -> None:
    """Give somebody a link, and set up an account with it in their own browser."""
    officer.follow("Accounts").follow("Invite someone")
    reads_well(officer)
    fill(officer, email=NURSE, password=PASSWORD).press("Create the link")
    reads_well(officer)
    link = officer.page.locator(".link code").inner_text()
    officer.context.grant_permissions(["clipboard-read"])
    officer.button("Copy the link").click()
    assert officer.button("Copied").count()
    assert officer.page.evaluate("navigator.clipboard.readText()").strip() == link
    begin(nurse, link)
    set_up(nurse)
    assert nurse.heading == "Welcome"
    assert nurse.link("Submissions").count() == 0
    officer.follow("I have given it to them. Continue").follow(NURSE)


def make_reviewer(officer: Patient) -> None:
    officer.follow("Change the role")
    officer.choice(
        "Reviewer: Published figures, and submissions after their week ends or with the patient’s code."
    ).check()
    fill(officer, purpose="Reads for the intake team.", password=PASSWORD).press("Change the role")
    assert "Reads for the intake team." in officer.text
    reads_well(officer)


@pytest.mark.long
def test_a_privacy_officer_lets_somebody_in_and_out_and_finds_all_of_it_noted(
    come: Come, clinic: Clinic, opened: Callable[[Device], BrowserContext]
) -> None:
    officer = come(DESK, MANAGER)
    with Patient(opened(TABLET), clinic.origin) as nurse:
        invite(officer, nurse)
        make_reviewer(officer)
        open_by(nurse.open("/staff/").follow("Submissions"), nurse.page.locator(".records a").first)
        assert nurse.heading == "One submission"
        assert nurse.link("Delete this submission").count() == 0
        officer.follow("End sessions").press("End the selected sessions")
        assert "have ended" in officer.text
        assert nurse.open("/staff/").heading == "Sign in"
        officer.follow("Disable")
        reads_well(officer)
        officer.press("Yes, disable it")
        fill(nurse, email=NURSE, password=OWN_PASSWORD).press("Continue")
        assert "password is wrong" in nurse.text

    officer.follow("Audit")
    reads_well(officer)
    noted = [" ".join(row.split()) for row in officer.page.get_by_role("row").all_inner_texts()]
    me = clinic.staff(MANAGER).email
    for who, did in (
        (me, f"created an account {NURSE}"),
        (NURSE, "signed in"),
        (me, f"made someone a reviewer {NURSE}"),
        (NURSE, "read a submission submission"),
        (me, f"ended sessions {NURSE}"),
        (me, f"disabled an account {NURSE}"),
    ):
        assert [row for row in noted if f"{who} {did}" in row], did

    officer.page.get_by_label("Who").select_option(label=NURSE)
    officer.press("Show these")
    paper = print_page(officer, "Letter").text
    assert f"shown: {NURSE}." in paper
    assert re.search(rf"{NURSE} read a submission submission [0-9a-f]{{8}}", paper)
    assert not re.search(f"{me}|Show", paper)


@pytest.mark.long
def test_a_privacy_officer_reads_tables_on_a_phone(come: Come) -> None:
    officer = come(PHONE, MANAGER)
    for name in ("accounts", "audit", "retention"):
        officer.open(f"/staff/{name}")
        reads_well(officer)
        # An entry of the trail is a few words, and takes its own lines.
        cells = officer.page.locator("table:not(#entries) tbody :is(th, td)")
        assert min(cells.evaluate_all("cells => cells.map(one => one.clientWidth)")) > 300, name


@pytest.mark.long
def test_a_privacy_officer_checks_who_read_how_much_this_month(come: Come, clinic: Clinic) -> None:
    nurse, officer = come(TABLET, REVIEWER), come(DESK, MANAGER)
    for number in range(2):
        nurse.follow("Submissions")
        open_by(nurse, nurse.page.locator(".records a").nth(number))
    officer.follow("Audit")
    reads_well(officer)
    name = clinic.staff(REVIEWER).email
    row = officer.page.get_by_role("row", name=name).first
    box = row.bounding_box()
    assert box
    assert box["y"] + box["height"] < DESK.height, "it is there without scrolling"
    read = int(row.get_by_role("cell").first.inner_text())
    assert read >= 2

    open_by(officer, row.get_by_role("link", name=name))
    assert officer.page.locator("#entries tbody tr").count() == read
    rows = table(officer, officer.button("Download these entries (CSV)"))
    assert [(one["who"], one["did"]) for one in rows] == [(name, "read a submission")] * read
    officer.follow("Audit")
    exported = officer.page.get_by_role("region", name="Exports in these weeks").last
    assert "downloaded this audit trail" in exported.inner_text()


def test_a_privacy_officer_keeps_the_head_of_the_trail_on_paper(come: Come) -> None:
    officer = come(DESK, MANAGER).follow("Audit")
    (head,) = re.findall(r"audit head \(last line\): (\d+-[0-9a-f ]+[0-9a-f])", officer.text)
    paper = print_page(officer, "Letter").text
    assert head in paper
    assert "Retention" not in paper
    fill(officer, head=head.upper()).press("Check this audit head")
    assert "it continues from the audit head that you typed" in officer.text
    fill(officer, head=head[:-1]).press("Check this audit head")
    assert "This is not an audit head." in officer.text


def test_a_privacy_officer_deletes_one_submission_and_publishes_what_viewers_then_read(come: Come) -> None:
    officer, viewer = come(DESK, MANAGER), come(ELSEWHERE, VIEWER)
    assert "Nothing is published yet." in viewer.open("/staff/figures").text
    officer.follow("Retention")
    reads_well(officer)
    assert "90 days from the Monday of their week" in officer.text
    record = open_by(officer.follow("Submissions"), officer.page.locator(".records a").first).path
    officer.follow("Delete this submission")
    assert "at once, for good" in officer.text
    assert "The submission is deleted." in officer.press("Yes, delete it").text
    assert officer.open(record).heading == "Page not found"
    assert "deleted a submission" in officer.follow("Audit").page.locator("#entries").inner_text()

    open_by(officer.follow("Publish"), officer.page.get_by_role("link", name="Look at").first)
    shown = officer.page.locator(".bars").all_inner_texts()
    officer.press("Publish these figures")
    assert "The figures are published." in officer.text
    viewer.follow("Published figures")
    assert viewer.page.locator(".bars").all_inner_texts() == shown != []
    assert "published figures" in officer.follow("Audit").page.locator("#entries").inner_text()
