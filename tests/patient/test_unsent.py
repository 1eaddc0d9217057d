"""What is ticked or typed but not sent survives a change of language, and is stored nowhere."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from tests.support.page_checker import Patient, text_of
from tests.support.saving_patient import SAVE, Saver

TYPED = "4K7Q-M2"
NOTE = "What you ticked here is kept when you press Continue. Links do not keep it."


def notes(patient: Patient) -> list[str]:
    """Return the page's notes about unsent input, for patients without scripts."""
    return [text_of(note) for note in patient.page.find("//*[@id='unsent'][not(noscript)]")]


def test_what_is_ticked_is_ticked_in_the_other_language_once_and_is_no_mistake(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    before = patient.client.get_cookie("draft")
    for language in ("Español", "English"):
        page = patient.choose("Low mood", "Hard past experiences").follow(language)
        assert (page.path, page.ticked) == ("/reflection/2", {"mood", "past"})
        assert not page.find("//*[@role='alert']")
        assert notes(patient) == [patient.spoken(NOTE)]
        assert len(page.redirects) == 1
    after = patient.client.get_cookie("draft")
    assert before
    assert after
    assert len(before.value) == len(after.value)
    assert patient.open("/reflection/2").ticked == set()
    assert notes(patient) == []
    assert patient.open("/reflection/3").path == "/reflection/2", "nothing was answered"


def test_what_is_no_longer_ticked_stays_so(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    patient.answer("Low mood")
    patient.open("/reflection/2?change=1")
    page = patient.choose("Hard past experiences").follow("Español")
    assert (patient._address, page.ticked) == ("/reflection/2?change=1", {"past"})
    assert patient.open("/reflection/2").ticked == {"mood"}


def test_what_cannot_be_taken_is_an_error_only_once_it_was_sent(patient: Patient) -> None:
    patient.start()
    both = ["myself", "someone"]
    patient.chosen = both
    page = patient.follow("Español")
    assert page.ticked == set(both)
    assert not page.find("//*[@role='alert']")
    patient.chosen = both
    assert patient.press("Continue").find("//*[@role='alert']")
    page = patient.follow("English")
    assert page.ticked == set(both)
    assert page.find("//*[@role='alert']")
    page = patient.choose("Someone I care about").follow("Español")
    assert not page.find("//*[@role='alert']"), "it is mended"
    assert page.ticked == {"someone"}


def test_only_choices_that_there_are_go_along(patient: Patient) -> None:
    patient.start()
    patient.chosen = ["myself", "x" * 5000]
    assert patient.follow("Español").ticked == {"myself"}


def test_another_question_has_none_of_it(patient: Patient) -> None:
    patient.start()
    patient.answer("Myself")
    token = patient.page.find("//input[@name='csrf_token']")[0].get("value")
    data = {"csrf_token": token, "question": "interests", "choice": "mood"}
    assert patient.client.post("/reflection/2?language=es", data=data).location == "/reflection/2"
    assert patient.open("/reflection/1").ticked == {"myself"}
    assert patient.open("/reflection/2").ticked == set()


@pytest.mark.parametrize("path", ["/code", "/return"])
def test_a_code_that_is_typed_goes_along_once_and_is_not_looked_up(patient: Patient, path: str) -> None:
    patient.open(path)
    page = patient.type("code", TYPED).follow("Español")
    assert (page.path, page.language) == (path, "es")
    assert page.find("//input[@name='code']")[0].get("value") == TYPED
    assert not page.find("//*[@role='alert']")
    assert patient.open(path).find("//input[@name='code']")[0].get("value") == ""


def test_a_return_code_that_goes_along_brings_nothing_yet(clinic: Flask, collection: Collection) -> None:
    patient, other = Saver(clinic, collection), Saver(clinic, collection)
    patient.begin()
    patient.press(SAVE)
    other.open("/return")
    page = other.type("code", patient.code).follow("Español")
    assert page.find("//input[@name='code']")[0].get("value") == patient.code
    assert "draft" not in other.held


@pytest.mark.parametrize("path", ["/reflection/1", "/code", "/return"])
def test_a_form_that_another_site_sent_changes_no_language(patient: Patient, path: str) -> None:
    patient.start()
    answer = patient.client.post(f"{path}?language=es", data={"choice": "myself", "code": TYPED})
    assert answer.status_code == 400
    assert patient.open("/").language == "en"


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/reflection/topics", "/reflection/paper"])
def test_a_page_without_a_form_to_fill_in_keeps_the_link(patient: Patient, path: str) -> None:
    patient.start()
    assert patient.open(path).links["Español"] == "?language=es"
