"""A clinic's own look in a real browser, in light and dark mode and on paper, is accessible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from config import make_secrets
from screening.web.clinic import LONGEST_CLINIC_NAME
from screening.web.color import STYLESHEET, modes, nearest_readable
from tests.browser.conftest import DESK, PHONE
from tests.browser.paper import FORMATS, print_page, spaced
from tests.browser.patient import Device, Patient
from tests.support.server import served
from tests.web.test_logo import svg

NAME = "Harbour Street Centre for Reflection, Rest and Wellbeing, NY"
ACCENT = "#7a1f5c"
MODES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
NARROWEST = 320


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The real server of a clinic with a name of maximal length, a color, a wide logo and a phone."""
    instance = tmp_path_factory.mktemp("instance")
    make_secrets(instance)
    logo = instance / "logo.svg"
    logo.write_bytes(svg('<rect width="300" height="60" fill="#7a1f5c"/>', 'viewBox="0 0 300 60"'))
    with served(instance, CLINIC_NAME=NAME, ACCENT=ACCENT, LOGO=str(logo), CLINIC_PHONE="555-010-0199") as running:
        yield running.address


@pytest.fixture
def visitor(own_site: str, opened: Callable[[Device], BrowserContext]) -> Iterator[Patient]:
    with Patient(opened(PHONE), own_site) as patient:
        yield patient


def color(patient: Patient, selector: str, kind: str = "color") -> str:
    """Return a color as rendered, as #rrggbb."""
    drawn = patient.page.locator(selector).first.evaluate(f"one => getComputedStyle(one)['{kind}']")
    return "#" + "".join(f"{int(part):02x}" for part in drawn.removeprefix("rgb(").removesuffix(")").split(","))


def test_the_color_is_the_clinic_s_by_day_and_its_nearest_by_night(visitor: Patient) -> None:
    _, dark = modes(STYLESHEET.read_text())
    for mode, accent in zip(MODES, (ACCENT, nearest_readable(ACCENT, dark)), strict=True):
        visitor.page.emulate_media(color_scheme=mode)
        visitor.open("/")
        assert color(visitor, ".help-line a") == accent
        assert color(visitor, "button.main", "backgroundColor") == accent
    visitor.open("/help").page.emulate_media(media="print")
    assert color(visitor, ".help-line a") == "#000000"
    visitor.page.emulate_media(media="null")


def test_logo_and_name_stand_above_everything_and_nothing_moves(visitor: Patient) -> None:
    for device in (PHONE, DESK, replace(PHONE, width=NARROWEST)):
        visitor.page.set_viewport_size({"width": device.width, "height": device.height})
        visitor.open("/help")
        logo = visitor.page.get_by_role("img", name=NAME, exact=True)
        assert logo.evaluate("one => one.complete && one.naturalWidth") > 0
        box = logo.bounding_box()
        help_line = visitor.page.locator(".help-line").bounding_box()
        assert box
        assert help_line
        assert box["height"] == 40
        assert box["y"] + box["height"] <= help_line["y"] < device.height / 3
        assert visitor.page.evaluate("document.documentElement.scrollWidth") <= device.width
        logo.evaluate("one => one.src = ''")
        assert visitor.page.locator(".help-line").bounding_box() == help_line


def test_axe_finds_nothing_by_day_or_night(visitor: Patient) -> None:
    visitor.start()
    for path in ("/", "/reflection/1", "/help", "/nowhere", "/staff/sign-in"):
        visitor.open(path)
        for mode in MODES:
            visitor.page.emulate_media(color_scheme=mode)
            found = Axe().run(visitor.page, options={"rules": {"color-contrast-enhanced": {"enabled": True}}})
            assert found.response["violations"] == [], f"{path}, {mode}: {found.generate_report()}"


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "es"])
def test_the_first_sheet_still_holds_twelve_questions_below_the_name(visitor: Patient, language: str) -> None:
    assert len(NAME) == LONGEST_CLINIC_NAME
    visitor.page.set_extra_http_headers({"Accept-Language": language})
    visitor.start().answer("Myself").go_on_to("/reflection/4")
    for matter in visitor.page.locator(".choice:not(.or + .choice) input").all():
        matter.check()
    visitor.press("Continue").go_on_to("/reflection/check").open("/reflection/first")
    for question in visitor.page.locator(".choice input").all()[:3]:
        question.check()
    visitor.press("Continue")
    own = spaced(visitor.page.locator(".own-questions").text_content() or "")
    for size in FORMATS:
        paper = print_page(visitor, size)
        assert paper.sheets[0].startswith(NAME)
        assert "12. " in paper.sheets[0]
        assert paper.sheets[0].endswith(own)
