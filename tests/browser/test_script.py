"""What scripts add: leaving by Shift, a warning before answers lapse, and copying. Without scripts none of it shows."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import Browser, Locator, Page, expect

from screening.web.cookies import LAPSES_AFTER
from tests.browser import exit_page
from tests.browser.conftest import DESK, PHONE
from tests.browser.patient import Device, Patient
from tests.support.saving_patient import SAVE
from tests.support.server import Server

START = "Questions to think over, at your own pace"
CLEARED = "what was kept on this device was cleared"
KEEP = "Keep my answers"
COPY = "Copy the code"
TEN = "Your answers will be cleared here in less than 10 minutes."
MINUTE = 60 * 1000


@pytest.fixture
def timed(browser: Browser, site: str) -> Iterator[Patient]:
    """A patient with their own window and clock, at a question, with something ticked and not sent."""
    with browser.new_context() as context, Patient(context, site) as patient:
        context.clock.install()
        yield patient.start().answer("Myself").choose("Low mood")


def heard(patient: Patient) -> str:
    return patient.page.locator("[aria-live=polite]").inner_text()


def notice(patient: Patient) -> Locator:
    return patient.page.locator("#lapse")


def wait(patient: Patient, minutes: float) -> None:
    patient.page.clock.fast_forward(int(minutes * MINUTE))


def age(patient: Patient, server: Server, seconds: int) -> str:
    """Make the draft this old, and return the cookie."""
    box = Fernet((server.instance / "draft-keys").read_text().split()[0])
    held = json.loads(box.decrypt(str(patient.draft["value"])))
    held["at"] = int(time.time()) - seconds
    patient.bring(box.encrypt(json.dumps(held).encode()).decode())
    return str(patient.draft["value"])


def shift(patient: Patient, times: int) -> None:
    for _ in range(times):
        patient.page.keyboard.press("Shift")


def test_shift_three_times_leaves_as_the_link_does(patient: Patient, exit_requests: list[dict[str, str]]) -> None:
    patient.start().answer("Myself").choose("Low mood")
    shift(patient, 1)
    assert heard(patient) == "Press Shift 2 more times to leave."
    shift(patient, 1)
    assert heard(patient) == "Press Shift 1 more time to leave."
    shift(patient, 1)
    patient.page.wait_for_url(exit_page.ADDRESS)
    assert patient.heading == exit_page.HEADING
    assert patient.draft == {}
    assert [headers.get("referer") for headers in exit_requests] == [None]
    patient.go_back()
    assert (patient.heading, patient.chosen) == (START, [])


def test_the_page_goes_blank_before_the_next_one_comes(patient: Patient) -> None:
    # Status 204: the browser stays on the page, as it does until a response comes.
    patient.start().page.route("**/leave", lambda route: route.fulfill(status=204), times=1)
    shift(patient, 3)
    expect(patient.page.locator("body")).to_be_hidden()


# What is done after Shift was pressed twice.
GESTURES: dict[str, Callable[[Page], object]] = {
    "another key": lambda page: page.keyboard.press("a"),
    "Tab": lambda page: page.keyboard.press("Tab"),
    "Shift and Tab": lambda page: page.keyboard.press("Shift+Tab"),
    "a capital": lambda page: page.keyboard.press("Shift+A"),
    "a click": lambda page: page.get_by_role("heading", level=1).click(),
    "Shift and a click": lambda page: page.get_by_role("heading", level=1).click(modifiers=["Shift"]),
    "Shift and the wheel": lambda page: held(page, "Shift", lambda: page.mouse.wheel(0, 10)),
    "Shift held long": lambda page: held(page, "Shift", lambda: page.keyboard.down("Shift")),
    "Shift beside a letter": lambda page: held(page, "a", lambda: page.keyboard.press("Shift")),
    "Alt and Shift": lambda page: page.keyboard.press("Alt+Shift"),
    "Control and Shift": lambda page: page.keyboard.press("Control+Shift"),
    "another window": lambda page: page.evaluate("window.dispatchEvent(new Event('blur'))"),
    "two seconds": lambda page: page.clock.run_for(2100),
}


def held(page: Page, key: str, act: Callable[[], object]) -> None:
    page.keyboard.down(key)
    act()
    page.keyboard.up(key)


@pytest.mark.parametrize("gesture", GESTURES)
def test_shift_as_part_of_another_gesture_does_not_leave(timed: Patient, gesture: str) -> None:
    shift(timed, 2)
    assert heard(timed) == "Press Shift 1 more time to leave."
    GESTURES[gesture](timed.page)
    assert heard(timed) == ""
    shift(timed, 1)
    assert heard(timed) == "Press Shift 2 more times to leave."
    assert timed.page.locator("body").is_visible()
    assert timed.draft


@pytest.mark.parametrize("key", ["a", "Alt", "Control", "Meta"])
def test_shift_three_times_beside_a_key_that_is_held_does_not_leave(timed: Patient, key: str) -> None:
    held(timed.page, key, lambda: shift(timed, 3))
    assert heard(timed) == ""
    assert timed.page.locator("body").is_visible()
    shift(timed, 1)
    assert heard(timed) == "Press Shift 2 more times to leave."


def test_both_shift_keys_together_are_one_press(timed: Patient) -> None:
    held(timed.page, "ShiftLeft", lambda: timed.page.keyboard.press("ShiftRight"))
    assert heard(timed) == "Press Shift 2 more times to leave."


def test_a_key_that_stays_down_without_being_held_does_not_shut_the_way_out(timed: Patient) -> None:
    timed.page.keyboard.down("CapsLock")
    shift(timed, 2)
    assert heard(timed) == "Press Shift 1 more time to leave."
    timed.page.keyboard.down("a")
    # A key may be released while another window has the focus.
    timed.page.evaluate("window.dispatchEvent(new Event('blur'))")
    shift(timed, 1)
    assert heard(timed) == "Press Shift 2 more times to leave."


@pytest.mark.parametrize(
    "field",
    ["<input>", "<input type=password>", "<textarea></textarea>", "<p contenteditable>Words</p>"],
)
def test_shift_three_times_in_a_text_field_does_not_leave(timed: Patient, field: str) -> None:
    timed.page.evaluate("field => document.querySelector('main').insertAdjacentHTML('afterbegin', field)", field)
    timed.page.evaluate("document.querySelector('main').firstElementChild.focus()")
    shift(timed, 3)
    assert heard(timed) == ""
    assert timed.page.locator("body").is_visible()


def test_shift_three_times_in_the_field_for_a_code_does_not_leave(patient: Patient) -> None:
    patient.open("/code").page.get_by_role("textbox").focus()
    shift(patient, 3)
    assert heard(patient) == ""
    assert patient.heading == "Your code"


def test_shift_three_times_leaves_from_a_choice_that_has_the_focus(timed: Patient) -> None:
    timed.page.route("**/leave", lambda route: route.fulfill(status=204), times=1)
    timed.choice("Low mood").focus()
    shift(timed, 2)
    timed.page.clock.run_for(1900)
    shift(timed, 1)
    expect(timed.page.locator("body")).to_be_hidden()


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_way_by_shift_is_told_where_scripts_run(meet: Callable[[Device], Patient], has_scripts: bool) -> None:
    patient = meet(replace(DESK, has_scripts=has_scripts)).open("/help")
    told = patient.page.get_by_text("With a keyboard, you can press the Shift key 3 times instead.")
    assert told.is_visible() == has_scripts
    link = patient.page.get_by_role("banner").get_by_role("link", name="Leave this page")
    expect(link).to_have_accessible_description("You can also press the Shift key 3 times." if has_scripts else "")


def test_ten_five_and_two_minutes_before_answers_lapse_a_page_says_so(timed: Patient) -> None:
    timed.choice("Low mood").focus()
    wait(timed, 109)
    assert not notice(timed).is_visible()
    for minutes, left in ((1.2, 10), (5, 5), (3, 2)):
        wait(timed, minutes)
        words = f"Your answers will be cleared here in less than {left} minutes."
        assert words in notice(timed).inner_text()
        assert heard(timed).startswith(words)
    expect(notice(timed)).to_be_in_viewport()
    expect(timed.choice("Low mood")).to_be_focused()
    assert timed.chosen == ["Low mood"]


def test_answers_can_be_kept_for_two_more_hours(timed: Patient, server: Server) -> None:
    wait(timed, 111)
    old = age(timed, server, 111 * 60)
    with timed.page.expect_response("**/keep") as answered:
        timed.button(KEEP).click()
    assert int(answered.value.text()) == LAPSES_AFTER + 1
    assert timed.draft["value"] != old
    expect(timed.page.locator("[aria-live=polite]")).to_have_text(
        "Your answers are kept here for about two more hours."
    )
    timed.page.get_by_role("heading", level=1).click()
    wait(timed, 109)
    assert not notice(timed).is_visible()
    assert timed.chosen == ["Low mood"]
    wait(timed, 2)
    assert TEN in notice(timed).inner_text()


def test_when_the_time_is_over_the_start_page_says_that_answers_were_cleared(timed: Patient, server: Server) -> None:
    wait(timed, 119)
    age(timed, server, LAPSES_AFTER + 1)
    with timed.page.expect_navigation():
        wait(timed, 1.2)
    assert timed.heading == START
    assert CLEARED in timed.text
    timed.go_back()
    assert timed.heading == START
    assert not timed.link("Go on where you were").is_visible()


def test_who_keeps_answers_too_late_is_told_that_they_were_cleared(timed: Patient, server: Server) -> None:
    wait(timed, 119)
    age(timed, server, LAPSES_AFTER + 1)
    timed.press(KEEP)
    assert timed.heading == START
    assert CLEARED in timed.text


def test_a_page_that_slept_looks_at_the_clock_when_it_is_seen_again(timed: Patient) -> None:
    timed.page.clock.pause_at(time.time() + 60)
    timed.page.clock.set_fixed_time(time.time() + LAPSES_AFTER + 60)
    with timed.page.expect_navigation():
        timed.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    assert timed.heading == START


def test_a_draft_that_another_tab_kept_alive_outlasts_an_old_page(timed: Patient) -> None:
    with timed.page.expect_navigation():
        wait(timed, 121)
    assert timed.heading == START
    assert timed.follow("Go on where you were").heading == "What would you like to read about?"


def test_where_the_line_is_down_trying_again_is_offered(timed: Patient) -> None:
    wait(timed, 111)
    timed.page.route("**/keep", lambda route: route.abort())
    timed.button(KEEP).click()
    expect(notice(timed)).to_contain_text("This did not reach us. Please try again.")
    assert [trouble for trouble in timed.troubles if "Failed to load resource" not in trouble] == []
    timed.troubles.clear()


@pytest.mark.parametrize("path", ["1", "check", "summary", "share", "later"])
def test_every_page_of_a_draft_has_the_notice(patient: Patient, finished: str, path: str) -> None:
    patient.bring(finished).open(f"/reflection/{path}")
    assert notice(patient).get_by_text(KEEP).count() == 1


def test_pages_that_show_nothing_of_a_draft_have_no_notice(patient: Patient, finished: str) -> None:
    for path in ("/", "/help", "/privacy", "/reflection/topics"):
        assert notice(patient.bring(finished).open(path)).count() == 0


def test_a_code_can_be_copied(patient: Patient) -> None:
    at_a_return_code(patient)
    assert patient.page.get_by_text("Other apps can read it").is_visible()
    patient.context.grant_permissions(["clipboard-read"])
    patient.button(COPY).click()
    assert heard(patient) == patient.page.locator("#copy").inner_text() == "Copied"
    code = patient.page.locator(".code").inner_text()
    assert patient.page.evaluate("navigator.clipboard.readText()").strip() == code


@pytest.mark.parametrize("path", ["/reflection/summary", "/reflection/paper"])
@pytest.mark.parametrize("can", [True, False])
def test_printing_is_offered_where_the_browser_can_and_its_menu_is_named_elsewhere(
    timed: Patient, finished: str, path: str, can: bool
) -> None:
    if not can:
        timed.page.add_init_script("window.print = undefined")
    timed.bring(finished).open(path)
    expect(timed.button("Print or save as PDF")).to_be_visible(visible=can)
    expect(timed.page.get_by_text("To print or save this page, use your browser’s menu.")).to_be_visible(
        visible=not can
    )


@pytest.mark.parametrize(
    "without", ["document.queryCommandSupported = () => false", "document.queryCommandSupported = undefined"]
)
def test_copying_is_offered_only_where_the_browser_can(timed: Patient, without: str) -> None:
    timed.page.add_init_script(without)
    timed.follow("Save for later").press(SAVE)
    expect(timed.page.locator("#copy")).to_be_hidden()
    assert "Other apps can read it" not in timed.text
    assert "Write it down now." in timed.text


def test_without_scripts_nothing_shows_that_only_a_script_does(meet: Callable[[Device], Patient]) -> None:
    patient = meet(replace(PHONE, has_scripts=False))
    at_a_return_code(patient)
    for one in ("#copy", ".scripted", "#lapse", "#by-shift"):
        expect(patient.page.locator(one)).to_have_count(1)
        expect(patient.page.locator(one)).to_be_hidden()


def at_a_return_code(patient: Patient) -> None:
    patient.start().answer("Myself").follow("Save for later").press(SAVE)
