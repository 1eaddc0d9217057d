"""Saving on a phone and resuming at a desk in a real browser, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import DESK, PHONE
from tests.browser.patient import Device, Patient
from tests.browser.test_sharing import START, code_of
from tests.support.saving_patient import AGAIN, GO_ON, INSTEAD, LATER, SAVE
from tests.support.sharing_patient import WRITTEN

ANSWERS = ("Myself", "Low mood", "Stress")


def save(patient: Patient) -> str:
    """Answer three questions and save; return the shown return code."""
    patient.start().answer("Myself").answer("Cravings and recovery", "Low mood").answer("Stress")
    patient.follow("Save for later").press(SAVE)
    assert patient.heading == "Your answers are saved"
    return code_of(patient)


def come_back(patient: Patient, typed: str, button: str = GO_ON) -> Patient:
    patient.open("/").follow("Go on with a return code")
    patient.page.get_by_label("Return code", exact=True).fill(typed)
    return patient.press(button)


def test_saved_on_the_phone_it_goes_on_at_the_desk(meet: Callable[[Device], Patient]) -> None:
    phone, desk = meet(PHONE), meet(DESK)
    code = save(phone)
    assert code_of(phone.reload()) == code
    assert phone.press(WRITTEN).heading == "Cleared from this browser"
    assert phone.draft == {}

    assert come_back(desk, code.lower().replace("-", " ")).heading == AGAIN
    assert code.replace("-", "") not in desk.page.url
    assert desk.follow("Go on where you were").heading == "What help have you tried, and what would you say about it?"
    assert desk.open("/reflection/3").chosen == ["Stress"]
    assert "Nothing is saved under this return code." in come_back(phone, code).text


def test_back_after_saving_shows_the_code_and_no_answers_and_then_neither(with_or_without_scripts: Patient) -> None:
    patient = with_or_without_scripts
    code = save(patient)
    patient.go_back()
    assert code_of(patient) == code
    patient.open(LATER).press(WRITTEN)
    for _ in range(3):
        patient.go_back()
        assert code not in patient.text
        assert not [answer for answer in ANSWERS if answer in patient.text], patient.path
        assert patient.heading == START


def test_pressing_twice_saves_once_and_goes_on_once(patient: Patient) -> None:
    patient.start().answer("Myself").follow("Save for later")
    patient.button(SAVE).dblclick(no_wait_after=True)
    patient.button(WRITTEN).wait_for()
    code = code_of(patient)
    patient.press(WRITTEN)
    patient.open("/return").page.get_by_label("Return code", exact=True).fill(code)
    patient.button(GO_ON).dblclick(no_wait_after=True)
    # Do not wait for the address: the second press may cancel the first navigation.
    patient.page.get_by_role("heading", level=1, name=AGAIN).wait_for()
    assert patient.path == "/return/here"
    assert patient.open("/reflection/1").chosen == ["Myself"]


def test_another_draft_on_the_device_is_asked_about_first(patient: Patient) -> None:
    code = save(patient)
    patient.press(WRITTEN).start().answer("I'm just learning")
    patient.open("/return")
    assert "It is cleared here when you go on with a return code." in patient.text
    assert patient.follow("Go on with what is here").path == "/reflection/2"
    assert come_back(patient, code, INSTEAD).heading == AGAIN
    assert patient.open("/reflection/1").chosen == ["Myself"]
