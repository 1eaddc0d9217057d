"""Invalid answers: the error is visible and announced, and no choice is lost."""

from __future__ import annotations

from tests.browser.patient import Patient


def test_going_on_with_nothing_chosen_moves_the_focus_to_what_is_wrong(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().press("Continue")
    assert patient.title == "Error: What brings you here"
    summary = patient.page.get_by_role("alert", name="Please look at this again")
    assert patient.focused.inner_text() == summary.inner_text()
    patient.link("Choose an answer, or press Skip.").click()
    assert patient.page.url.endswith("#c-1")
    patient.page.keyboard.press("Space")
    assert patient.chosen == ["Myself"]
    assert patient.press("Continue").heading == "What would you like to read about?"


def test_an_answer_that_stands_alone_keeps_what_was_ticked_beside_it(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().answer("Myself").answer("Cravings and recovery")
    patient.answer("Stress", "I'm not sure")
    assert patient.title == "Error: What you notice"
    assert "“I'm not sure” does not go together with other answers." in patient.focused.inner_text()
    assert patient.chosen == ["Stress", "I'm not sure"]
    patient.choice("Stress").uncheck()
    assert patient.press("Continue").heading == "What help have you tried, and what would you say about it?"


def test_the_mistake_is_said_beside_the_choices_too(patient: Patient) -> None:
    patient.start().press("Continue")
    group = patient.page.get_by_role("group", name="Who are you asking for?")
    assert group.get_by_text("Choose an answer, or press Skip.").is_visible()
    described = str(group.get_attribute("aria-describedby")).split()
    assert "Choose an answer" in patient.page.locator(f"#{described[-1]}").inner_text()
