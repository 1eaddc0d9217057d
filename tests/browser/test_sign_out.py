"""Sign out is always in view: for every role, on every page, at a desk and on a phone, scrolled or not, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from screening.storage.accounts import MANAGER, ROLES, VIEWER
from tests.browser.clinic import Clinic
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff, stock
from tests.support.sample_submissions import path

SIZES = (
    pytest.param(Device(1280, 800, has_scripts=False), marks=pytest.mark.long),
    Device(1366, 657, has_scripts=False),
    Device(390, 844, is_touched=True, has_scripts=False),
)
# More stops than the header of any page has.
MAX_STOPS = 25
# The order of stops is the same on every page.
BY_KEYBOARD = ("/staff/", "/staff/submissions", "/staff/figures")
OWN = ("/staff/password", "/staff/recovery-codes", "/staff/sessions")
# In the window, and nothing lies over it.
IS_IN_VIEW = """button => {
    const place = button.getBoundingClientRect();
    const top = document.elementFromPoint((place.left + place.right) / 2, (place.top + place.bottom) / 2);
    return place.top >= 0 && place.left >= 0 && place.bottom <= innerHeight && place.right <= innerWidth
        && button.contains(top);
}"""
SCROLL = """to => [document.scrollingElement, ...document.querySelectorAll('header, header *')].forEach(
    one => { one.scrollTop = to; })"""
HAS_FOCUS = "button => button === document.activeElement"


def pages(staff: Patient, clinic: Clinic, role: str) -> Iterator[str]:
    """Yield the address of each page in the menus, and of one submission, which is longer than any screen."""
    links = staff.open("/staff/").page.locator("header nav a")
    yield from dict.fromkeys(["/staff/", *(str(link.get_attribute("href")) for link in links.all()), *OWN])
    if role != VIEWER:
        yield path(clinic.put())


def is_reached(staff: Patient) -> bool:
    """Press Tab from the top of the page until the button has the focus."""
    button = staff.button("Sign out")
    for _ in range(MAX_STOPS):
        staff.page.keyboard.press("Tab")
        if button.evaluate(HAS_FOCUS):
            return bool(button.evaluate(IS_IN_VIEW))
    return False


# A manager opens every page. Others see the same header with fewer pages in it.
@pytest.mark.parametrize(
    "role", [MANAGER, *(pytest.param(one, marks=pytest.mark.long) for one in ROLES if one != MANAGER)]
)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width}x{size.height}")
def test_sign_out_is_in_view_on_every_page_before_and_after_scrolling(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic], size: Device, role: str
) -> None:
    staff, clinic = meet(size), clinics[True]
    staff.origin = clinic.origin
    stock(clinic)
    as_staff("/staff/", "signed in as", role)(staff, clinic)
    wrong: dict[str, list[str]] = {}
    for address in pages(staff, clinic, role):
        button = staff.open(address).button("Sign out")
        found = {"at the top": button.evaluate(IS_IN_VIEW)}
        if address in BY_KEYBOARD:
            found["by keyboard"] = is_reached(staff)
        staff.page.evaluate(SCROLL, 100_000)
        found["at the end"] = button.evaluate(IS_IN_VIEW)
        if missed := [where for where, is_seen in found.items() if not is_seen]:
            wrong[address] = missed
    assert wrong == {}


@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: f"{size.width}x{size.height}")
def test_the_whole_menu_of_a_manager_is_in_view_at_a_desk(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic], size: Device
) -> None:
    staff = meet(size)
    as_staff("/staff/", "signed in as", MANAGER)(staff, clinics[False])
    links = staff.page.get_by_role("navigation", name="Staff pages").get_by_role("link").all()
    assert len(links) == 11
    assert [link.inner_text() for link in links if not link.evaluate(IS_IN_VIEW)] == []
