"""What the first page costs on a slow line with little data, and what is on a phone's first screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator

from screening.patient.draft import Draft
from tests.browser.clinic import Clinic, everything
from tests.browser.patient import SKIP, Device, Patient

MAX_BYTES = 14 * 1024
MAX_REQUESTS = 3
USUAL = Device(390, 844, is_touched=True)
# The browser's own bars take the rest of 844 pixels.
START_ENDS = 660
# The number of questions with buttons on the first screen.
MIN_SHARE = 0.6


def test_the_first_page_fits_into_fourteen_kilobytes(patient: Patient) -> None:
    sizes: list[int] = []

    def loaded(event: dict[str, Any]) -> None:
        sizes.append(int(event["encodedDataLength"]))

    network = patient.context.new_cdp_session(patient.page)
    network.on("Network.loadingFinished", loaded)
    network.send("Network.enable")
    network.send("Network.clearBrowserCache")
    patient.page.goto(f"{patient.origin}/", wait_until="networkidle")
    # Playwright does not report icons, so the page's links to them are counted too.
    named = patient.page.locator("script[src], link[href]:not([href^='data:'])")
    assert {f"{patient.origin}/", *named.evaluate_all("all => all.map(one => one.src || one.href)")} == set(
        patient.requested
    )
    assert len(patient.requested) <= MAX_REQUESTS
    assert len(sizes) == len(patient.requested)
    assert sum(sizes) <= MAX_BYTES


@pytest.fixture(params=["en", "es"])
def reader(request: pytest.FixtureRequest, meet: Callable[[Device], Patient]) -> Patient:
    """A patient with a common phone, who reads English or Spanish."""
    patient = meet(USUAL)
    return patient.ask_for_spanish() if request.param == "es" else patient


def in_a_phone_s_face(patient: Patient) -> Patient:
    """Set the page in the typeface of most phones, since others are wider or narrower."""
    patient.page.evaluate("document.documentElement.style.setProperty('--face', 'Roboto')")
    return patient


def bottom(of: Locator) -> float:
    """Return the bottom edge, measured from the top of the page."""
    box = of.bounding_box()
    assert box
    return box["y"] + box["height"]


def test_start_is_on_the_first_screen_with_room_to_spare(reader: Patient) -> None:
    in_a_phone_s_face(reader.open("/"))
    assert bottom(reader.button("Start")) <= START_ENDS


def test_most_questions_fit_on_the_first_screen_and_none_jumps(reader: Patient, clinics: Mapping[bool, Clinic]) -> None:
    clinic = clinics[False]
    held = clinic.draft("reflection", everything)
    asked = Draft.read(held, clinic.questionnaire("reflection")).journey.questions  # type: ignore[union-attr]
    ends, begins = [], set()
    for number, _ in enumerate(asked, 1):
        in_a_phone_s_face(reader.bring(clinic.sealed(held)).open(f"/reflection/{number}"))
        ends.append(bottom(reader.button("Continue")))
        begins.add(reader.page.locator("h1").evaluate("one => one.getBoundingClientRect().top"))
    fit = sum(end <= USUAL.height for end in ends)
    assert fit >= MIN_SHARE * len(ends), ends
    assert len(begins) == 1


def test_continue_and_skip_are_alike_in_size_and_differ_in_forced_colors(
    reader: Patient, clinics: Mapping[bool, Clinic]
) -> None:
    reader.bring(clinics[False].sealed(clinics[False].draft("reflection", everything))).open("/reflection/2")
    pair = [reader.button(name) for name in ("Continue", SKIP)]
    first, second = (button.bounding_box() for button in pair)
    assert first
    assert second
    assert (first["width"], first["height"], first["y"]) == (second["width"], second["height"], second["y"])
    for forced in ("none", "active"):
        reader.page.emulate_media(forced_colors=forced)
        grounds = {button.evaluate("one => getComputedStyle(one).backgroundColor") for button in pair}
        assert len(grounds) == 2, forced
