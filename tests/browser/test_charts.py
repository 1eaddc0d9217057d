"""Charts: labels whole and large enough on every screen and on paper, numbers read out, and pages of a fair length."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest

from tests.browser.clinic import Clinic
from tests.browser.conftest import DESK, PHONE
from tests.browser.paper import FORMATS, MIN_SIZE, print_page
from tests.browser.patient import Device, Patient
from tests.browser.staff_states import STAFF
from tests.browser.states_of_figures import insights_of
from tests.browser.ways import Go

insights, compared = insights_of("", "Counted:"), STAFF["staff, insights, compared"].go
CHARTED = {"insights": insights, "compared": compared}
# As long as numbers of published figures get.
LONGEST_NUMBER = "B about 12340 or more (about 100%)"
# Pixels: letters, and the longest page at each width.
MIN_LETTER, LONGEST = 12, {390: 4_500, 1280: 3_000}
MAX_SHEETS = 3
LABELS = """() => [...document.querySelectorAll('.bars')].flatMap(chart => {
    const around = chart.getBoundingClientRect();
    return [...chart.querySelectorAll('.say, .number')].map(label => {
        const range = document.createRange();
        range.selectNodeContents(label);
        const place = range.getBoundingClientRect();
        const others = [...label.parentElement.querySelectorAll('.say, .number, svg')].filter(one => one !== label);
        const covers = others.some(one => {
            const other = one.getBoundingClientRect();
            return Math.min(place.right, other.right) - Math.max(place.left, other.left) > 0.5
                && Math.min(place.bottom, other.bottom) - Math.max(place.top, other.top) > 2;
        });
        const isInside = place.left >= around.left - 0.5 && place.right <= around.right + 0.5
            && place.top >= around.top - 2 && place.bottom <= around.bottom + 2;
        const size = parseFloat(getComputedStyle(label).fontSize);
        return {words: label.innerText, isWhole: isInside && !covers, size};
    });
})"""


def visit(patient: Patient, clinics: Mapping[bool, Clinic], go: Go) -> None:
    """Open a page of the clinic that has submissions."""
    patient.origin = clinics[True].origin
    patient.context.clear_cookies()
    go(patient, clinics[True])


@pytest.mark.parametrize("name", CHARTED)
def test_every_label_is_inside_its_chart_and_large_enough(
    patient: Patient, clinics: Mapping[bool, Clinic], name: str
) -> None:
    visit(patient, clinics, CHARTED[name])
    for width in (PHONE.width, 390, DESK.width):
        patient.page.set_viewport_size({"width": width, "height": PHONE.height})
        labels = patient.page.evaluate(LABELS)
        assert len(labels) > 100
        assert [label for label in labels if not label["isWhole"]] == []
        assert min(label["size"] for label in labels) >= MIN_LETTER


@pytest.mark.parametrize("name", CHARTED)
def test_the_longest_number_leaves_labels_whole(patient: Patient, clinics: Mapping[bool, Clinic], name: str) -> None:
    visit(patient, clinics, CHARTED[name])
    numbers = patient.page.locator(".number")
    numbers.evaluate_all("(all, words) => all.forEach(one => { one.textContent = words; })", LONGEST_NUMBER)
    for width in (320, PHONE.width, DESK.width):
        patient.page.set_viewport_size({"width": width, "height": PHONE.height})
        assert [label for label in patient.page.evaluate(LABELS) if not label["isWhole"]] == []


@pytest.mark.parametrize("name", CHARTED)
def test_insights_are_not_too_long_and_their_tables_are_closed(
    patient: Patient, clinics: Mapping[bool, Clinic], name: str
) -> None:
    visit(patient, clinics, CHARTED[name])
    for width, longest in LONGEST.items():
        patient.page.set_viewport_size({"width": width, "height": PHONE.height})
        assert patient.page.evaluate("document.documentElement.scrollHeight") <= longest
    assert patient.page.get_by_role("table").count() == 0


def test_each_number_is_read_out_while_the_tables_are_closed(patient: Patient, clinics: Mapping[bool, Clinic]) -> None:
    visit(patient, clinics, insights)
    read = patient.page.get_by_role("main").aria_snapshot()
    for figure in patient.page.locator(".figure").all():
        rows = figure.locator("tbody tr").evaluate_all(
            "rows => rows.map(row => [...row.children].map(cell => cell.textContent))"
        )
        assert rows
        for label, number, *share in rows:
            # The chart leaves the ISO week to the table.
            days = re.sub(r" \(\d{4}-W\d\d\)", "", label)
            assert f"{days} {number}{f' ({share[0]})' if share else ''}" in read


@pytest.mark.parametrize("size", FORMATS)
@pytest.mark.parametrize("name", CHARTED)
def test_insights_are_printed_on_three_sheets_without_help_or_buttons(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic], name: str, size: str
) -> None:
    patient = meet(DESK)
    visit(patient, clinics, CHARTED[name])
    paper = print_page(patient, size)
    assert len(paper.sheets) <= MAX_SHEETS
    assert not paper.lost
    assert paper.least_size >= MIN_SIZE - 0.01
    for words in ("Show", "Table", "Go to a question", "Picking something", "is added on"):
        assert words not in paper.text
    assert "Exact numbers: not to be passed on." in paper.text
    assert ("B Counted:" if name == "compared" else "Counted:") in " ".join(paper.text.split())
    assert all(picture.has_clear_edges for picture in paper.pictures)


def test_a_group_of_fewer_than_11_is_printed_as_a_sentence(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    patient = meet(DESK)
    visit(patient, clinics, insights_of("answer=asking-for.myself&compare=asking-for.someone", "They picked"))
    paper = print_page(patient, "A4")
    assert len(paper.sheets) == 1
    assert "Fewer than 11 submissions are counted here." in paper.text
    assert "They picked" not in paper.text
    assert "Myself" not in paper.text


def test_a_chart_sorts_and_compares_without_scripts(
    meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]
) -> None:
    patient = meet(Device(DESK.width, DESK.height, has_scripts=False))
    visit(patient, clinics, insights)
    patient.page.get_by_text("Choose weeks, answers, or groups to compare").click()
    patient.page.get_by_label("Only those who picked").select_option(label="Myself")
    patient.page.get_by_label("Compare with those who picked").select_option(label="Cravings and recovery")
    patient.page.get_by_label("Order of the choices").select_option(label="Most picked first")
    patient.press("Show")
    assert "A Counted:" in patient.text
    assert "B Counted:" in patient.text
    assert "sort=size" in patient.page.url
