"""Leaving quickly: what is deleted, what other sites are told, and what Back shows."""

from __future__ import annotations

import pytest

from tests.browser import exit_page
from tests.browser.patient import Patient

START = "Questions to think over, at your own pace"
CLEAR = "Clear my answers and leave"


def test_leaving_clears_the_answers_and_tells_nobody_where_from(
    with_or_without_scripts: Patient, exit_requests: list[dict[str, str]]
) -> None:
    patient = with_or_without_scripts
    patient.start().answer("Myself").choose("Low mood")
    assert patient.draft
    patient.leave()
    assert patient.heading == exit_page.HEADING
    assert patient.draft == {}
    assert [headers.get("referer") for headers in exit_requests] == [None]


def test_back_after_leaving_shows_no_answers(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts
    patient.start().answer("Myself").choose("Low mood").leave()
    patient.go_back()
    assert (patient.heading, patient.chosen) == (START, [])


def test_back_after_leaving_the_summary_shows_no_answers(patient: Patient, finished: str) -> None:
    patient.bring(finished).open("/reflection/check").follow("See your summary").leave()
    patient.go_back()
    assert patient.heading == START


@pytest.mark.parametrize(
    "ahead",
    [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Sec-Fetch-Dest": "image"}],
    ids=["prefetch", "prerender", "image"],
)
def test_what_only_looks_ahead_erases_nothing(patient: Patient, ahead: dict[str, str]) -> None:
    patient.start().answer("Myself")
    looked = patient.page.request.get(f"{patient.origin}/leave", headers=ahead, max_redirects=0)
    assert looked.status == 200
    assert CLEAR in looked.text()
    assert patient.open("/reflection/1").chosen == ["Myself"]


def test_a_picture_of_the_way_out_erases_nothing(patient: Patient) -> None:
    patient.start().answer("Myself")
    with patient.page.expect_response("**/leave") as asked:
        patient.page.evaluate("new Image().src = '/leave'")
    assert asked.value.status == 200
    assert patient.open("/reflection/1").chosen == ["Myself"]


def test_another_websites_link_to_the_way_out_asks_first(
    with_or_without_scripts: Patient, exit_requests: list[dict[str, str]]
) -> None:
    patient = with_or_without_scripts
    patient.start().answer("Myself")
    patient.page.goto(exit_page.ADDRESS)
    patient.follow(exit_page.WAY_BACK)
    assert patient.heading == "Leave this page"
    assert patient.draft
    exit_requests.clear()
    patient.link(CLEAR).click()
    patient.page.wait_for_url(exit_page.ADDRESS)
    assert patient.heading == exit_page.HEADING
    assert patient.draft == {}
    assert [headers.get("referer") for headers in exit_requests] == [None]


def test_stopping_at_the_pause_offers_the_way_out(patient: Patient, finished: str) -> None:
    patient.bring(finished).open("/reflection/pause").follow("Stop here")
    assert patient.heading == "Help"
    assert patient.text.startswith("Help You can stop here. You do not have to finish.")
    patient.page.get_by_role("main").get_by_role("link", name="Leave this page").click()
    patient.page.wait_for_url(exit_page.ADDRESS)
    assert patient.draft == {}


def test_stopping_at_the_pause_offers_to_keep_going(patient: Patient) -> None:
    patient.start().answer("I'm just learning").skip().follow("Stop here").follow("Keep going")
    assert patient.heading == "What would you like to ask a professional?"
    assert patient.open("/reflection/1").chosen == ["I'm just learning"]
