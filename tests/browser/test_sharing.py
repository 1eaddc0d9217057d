"""Sharing and not sharing in a real browser: first the record, then the code until it is written down, then nothing."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.browser.conftest import PHONE
from tests.browser.patient import Device, Patient
from tests.support.sharing_patient import SEE, SHARE, WRITTEN

CHECK = "/reflection/check"
SHARING = "/reflection/share"
START = "Questions to think over, at your own pace"
ANSWERS = ("Myself", "Low mood", "Stress")
# What a summary says until the page about sharing is opened.
SAVING = ("You can save your answers before you share them, not after. ", "Save for later ")


def share(patient: Patient, finished: str) -> str:
    """Share the answers, and return the shown code."""
    patient.bring(finished).open("/reflection/summary").follow("See what would be shared").press(SHARE)
    assert patient.heading == "Your answers were shared"
    return code_of(patient)


def code_of(patient: Patient) -> str:
    (code,) = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", patient.text)
    return str(code)


def look_up(patient: Patient, typed: str) -> Patient:
    patient.open("/code").page.get_by_label("Code", exact=True).fill(typed)
    return patient.press(SEE)


def test_who_does_not_share_keeps_the_summary(anyone: Patient, unshared: str) -> None:
    patient = anyone.bring(unshared).open(CHECK).follow("See your summary").press("Skip")
    before = patient.text
    for words in SAVING:
        assert before.count(words) == 1
        before = before.replace(words, "")
    patient.follow("See what would be shared")
    assert all(answer in patient.text for answer in ANSWERS)
    assert "No day, no hour." in patient.text
    assert patient.follow("Don’t share").heading == "Your summary"
    assert patient.text == before
    assert patient.follow("See what would be shared").follow("Back to your summary").text == before


def test_who_shares_keeps_a_code_that_shows_and_deletes_it(anyone: Patient, unshared: str) -> None:
    patient = anyone
    code = share(patient, unshared)
    assert code_of(patient.reload()) == code
    for path in ("/reflection/summary", "/reflection/1", CHECK):
        assert code_of(patient.open(path)) == code
    assert code_of(patient.another_tab().open("/").follow("See your code")) == code

    assert patient.open(SHARING).press(WRITTEN).heading == "Cleared from this browser"
    assert patient.draft == {}

    look_up(patient, code.lower().replace("-", " "))
    assert patient.heading == "What you shared"
    assert all(answer in patient.text for answer in ANSWERS)
    assert code.replace("-", "") not in patient.page.url
    patient.follow("Delete what I shared")
    assert patient.heading == "Delete what you shared?"
    patient.press("Yes, delete it")
    assert "Deleted. Your answers are no longer stored." in patient.text
    assert "Nothing is stored under this code" in look_up(patient, code).text


def test_back_after_writing_the_code_down_shows_neither_code_nor_answers(
    with_or_without_scripts: Patient, unshared: str
) -> None:
    patient = with_or_without_scripts
    code = share(patient, unshared)
    patient.press(WRITTEN)
    for _ in range(3):
        patient.go_back()
        assert code not in patient.text
        assert not [answer for answer in ANSWERS if answer in patient.text], patient.path
        assert patient.heading == START


def test_back_after_sharing_shows_the_code_and_no_answers(with_or_without_scripts: Patient, unshared: str) -> None:
    patient = with_or_without_scripts
    code = share(patient, unshared)
    patient.go_back()
    assert code_of(patient) == code
    assert not [answer for answer in ANSWERS if answer in patient.text]


def test_leaving_with_the_code_on_the_screen_leaves_nothing(patient: Patient, unshared: str) -> None:
    code = share(patient, unshared)
    patient.leave().go_back()
    assert code not in patient.text
    assert patient.heading == START
    assert look_up(patient, code).heading == "What you shared"
    patient.leave().go_back()
    assert patient.heading == "Your code"
    assert patient.page.get_by_label("Code", exact=True).input_value() == ""
    assert code not in patient.page.content()


def test_back_after_deleting_shows_nothing_of_it(with_or_without_scripts: Patient, unshared: str) -> None:
    patient = with_or_without_scripts
    code = share(patient, unshared)
    patient.press(WRITTEN)
    look_up(patient, code).follow("Delete what I shared").press("Yes, delete it")
    for _ in range(2):
        patient.go_back()
        assert not [answer for answer in ANSWERS if answer in patient.text], patient.path
        assert patient.heading == "Your code"


def test_a_slip_is_told_at_the_field_and_what_was_typed_is_kept(with_or_without_scripts: Patient) -> None:
    patient = look_up(with_or_without_scripts, "abcd efgh")
    assert patient.title == "Error: Your code"
    field = patient.page.get_by_label("Code", exact=True)
    assert field.input_value() == "abcd efgh"
    patient.page.get_by_role("alert").get_by_role("link").click()
    assert patient.page.evaluate("document.activeElement.id") == "code"


def test_pressing_share_twice_stores_once(meet: Callable[[Device], Patient], unshared: str) -> None:
    patient = meet(PHONE).bring(unshared).open(SHARING)
    patient.button(SHARE).dblclick(no_wait_after=True)
    patient.button(WRITTEN).wait_for()
    code = code_of(patient)
    patient.press(WRITTEN)
    assert look_up(patient, code).heading == "What you shared"
