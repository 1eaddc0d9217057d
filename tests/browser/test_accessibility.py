"""Every page for everyone: axe, a screen of 320 pixels, and targets that a thumb meets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESK, PHONE
from tests.browser.patient import SKIP, Patient
from tests.patient.saving import AGAIN, GO_ON, INSTEAD, SAVE
from tests.patient.sharing import SEE, SHARE, WRITTEN

NARROWEST = 320
LEAST_TARGET = 44
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def at_the_start_anew(patient: Patient) -> None:
    patient.context.clear_cookies()
    patient.open("/")
    assert patient.button("Start").is_visible()


def at_an_error(patient: Patient) -> None:
    patient.open("/reflection/5").press("Continue")
    assert patient.title.startswith(patient.spoken("Error:"))


def at_dropped_answers(patient: Patient) -> None:
    patient.open("/reflection/1?change=1").answer("I'm just learning")
    assert patient.page.get_by_role("status").is_visible()


def at_the_button_of_the_way_out(patient: Patient) -> None:
    language = patient.language
    patient.page.set_extra_http_headers({"Sec-Purpose": "prefetch", "Accept-Language": language})
    patient.open("/leave")
    patient.page.set_extra_http_headers({"Accept-Language": language})
    assert patient.page.get_by_text(patient.spoken("Clear my answers and leave")).is_visible()


def at_lost_answers(patient: Patient) -> None:
    patient.open("/reflection/2").context.clear_cookies()
    patient.press("Continue")
    assert patient.link("Go to the start page").is_visible()


def at_a_code(patient: Patient) -> None:
    patient.open("/reflection/share")
    if patient.button(SHARE).is_visible():
        patient.press(SHARE)
    assert patient.button(WRITTEN).is_visible()


def at_done(patient: Patient) -> None:
    at_a_code(patient)
    patient.press(WRITTEN)
    assert patient.heading == patient.spoken("Cleared from this browser")


def at_a_code_with_an_error(patient: Patient) -> None:
    patient.open("/code").page.get_by_label(patient.spoken("Code"), exact=True).fill("abcd efgh")
    patient.press(SEE)
    assert patient.title.startswith(patient.spoken("Error:"))


def at_a_record(patient: Patient) -> None:
    at_a_code(patient)
    code = patient.page.locator(".code").inner_text()
    patient.open("/code").page.get_by_label(patient.spoken("Code"), exact=True).fill(code)
    patient.press(SEE)
    assert patient.heading == patient.spoken("What you shared")


def at_the_question_before_deleting(patient: Patient) -> None:
    at_a_record(patient)
    patient.follow("Delete it")
    assert patient.heading == patient.spoken("Delete what you shared?")


def at_a_deleted_record(patient: Patient) -> None:
    patient.context.clear_cookies()
    patient.start().go_on_to("/reflection/check")
    at_the_question_before_deleting(patient)
    patient.press("Yes, delete it").open("/reflection/share")
    assert patient.heading == patient.spoken("You deleted what you shared")


def at_a_return_code(patient: Patient) -> None:
    patient.context.clear_cookies()
    patient.start().answer("Myself").follow("Save for later").press(SAVE)
    assert patient.button(WRITTEN).is_visible()


def at_a_return_code_with_an_error(patient: Patient) -> None:
    patient.context.clear_cookies()
    patient.open("/return").page.get_by_label(patient.spoken("Return code"), exact=True).fill("abcd efgh")
    patient.press(GO_ON)
    assert patient.title.startswith(patient.spoken("Error:"))


def at_answers_that_are_here_again(patient: Patient) -> None:
    at_a_return_code(patient)
    code = patient.page.locator(".code").inner_text()
    patient.open("/return").page.get_by_label(patient.spoken("Return code"), exact=True).fill(code)
    patient.press(INSTEAD)
    assert patient.heading == patient.spoken(AGAIN)


def at_what_cannot_be_saved(patient: Patient) -> None:
    patient.context.clear_cookies()
    patient.start().go_on_to("/reflection/check").open("/reflection/share").open("/reflection/later")
    assert patient.heading == patient.spoken("These answers cannot be saved for later")


def at_the_notice_before_answers_lapse(patient: Patient) -> None:
    patient.open("/reflection/2").page.locator("#lapse").evaluate(
        "notice => { const told = notice.children[0]; told.textContent = told.dataset.say; notice.hidden = false; }"
    )
    assert patient.button("Keep my answers").is_visible()


PAGES: dict[str, str | Callable[[Patient], None]] = {
    "start": at_the_start_anew,
    "start again": "/",
    "question": "/reflection/2",
    "notice": at_the_notice_before_answers_lapse,
    "error": at_an_error,
    "pause": "/reflection/pause",
    "check": "/reflection/check",
    "dropped answers": at_dropped_answers,
    "summary": "/reflection/summary",
    "topics": "/reflection/topics",
    "topic": "/reflection/topics/1",
    "paper": "/reflection/paper",
    "help": "/help",
    "privacy": "/privacy",
    "accessibility": "/accessibility",
    "leave": at_the_button_of_the_way_out,
    "lost answers": at_lost_answers,
    "not found": "/nowhere",
    "later": "/reflection/later",
    "return": "/return",
    "saved": at_a_return_code,
    "return with an error": at_a_return_code_with_an_error,
    "returned": at_answers_that_are_here_again,
    "cannot be saved": at_what_cannot_be_saved,
    "share": "/reflection/share",
    "shared": at_a_code,
    "done": at_done,
    "code": "/code",
    "code with an error": at_a_code_with_an_error,
    "record": at_a_record,
    "delete": at_the_question_before_deleting,
    "deleted": at_a_deleted_record,
}


def go_to(patient: Patient, where: str | Callable[[Patient], None]) -> None:
    if callable(where):
        where(patient)
    else:
        assert patient.open(where).path == where


@pytest.mark.parametrize("where", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_narrow_or_wide_light_or_dark(
    patient: Patient, finished: str, where: str | Callable[[Patient], None]
) -> None:
    go_to(patient.bring(finished), where)
    page = patient.page
    # Colours do not depend on the width, so each width is seen in one mode.
    for device, mode in zip((PHONE, DESK), MODES, strict=True):
        page.set_viewport_size({"width": device.width, "height": device.height})
        page.emulate_media(color_scheme=mode)
        found = Axe().run(page)
        assert found.response["violations"] == [], f"{device}, {mode}: {found.generate_report()}"


@pytest.mark.parametrize("where", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing_in_spanish(patient: Patient, finished: str, where: str | Callable[[Patient], None]) -> None:
    go_to(patient.ask_for_spanish().bring(finished).open("/"), where)
    assert patient.language == "es"
    found = Axe().run(patient.page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_page_scrolls_sideways_on_the_narrowest_screen(patient: Patient, finished: str, language: str) -> None:
    patient.page.set_extra_http_headers({"Accept-Language": language})
    patient.page.set_viewport_size({"width": NARROWEST, "height": 640})
    patient.open("/")
    for name, where in PAGES.items():
        go_to(patient.bring(finished), where)
        patient.page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
        assert patient.page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, name


def test_a_thumb_meets_every_target_of_a_question(patient: Patient, finished: str) -> None:
    patient.bring(finished).open("/reflection/5").press("Continue")
    page = patient.page
    choices = page.get_by_role("group").locator("label")
    others = [patient.button("Continue"), patient.button(SKIP)]
    others += [patient.link(name) for name in ("Back", "Leave this page", "Save for later")]
    assert choices.count() == 5
    for target in (*choices.all(), page.get_by_text("Why we ask"), *others):
        box = target.bounding_box()
        assert box, f"{target} is seen"
        assert min(box["width"], box["height"]) >= LEAST_TARGET, f"{target.inner_text()} is {box}"


def test_axe_would_find_what_is_wrong(patient: Patient) -> None:
    patient.open("/").page.evaluate("document.querySelector('h1').outerHTML = '<img src=/favicon.ico>'")
    assert Axe().run(patient.page).violations_count > 0
