"""Back, reload, a second tab, a bookmark, no cookies: each leads to a sensible page."""

from __future__ import annotations

import pytest

from tests.browser.patient import Patient

START = "Questions to think over, at your own pace"


def test_the_pages_own_back_leads_step_by_step_to_the_start(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().answer("Myself").answer("Low mood")
    assert patient.follow("Back").chosen == ["Low mood"]
    assert patient.follow("Back").chosen == ["Myself"]
    assert patient.follow("Back").heading == START
    assert (
        patient.follow("Go on where you were").heading == "What help have you tried, and what would you say about it?"
    )


def test_back_from_the_pause_and_from_the_check_page_leads_to_the_question_before(patient: Patient) -> None:
    patient.start().answer("I'm just learning").go_on_to("/reflection/pause")
    assert patient.follow("Back").heading == "What would you like to read about?"
    patient.go_on_to("/reflection/check")
    assert patient.follow("Back").heading == "What would you like to ask a professional?"


def test_the_browsers_back_shows_the_answer_given_and_takes_another(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts.start().answer("Myself").answer("Low mood")
    patient.go_back()
    assert patient.chosen == ["Low mood"]
    assert patient.answer("Cravings and recovery").heading.startswith("Which triggers")
    assert patient.follow("Back").chosen == ["Cravings and recovery", "Low mood"]


def test_the_browsers_back_after_a_mended_mistake_shows_the_question(patient: Patient) -> None:
    patient.start().press("Continue").answer("Myself").go_back()
    assert patient.heading == "Who are you asking for?"
    assert patient.answer("I'm just learning").heading == "What would you like to read about?"


def test_reloading_a_page_keeps_the_place_and_the_answers(patient: Patient) -> None:
    patient.start().answer("Myself").answer("Low mood")
    assert patient.reload().heading == "What help have you tried, and what would you say about it?"
    assert patient.follow("Back").reload().chosen == ["Low mood"]


def test_a_tab_whose_question_no_longer_applies_is_led_to_one_that_does(patient: Patient) -> None:
    patient.start().answer("Myself").answer("Cravings and recovery").choose("Stress")
    other = patient.another_tab().open("/reflection/1").answer("I'm just learning")
    assert other.heading == "What would you like to read about?"
    patient.press("Continue")
    assert patient.heading == "What would you like to ask a professional?"
    assert "Stress" not in patient.go_on_to("/reflection/check").text


def test_a_tab_whose_question_has_another_number_by_now_still_answers_it(patient: Patient) -> None:
    patient.start().answer("Myself").answer("Cravings and recovery").skip().choose("Talking therapy")
    assert patient.path == "/reflection/4"
    patient.another_tab().open("/reflection/2").choose("Low mood").page.get_by_label("Cravings").uncheck()
    other = patient.context.pages[-1]
    with other.expect_navigation():
        other.get_by_role("button", name="Continue").click()
    patient.press("Continue")
    assert patient.heading == "What would you like to bring up with a professional?"
    assert patient.path == "/reflection/4"


def test_a_tab_left_open_after_leaving_is_told_kindly(patient: Patient) -> None:
    patient.start().choose("Myself")
    patient.another_tab().open("/").leave()
    patient.press("Continue")
    assert patient.page.get_by_role("heading", level=1).is_visible()
    assert patient.page.get_by_role("main").get_by_role("link", name="Go to the start page").is_visible()


@pytest.mark.parametrize("path", ["/reflection/9", "/reflection/pause", "/reflection/check", "/reflection/summary"])
def test_a_bookmark_without_a_draft_leads_to_the_start_page(patient: Patient, path: str) -> None:
    assert patient.open(path).heading == START


def test_a_bookmark_beyond_the_answers_leads_to_the_first_open_question(patient: Patient) -> None:
    patient.start().answer("Myself")
    assert patient.open("/reflection/9").heading == "What would you like to read about?"
    assert patient.open("/reflection/summary").heading == "What would you like to read about?"


def test_a_double_press_counts_once(patient: Patient) -> None:
    patient.start().choose("Myself")
    patient.button("Continue").dblclick(no_wait_after=True)
    # The second press may cancel the first page's load.
    patient.page.wait_for_url("**/reflection/2")
    assert patient.heading == "What would you like to read about?"


def test_with_cookies_blocked_the_start_says_so_and_offers_the_topics(without_cookies: Patient) -> None:
    patient = without_cookies.start()
    assert patient.heading == "Your answers could not be kept"
    assert "Cookies may be blocked" in patient.text
    assert patient.follow("Read the topics").heading == "Topics"
