"""Every page in every state is accessible: axe, narrow and low screens, forced colors, and visible focus.

Each state is visited once in each language. Rules on colors run in each mode, rules on room at each width, and all
others once, since their result is the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page

from config import ROOT
from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK, PHONE
from tests.browser.looking import COLORS, ROOM, STRONGER, axe, cut_off, kinds, lost_focus, open_all
from tests.browser.patient import SKIP, Device, Patient
from tests.browser.staff_states import STAFF
from tests.browser.states import PATIENTS, QUESTION
from tests.support.page_checker import weeks_without_days

# A desk of 1280 by 1024 pixels at 400 %, which is also the narrowest phone.
ENLARGED = Device(320, 256)
MIN_TARGET = 44
STATES = PATIENTS | STAFF
FIRST_OF_TEMPLATE = {state.template: name for name, state in reversed(STATES.items())}.values()
SEEN: set[str] = set()
# What staff open every day, with content. `make test-all` visits every state.
DAILY = {
    "staff, sign in",
    "staff, home, manager",
    "staff, look-up, mistyped",
    "staff, submissions",
    "staff, one submission, after a mark",
    "staff, one submission, by code",
    "staff, insights, compared",
    "staff, figures",
    "staff, export, weekly, singled out",
    "staff, audit, four weeks",
    "staff, accounts",
    "staff, waiting room",
    "staff, walk, question",
    "staff, 400",
}
# Other words on the same template rarely bring another fault.
OFTEN = DAILY | (PATIENTS.keys() & {*FIRST_OF_TEMPLATE})
EACH = {name: name if name in OFTEN else pytest.param(name, marks=pytest.mark.long) for name in STATES}
# The long words exist only in English.
IN_SPANISH = [EACH[name] for name in PATIENTS if "long words" not in name]


def resize(patient: Patient, device: Device) -> None:
    patient.page.set_viewport_size({"width": device.width, "height": device.height})


@pytest.mark.parametrize("name", EACH.values())
def test_nothing_is_found_on_any_screen_in_any_colors(
    patient: Patient, clinics: Mapping[bool, Clinic], name: str
) -> None:
    page = patient.page
    stronger = (STRONGER,) if STATES[name].template == QUESTION else ()
    resize(patient, ENLARGED)
    STATES[name].visit(patient, clinics)
    found = {"focus, enlarged": lost_focus(page)}
    if name in STAFF:
        found["weeks without days"] = weeks_without_days(page.locator("body").text_content() or "")
    open_all(page)
    found |= {"room, enlarged": cut_off(page), "axe, enlarged": axe(page, *ROOM)}
    resize(patient, PHONE)
    found |= {"focus": lost_focus(page, by_key=False), "room": cut_off(page), "axe": axe(page, also=stronger)}
    found |= elsewhere(patient, stronger)
    assert {where: what for where, what in found.items() if what} == {}


def elsewhere(patient: Patient, stronger: tuple[str, ...]) -> dict[str, list[str]]:
    """Run axe for a desk and other colors, unless every kind of element on the page was checked there before."""
    page = patient.page
    here = {f"{stronger} {kind}" for kind in kinds(page)}
    if here <= SEEN:
        return {}
    SEEN.update(here)
    resize(patient, DESK)
    page.emulate_media(color_scheme="dark")
    dark = axe(page, *COLORS, *ROOM, *stronger)
    page.emulate_media(color_scheme="light", forced_colors="active")
    return {"axe, dark desk": dark, "axe, forced colors": axe(page, *COLORS)}


@pytest.mark.parametrize("name", IN_SPANISH)
def test_nothing_is_found_in_spanish(patient: Patient, clinics: Mapping[bool, Clinic], name: str) -> None:
    page = patient.ask_for_spanish().page
    resize(patient, ENLARGED)
    PATIENTS[name].visit(patient, clinics)
    assert patient.language == "es"
    open_all(page)
    assert cut_off(page) == []
    # On a template checked before, only the words differ, which these rules ignore.
    if name in FIRST_OF_TEMPLATE:
        assert axe(page, without=COLORS) == []


def test_every_template_of_a_page_is_seen_in_some_state() -> None:
    folders = ("patient", "staff", "security", "errors")
    templates = {str(file.relative_to(ROOT / "templates")) for folder in folders for file in pages(folder)}
    # The component gallery is for developers.
    assert templates == {state.template for state in STATES.values()} | {
        "staff/base.html",
        "patient/component_gallery.html",
    }


def pages(folder: str) -> list[Path]:
    return list((ROOT / "templates" / folder).rglob("*.html"))


def test_a_thumb_meets_every_target_of_a_question(patient: Patient, clinics: Mapping[bool, Clinic]) -> None:
    PATIENTS["question, error, many choices"].visit(patient, clinics)
    page = patient.page
    choices = page.get_by_role("group").locator("label")
    others = [patient.button("Continue"), patient.button(SKIP)]
    others += [patient.link(name) for name in ("Back", "Leave this page", "Save for later")]
    assert choices.count() == 9
    for target in (*choices.all(), page.get_by_text("Why we ask"), *others):
        box = target.bounding_box()
        assert box, f"{target} is seen"
        assert min(box["width"], box["height"]) >= MIN_TARGET, f"{target.inner_text()} is {box}"


# For each check, a fault that it must find.
WRONG: dict[str, tuple[Callable[[Page], list[str]], str]] = {
    "a picture without words": (axe, "document.querySelector('h1').outerHTML = '<img src=/favicon.ico>'"),
    "small targets": (
        lambda page: axe(page, *ROOM),
        "style('footer ul', 'display: flex; gap: 0'); style('footer a', 'width: 9px; height: 9px; min-height: 0')",
    ),
    "pale words": (lambda page: axe(page, *COLORS), "style('h1', 'color: #999')"),
    "words of less than 7 to 1": (lambda page: axe(page, STRONGER), "style('main p', 'color: #666')"),
    "a page that is too wide": (cut_off, "style('h1', 'width: 400px')"),
    "words that are cut": (cut_off, "style('main p', 'overflow: hidden; height: 1em')"),
    "a focus without an outline": (lost_focus, "style('main a', 'outline: none')"),
    "a bar over the focus": (lost_focus, "style('.top', 'position: sticky; top: 0; background: white; z-index: 9')"),
    "a bar over a focus that the page moves": (
        lambda page: lost_focus(page, by_key=False),
        "style('.top', 'position: sticky; top: 0; background: white; z-index: 9')",
    ),
    "what Tab does not reach": (
        lost_focus,
        "document.querySelector('main a').addEventListener('focus', e => e.target.blur())",
    ),
}
STYLE = "const style = (what, how) => document.querySelectorAll(what).forEach(one => { one.style.cssText = how; });"


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_would_be_found(patient: Patient, name: str) -> None:
    look, spoil = WRONG[name]
    resize(patient, ENLARGED)
    page = patient.open("/").page
    assert look(page) == []
    page.evaluate(f"() => {{ {STYLE} {spoil}; }}")
    assert look(page) != []
