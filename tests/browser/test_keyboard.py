"""By keyboard alone: every stop is visible, and Tab, Space, Enter and the arrows are enough."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator

from tests.browser.conftest import DESK
from tests.browser.patient import SKIP, Device, Patient
from tests.support.sharing_patient import SHARE, WRITTEN

# A choice shows its focus on its label, which surrounds it.
OUTLINED = """focused => {
    const shown = focused.matches('.choice input') ? focused.labels[0] : focused;
    const style = getComputedStyle(shown), place = shown.getBoundingClientRect();
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
        && place.width >= 20 && place.height > 10 && place.top >= 0 && place.bottom <= innerHeight;
}"""
HAS_FOCUS = "element => element === document.activeElement"
MAX_STOPS = 90


def test_the_keyboard_alone_leads_to_the_third_question(meet: Callable[[Device], Patient]) -> None:
    patient = meet(DESK).open("/")
    tab_to(patient, patient.button("Start"))
    enter(patient)
    assert patient.heading == "Who are you asking for?"

    tab_to(patient, patient.choice("Myself"))
    press(patient, "ArrowDown")
    assert patient.chosen == ["Someone I care about"]
    press(patient, "ArrowUp")
    assert patient.chosen == ["Myself"]
    tab_to(patient, patient.button("Continue"))
    enter(patient)
    assert patient.heading == "What would you like to read about?"

    tab_to(patient, patient.choice("Cravings and recovery"))
    press(patient, "Space")
    tab_to(patient, patient.choice("Low mood"))
    press(patient, "Space")
    press(patient, "Space")
    assert patient.chosen == ["Cravings and recovery"]
    tab_to(patient, patient.button("Continue"))
    press(patient, "Shift+Tab")
    press(patient, "Tab")
    enter(patient)
    assert patient.heading == "Which triggers would you like to talk over with someone?"


def test_the_keyboard_alone_leads_from_the_start_to_the_summary_to_paper_and_to_the_clinic(
    meet: Callable[[Device], Patient],
) -> None:
    patient = meet(DESK).open("/")
    go(patient, patient.button("Start"))
    while patient.path != "/reflection/check":
        go(patient, patient.link("Keep going") if patient.path == "/reflection/pause" else patient.button(SKIP))
    go(patient, patient.link("See your summary").first)
    go(patient, patient.button("Skip"))
    assert patient.heading == "Your summary"

    answers = patient.page.get_by_role("checkbox", name="Print my answers too")
    tab_to(patient, answers)
    press(patient, "Space")
    assert answers.is_checked()
    patient.page.evaluate("window.print = () => { document.title = 'printed'; }")
    tab_to(patient, patient.button("Print or save as PDF"))
    press(patient, "Enter")
    assert patient.title == "printed"

    go(patient, patient.link("See what would be shared"))
    go(patient, patient.button(SHARE))
    assert patient.heading == "Your answers were shared"
    go(patient, patient.button(WRITTEN))
    assert patient.heading == "Cleared from this browser"


def test_the_first_stop_skips_to_the_content(meet: Callable[[Device], Patient]) -> None:
    patient = meet(DESK).open("/")
    tab_to(patient, patient.link("Go to the content"), within=1)
    press_quietly(patient, "Enter")
    tab_to(patient, patient.button("Start"), within=1)


def test_why_we_ask_opens_and_a_question_is_skipped(meet: Callable[[Device], Patient]) -> None:
    patient = meet(DESK).start()
    why = patient.page.get_by_text("Why we ask")
    tab_to(patient, why)
    press(patient, "Enter")
    assert patient.page.get_by_text("decides which questions come next").is_visible()
    press(patient, "Shift+Tab")
    assert patient.button(SKIP).evaluate(HAS_FOCUS)
    enter(patient)
    assert patient.heading == "What would you like to read about?"


def go(patient: Patient, wanted: Locator) -> None:
    """Tab to something that leads to another page, and press Enter."""
    tab_to(patient, wanted)
    enter(patient)


def tab_to(patient: Patient, wanted: Locator, within: int = MAX_STOPS) -> None:
    """Press Tab until this element has the focus, which must be visible at each stop."""
    for _ in range(within):
        press(patient, "Tab")
        if wanted.evaluate(HAS_FOCUS):
            return
    raise AssertionError(f"{within} times Tab did not lead to {wanted}")


def press(patient: Patient, key: str) -> None:
    """Press a key that stays on the page, and check where the focus is."""
    press_quietly(patient, key)
    assert patient.focused.evaluate(OUTLINED), f"the focus is seen: {patient.focused.evaluate('e => e.outerHTML')}"


def press_quietly(patient: Patient, key: str) -> None:
    patient.page.keyboard.press(key)


def enter(patient: Patient) -> None:
    """Press Enter, which leads to another page."""
    with patient.page.expect_navigation():
        patient.page.keyboard.press("Enter")
