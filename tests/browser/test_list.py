"""The list of submissions by keyboard: j and k move through it only while it has the focus."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE

FOCUSED = "document.activeElement.getAttribute('href')"


def test_j_and_k_go_through_the_rows_of_all_weeks_and_enter_opens_one(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    for week in (CLOSED_WEEK, CLOSED_WEEK, WEEK_BEFORE):
        clinics[False].put(week)
    patient = meet(DESK)
    as_staff("/staff/submissions", "By keyboard")(patient, clinics[False])
    rows = patient.page.locator(".records a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    keys = patient.page.keyboard

    def focused() -> object:
        return patient.page.evaluate(FOCUSED)

    patient.page.get_by_text("Filters", exact=True).click()
    patient.page.locator("[name=from]").focus()
    keys.press("j")
    assert focused() is None
    patient.page.get_by_role("link", name="go to the list").focus()
    keys.press("j")
    assert focused() == "#list"
    keys.press("Enter")
    seen = []
    for _ in rows:
        keys.press("j")
        seen.append(focused())
    assert seen == rows
    for key in ("j", "Control+k", "Alt+k", "J"):
        keys.press(key)
        assert focused() == rows[-1]
    keys.press("k")
    assert focused() == rows[-2]
    keys.press("Enter")
    patient.page.wait_for_url(f"**{rows[-2]}")
    assert patient.heading == "One submission"


def test_without_scripts_no_keys_are_told(meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]) -> None:
    clinics[False].put()
    patient = meet(Device(DESK.width, DESK.height, has_scripts=False))
    as_staff("/staff/submissions", "random on purpose")(patient, clinics[False])
    assert not patient.page.get_by_text("By keyboard").is_visible()
