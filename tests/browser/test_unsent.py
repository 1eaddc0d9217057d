"""What is ticked or typed but not sent: a change of language keeps it, and links that would drop it say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.patient import Device, Patient

NOTE = "What you ticked here is kept when you press Continue. Links do not keep it."
TYPED = "4k7q m2"
MISTYPED = "This is not a whole"
LOOKS = """element => {
    const place = element.getBoundingClientRect(), style = getComputedStyle(element);
    const { color, backgroundColor, font, textDecorationLine, textUnderlineOffset } = style;
    const words = [color, backgroundColor, font, textDecorationLine, textUnderlineOffset];
    return [place.x, place.y, place.width, place.height, ...words];
}"""


def is_told(patient: Patient, tells: bool = True) -> None:
    words = patient.spoken(NOTE) if tells else ""
    expect(patient.page.get_by_role("main").get_by_role("status")).to_have_text(words, use_inner_text=True)


def field(patient: Patient) -> Locator:
    return patient.page.get_by_role("textbox")


def switch(patient: Patient) -> Locator:
    return patient.page.get_by_role("banner").get_by_text("Español")


def test_what_is_ticked_goes_along_into_another_language_and_back(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().answer("Myself").answer("Low mood").follow("Back")
    patient.choice("Low mood").uncheck()
    patient.choose("Hard past experiences").follow("Español")
    assert patient.chosen == [patient.spoken("Hard past experiences")]
    assert patient.page.get_by_role("alert").count() == 0
    patient.choose("Low mood").follow("English")
    assert patient.chosen == ["Low mood", "Hard past experiences"]
    assert patient.reload().chosen == ["Low mood"], "nothing was stored"


def test_an_answer_that_is_being_changed_still_leads_back_to_the_check_page(
    with_or_without_scripts: Patient, finished: str
) -> None:
    patient = with_or_without_scripts.bring(finished).open("/reflection/1?change=1")
    patient.follow("Español").follow("English").press("Continue")
    assert patient.path == "/reflection/check"


@pytest.mark.parametrize("path", ["/code", "/return"])
def test_a_typed_code_goes_along_into_another_language(with_or_without_scripts: Patient, path: str) -> None:
    patient = with_or_without_scripts.open(path)
    field(patient).fill(TYPED)
    patient.follow("Español")
    assert (patient.path, patient.language) == (path, "es")
    expect(field(patient)).to_have_value(TYPED)
    assert patient.page.get_by_role("alert").count() == 0


@pytest.mark.parametrize("path", ["/code", "/return"])
def test_enter_sends_a_code_and_changes_no_language(with_or_without_scripts: Patient, path: str) -> None:
    patient = with_or_without_scripts.open(path)
    field(patient).fill(TYPED)
    with patient.page.expect_navigation():
        field(patient).press("Enter")
    assert MISTYPED in patient.text


def test_enter_at_a_choice_sends_it_and_changes_no_language(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().choose("Myself")
    with patient.page.expect_navigation():
        patient.choice("Myself").press("Enter")
    assert patient.heading == "What would you like to read about?"


def test_the_button_of_a_language_looks_and_stands_as_its_link_does(meet: Callable[[Device], Patient]) -> None:
    for device in (PHONE, DESK):
        patient = meet(device).start()
        button = switch(patient).evaluate(LOOKS)
        assert switch(patient.open("/help")).evaluate(LOOKS) == button


def test_what_was_not_sent_is_told_once_something_differs(patient: Patient) -> None:
    patient.start().answer("Myself").answer("Low mood").follow("Back")
    back = patient.link("Back")
    is_told(patient, False)
    expect(back).to_have_accessible_description("")
    patient.choice("Low mood").uncheck()
    is_told(patient)
    for link in (back, patient.link("Save for later"), patient.link("Start page"), patient.link("Help")):
        expect(link).to_have_accessible_description(NOTE)
    expect(patient.link("Leave this page")).to_have_accessible_description("You can also press the Shift key 3 times.")
    patient.choose("Low mood")
    is_told(patient, False)
    expect(back).to_have_accessible_description("")


def test_what_was_not_sent_is_told_from_the_start_in_another_language_and_after_a_mistake(patient: Patient) -> None:
    patient.start().choose("Myself").follow("Español")
    is_told(patient)
    patient.press("Continue").follow("Back")
    is_told(patient, False)
    patient.follow("English").press("Continue").skip().answer("Talking therapy", "Nothing yet")
    assert patient.page.get_by_role("alert").is_visible()
    is_told(patient)


def test_ticking_tells_it_once(patient: Patient) -> None:
    patient.start().answer("Myself")
    patient.page.evaluate("""() => {
        window.told = 0;
        new MutationObserver(seen => { window.told += seen.length; }).observe(
            document.getElementById("unsent"), { childList: true });
    }""")
    patient.choose("Low mood", "Hard past experiences")
    is_told(patient)
    assert patient.page.evaluate("window.told") == 1


def test_without_scripts_it_is_told_on_every_question(meet: Callable[[Device], Patient]) -> None:
    patient = meet(replace(PHONE, has_scripts=False)).start()
    is_told(patient)
    patient.choose("Myself").follow("Español")
    is_told(patient)
