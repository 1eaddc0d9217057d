"""The waiting room's poster on paper: one sheet, and a square that another program reads as the site's address."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image

from screening.storage import accounts
from tests.browser.clinic import Clinic
from tests.browser.conftest import DEVICES
from tests.browser.paper import FORMATS, MIN_SIZE, Paper, print_page, spaced
from tests.browser.patient import Device, Patient
from tests.browser.staff_ways import as_staff
from tests.browser.test_paper import in_print

SCAN_DPI = 300
# Millimeters.
WIDTH = 50
DESKS = DEVICES[2:]


@pytest.fixture(params=DESKS, ids=str)
def desk(request: pytest.FixtureRequest, meet: Callable[[Device], Patient], clinics: Mapping[bool, Clinic]) -> Patient:
    """Somebody at the front desk, with or without scripts, who has opened the page."""
    patient = meet(request.param)
    as_staff("/staff/waiting-room", "Print this page for the waiting room.", accounts.DESK)(patient, clinics[False])
    return patient


def first_sheet(paper: Paper) -> Image.Image:
    """Draw the first sheet as a scanner would see it."""
    command = ("pdftoppm", "-r", str(SCAN_DPI), "-f", "1", "-l", "1", "-gray", "-")
    return Image.open(BytesIO(subprocess.run(command, input=paper.pdf, stdout=subprocess.PIPE, check=True).stdout))


def test_the_printed_square_is_5_cm_wide_and_opens_exactly_the_address_of_the_site(
    desk: Patient, clinics: Mapping[bool, Clinic]
) -> None:
    address = clinics[False].config.site_address
    assert address.startswith("https://")
    for size in FORMATS:
        (found,) = zxingcpp.read_barcodes(first_sheet(print_page(desk, size)))
        assert (found.format, found.text) == (zxingcpp.BarcodeFormat.QRCode, address)
        corners = found.position
        width = (corners.top_right.x - corners.top_left.x) / SCAN_DPI * 25.4
        height = (corners.bottom_left.y - corners.top_left.y) / SCAN_DPI * 25.4
        assert (width, height) == pytest.approx((WIDTH, WIDTH), abs=1)


def test_the_poster_is_one_sheet_and_the_slips_another_and_nothing_is_cut_off(
    desk: Patient, clinics: Mapping[bool, Clinic]
) -> None:
    english = clinics[False].questionnaire("reflection")
    for size in FORMATS:
        paper = print_page(desk, size)
        poster, slips = paper.sheets
        for language in ("en", "es"):
            questionnaire = english.in_language(language)
            for words in (questionnaire.title, *questionnaire.referral.opens, *questionnaire.referral.closes):
                assert spaced(words) in poster
        assert poster.count("988lifeline.org") == 2
        assert slips.count("/code") == slips.count("/return") == 6
        assert (paper.lost, paper.added) == ({}, {})
        assert paper.least_size >= MIN_SIZE - 0.01
        assert list(in_print(paper)) == []
        for left_out in ("for staff", "Sign out", "Waiting room", "Blank copy", "Print"):
            assert left_out not in paper.text


def test_the_page_asks_nobody_else_for_anything(desk: Patient) -> None:
    assert desk.requested
    assert all(address.startswith(desk.origin) for address in desk.requested)
