"""Which questions to take along come first: up to three, stored only in the draft."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from tests.support.page_checker import Patient, text_of
from tests.support.sharing_patient import Sharer

FIRST, SUMMARY = "/reflection/first", "/reflection/summary"
WAIT, COST = "What would it mean to wait, or to say no?", "What would it cost in money and time, and does anyone"
CHOICES = ("What other choices are there?", WAIT, "Where would it happen, and who would be there?")


@pytest.fixture
def asked(patient: Patient) -> Patient:
    """A patient who skipped every question, on the page that asks what comes first."""
    patient.start()
    while not patient.page.path.endswith("/check"):
        patient.step()
    assert patient.follow("See your summary").path == FIRST
    return patient


def questions(patient: Patient) -> list[str]:
    """Return the summary's list of questions, in order."""
    items = patient.open(SUMMARY).find("//section[@aria-labelledby='questions']/ol/li")
    return [text_of(item) for item in items]


def put_first(patient: Patient) -> list[str]:
    items = patient.open(SUMMARY).find("//li[@class='put-first']")
    return [text_of(item) for item in items]


def test_what_is_picked_stands_first_in_the_order_of_the_list(asked: Patient) -> None:
    before = questions(asked)
    asked.open(FIRST)
    assert asked.choose(WAIT, CHOICES[0]).press("Continue").path == SUMMARY
    assert questions(asked)[:2] == [CHOICES[0], WAIT] == put_first(asked)
    assert sorted(questions(asked)) == sorted(before)
    assert asked.open(FIRST).ticked == {"always/1", "always/2"}


@pytest.mark.parametrize("button", ["Skip", "Continue"])
def test_nothing_picked_keeps_the_order(asked: Patient, button: str) -> None:
    before = questions(asked)
    asked.open(FIRST)
    assert asked.press(button).path == SUMMARY
    assert (questions(asked), put_first(asked)) == (before, [])


def test_a_fourth_is_told_gently_and_nothing_is_lost(asked: Patient) -> None:
    four = [label for label in asked.page.choices if label.startswith(("What other", WAIT, "Where would", COST))]
    page = asked.choose(*four).press("Continue")
    assert page.path == FIRST
    assert "You picked 4. Three at most can come first: take some away." in page.text
    assert page.title.startswith("Error: ")
    assert page.ticked == {f"always/{number}" for number in range(1, 5)}
    assert asked.choose(*CHOICES).press("Continue").path == SUMMARY
    assert put_first(asked) == list(CHOICES)
    assert "Three at most" not in asked.open(FIRST).text


def test_what_is_not_on_the_list_is_passed_over(asked: Patient) -> None:
    data = {"csrf_token": asked.page.find("//input[@name='csrf_token']")[0].get("value"), "choice": ["opioids", "?"]}
    assert asked.client.post(FIRST, data=data).status_code == 303
    assert put_first(asked) == []


def test_each_counts_once_however_often_it_is_sent(asked: Patient) -> None:
    data = {"csrf_token": asked.page.find("//input[@name='csrf_token']")[0].get("value"), "choice": ["always/2"] * 500}
    assert asked.client.post(f"{FIRST}?language=es", data=data).status_code == 303
    assert asked.open(FIRST).ticked == {"always/2"}
    assert asked.client.post(FIRST, data=data).status_code == 303
    assert len(put_first(asked)) == 1


def test_what_has_left_the_list_does_not_count_as_a_fourth(asked: Patient) -> None:
    chosen = ["always/1", "always/2", "always/3", "gone"]
    data = {"csrf_token": asked.page.find("//input[@name='csrf_token']")[0].get("value"), "choice": chosen}
    assert asked.client.post(FIRST, data=data).status_code == 303
    assert len(put_first(asked)) == 3


def test_a_mistake_is_told_in_the_other_language_too(asked: Patient) -> None:
    four = [label for label in asked.page.choices if label.startswith(("What other", WAIT, "Where would", COST))]
    asked.choose(*four).press("Continue")
    page = asked.follow("Español")
    assert (page.language, len(page.ticked)) == ("es", 4)
    assert page.find("//p[@id='error']")


def test_a_later_answer_keeps_what_still_comes_along(asked: Patient) -> None:
    asked.choose(WAIT).press("Continue")
    asked.open("/reflection/2?change=1")
    asked.answer("Low mood")
    assert put_first(asked) == [WAIT]


def test_picks_go_along_into_the_other_language_and_are_stored_nowhere(asked: Patient) -> None:
    page = asked.choose(WAIT).follow("Español")
    assert (page.path, page.language, page.ticked) == (FIRST, "es", {"always/2"})
    assert not page.find("//*[@role='alert']")
    assert asked.open(FIRST).ticked == set()


def test_before_every_question_is_answered_the_page_leads_to_the_next(patient: Patient) -> None:
    patient.start()
    assert patient.open(FIRST).path == "/reflection/1"


def test_it_is_never_shared(clinic: Flask, collection: Collection) -> None:
    patient = Sharer(clinic, collection)
    patient.finish()
    patient.open(FIRST)
    patient.choose(WAIT).press("Continue")
    page = patient.open("/reflection/share")
    assert WAIT not in page.text
    assert "always" not in page.text
