"""Reviewing one submission after the other: rows, the places of buttons, walks by keyboard and by thumb, and paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from config import make_secrets
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question
from screening.storage.accounts import REVIEWER
from screening.storage.submissions import Submitted
from tests.browser.clinic import Clinic, Picks, everything, nothing
from tests.browser.conftest import DESK, PHONE
from tests.browser.paper import FORMATS, MIN_SIZE, print_page
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, path
from tests.support.server import served

LIST = "/staff/submissions"
SCREEN = Device(1280, 800)
# As many as the bench walks is more than a test needs.
WALKED = 6
ROWS = "[...document.querySelectorAll('.records tr[id]')].map(one => one.getBoundingClientRect().toJSON())"
# The browser sets the focus as soon as it paints the page.
STARTS = "document.activeElement.matches('.to-read')"
HIGHEST_ROW, MIN_ROWS, MIN_TARGET = 40, 14, 44
BUTTONS = ("Mark as reviewed", "Set aside")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic whose list nobody else walks."""
    instance = tmp_path_factory.mktemp("review")
    make_secrets(instance)
    with served(instance) as server:
        clinic = Clinic(server)
        for week in (CLOSED_WEEK, WEEK_BEFORE):
            for number in range(20):
                put(clinic, everything if number % 2 else nothing, week)
        yield clinic


@pytest.fixture
def come(clinic: Clinic, opened: Callable[[Device], BrowserContext]) -> Iterator[Callable[[Device], Patient]]:
    """Sign in a reviewer at the list."""
    with ExitStack() as partings:

        def arrive(device: Device) -> Patient:
            person = partings.enter_context(Patient(opened(device), clinic.origin))
            as_staff(LIST, "The latest week comes first.", REVIEWER)(person, clinic)
            return person

        yield arrive


def put(clinic: Clinic, picks: Picks, week: int = CLOSED_WEEK) -> Submitted:
    """Store a submission with these picks."""
    questionnaire = clinic.questionnaire("reflection")
    answers: dict[str, tuple[str, ...]] = {}
    while asked := Journey(questionnaire, answers).first_open:
        answers[asked.id] = picks(asked)
    picked = {name.replace("-", "_"): " ".join(ids) for name, ids in answers.items()}
    return Shelf(clinic.app, questionnaire).put(week, "", clinic.config.code_keys[0], **picked)


def boxes(person: Patient) -> list[dict[str, float]]:
    found: list[dict[str, float]] = person.page.evaluate(ROWS)
    return found


def place(person: Patient, name: str) -> Any:
    return person.button(name).bounding_box()


def open_first(person: Patient) -> Patient:
    with person.page.expect_navigation():
        person.page.locator(".records a").first.click()
    return person


def test_fourteen_rows_of_one_line_are_on_a_screen(come: Callable[[Device], Patient]) -> None:
    rows = boxes(come(SCREEN))
    assert max(row["height"] for row in rows) <= HIGHEST_ROW
    assert sum(row["bottom"] <= SCREEN.height for row in rows) >= MIN_ROWS


def test_on_a_phone_a_row_is_two_lines_and_a_target_for_a_thumb(come: Callable[[Device], Patient]) -> None:
    person = come(PHONE)
    rows = boxes(person)
    assert {row["height"] for row in rows} == {rows[0]["height"]}
    assert MIN_TARGET <= rows[0]["height"] <= 72
    person.page.locator(".records tr[id]").nth(1).tap(position={"x": 250, "y": 40})
    person.page.wait_for_url(f"**{LIST}/**")
    assert person.heading == "One submission"


@pytest.mark.parametrize("device", [SCREEN, Device(SCREEN.width, SCREEN.height, has_scripts=False)], ids=str)
def test_coming_back_leads_to_the_row(come: Callable[[Device], Patient], device: Device) -> None:
    person = come(device)
    link = person.page.locator(".records a").nth(30)
    address = link.get_attribute("href")
    with person.page.expect_navigation():
        link.click()
    person.follow("Back to the list")
    (row,) = [one for one in boxes(person) if one["y"] == person.page.locator("tr:target").bounding_box()["y"]]  # type: ignore[index]
    assert 0 <= row["top"] <= row["bottom"] <= SCREEN.height
    if not device.has_scripts:
        person.page.keyboard.press("Tab")
    assert person.focused.get_attribute("href") == address


@pytest.mark.parametrize("device", [SCREEN, PHONE], ids=str)
def test_buttons_keep_their_place_when_a_notice_appears(
    come: Callable[[Device], Patient], clinic: Clinic, device: Device
) -> None:
    person = open_first(come(device))
    before = {name: place(person, name) for name in BUTTONS}
    person.press("Mark as reviewed")
    assert "Marked as reviewed." in person.text
    assert {name: place(person, name) for name in BUTTONS} == before
    assert person.button("Undo").is_visible()
    assert person.page.evaluate("scrollY") == 0
    person.press("Undo")
    assert "Undone." in person.text
    assert {name: place(person, name) for name in BUTTONS} == before


def test_one_reviews_by_keyboard_alone_with_two_keys_each(come: Callable[[Device], Patient]) -> None:
    person = come(SCREEN)
    person.page.locator(".records a").first.focus()
    keys = ["Enter", *["Tab", "Enter"] * WALKED]
    seen = set()
    for key in keys:
        if key == "Tab":
            person.page.wait_for_function(STARTS)
            person.page.keyboard.press(key)
            assert person.focused.inner_text() == "Mark as reviewed"
            continue
        with person.page.expect_navigation():
            person.page.keyboard.press(key)
        seen.add(person.path)
    assert len(seen) == WALKED + 1
    assert "Marked as reviewed." in person.text
    person.page.wait_for_function(STARTS)
    for name in ("Set aside", "Next without marking", "Undo"):
        for _ in range(2 if name == "Set aside" else 1):
            person.page.keyboard.press("Tab")
        assert person.focused.inner_text() == name


def test_on_a_phone_one_reviews_without_scrolling_to_a_button(come: Callable[[Device], Patient]) -> None:
    person = open_first(come(PHONE))
    seen = set()
    for _ in range(WALKED):
        button = person.button("Mark as reviewed")
        box = button.bounding_box()
        assert box
        assert box["y"] + box["height"] <= PHONE.height
        seen.add(person.path)
        with person.page.expect_navigation():
            person.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert len(seen) == WALKED


def test_the_bar_on_a_phone_covers_nothing_at_the_end_of_the_page(come: Callable[[Device], Patient]) -> None:
    person = open_first(come(PHONE))
    person.press("Mark as reviewed")
    person.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    bar = person.page.locator(".marking").bounding_box()
    last = person.page.locator("main .sheet > :last-child").bounding_box()
    assert bar
    assert last
    assert last["y"] + last["height"] <= bar["y"]


def some(asked: Question) -> tuple[str, ...]:
    return (asked.options[-1].id,)


@pytest.mark.parametrize("size", FORMATS)
@pytest.mark.parametrize("picks", [everything, nothing, some])
def test_a_submission_is_one_sheet_and_loses_nothing(
    come: Callable[[Device], Patient], clinic: Clinic, picks: Picks, size: str
) -> None:
    record = put(clinic, picks)
    person = come(DESK).open(path(record))
    paper = print_page(person, size)
    assert len(paper.sheets) == 1
    assert paper.least_size >= MIN_SIZE - 0.01
    assert paper.pictures[0].has_clear_edges
    assert not paper.lost
    questionnaire = clinic.questionnaire("reflection")
    said = [option.say for one in questionnaire.questions for option in one.options if option.id in picks(one)]
    if picks is everything:
        asked = [one for one in questionnaire.questions if one.ask_if.holds({"asking-for": ("myself",)})]
        said = [option.say for one in asked for option in one.options if option.id in picks(one)]
        assert [words for words in said if words not in paper.text] == []
    for left_out in (*BUTTONS, "Back to the list", "Please do not try", "Nothing is deleted", "Print", "Sign out"):
        assert left_out not in paper.text


@pytest.mark.parametrize("size", FORMATS)
def test_the_list_is_printed_as_a_compact_table(come: Callable[[Device], Patient], size: str) -> None:
    person = come(DESK)
    rows = person.page.locator(".records tr[id]").count()
    paper = print_page(person, size)
    assert len(paper.sheets) <= 2
    assert not paper.lost
    assert all(picture.has_clear_edges for picture in paper.pictures)
    assert [str(number) for number in range(1, rows + 1) if f" {number} " not in f" {paper.text} "] == []
    for left_out in ("Filters", "By keyboard", "random on purpose", "The current week", "Set aside", "Sign out"):
        assert left_out not in paper.text
