"""A clinic's own look: where each setting appears, and what is refused, each with its remedy."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from config import ConfigError
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.web.clinic import LONGEST_CLINIC_NAME
from screening.web.color import STYLESHEET, modes
from screening.web.static_files import strip_comments
from tests.support.page_checker import Page, Patient, is_well_made
from tests.support.settings import TestConfig
from tests.web.test_logo import svg

NAME, ACCENT, PHONE = "Harbour Street <Clinic>", "#7a1f5c", "+1 (555) 010-0199"
CONTACT = "mailto:security@clinic.example"
PAGES = ("/", "/help", "/privacy", "/accessibility", "/nowhere", "/code", "/reflection/topics", "/reflection/paper")
REACH = f"To reach this clinic: {PHONE}."


@pytest.fixture(scope="module")
def logo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("clinic") / "logo.svg"
    file.write_bytes(svg())
    return file


@pytest.fixture(scope="module")
def set_app(logo: Path) -> Flask:
    """The site of a clinic that sets everything."""
    return create_app(
        TestConfig(clinic_name=NAME, accent=ACCENT, logo=logo, clinic_phone=PHONE, security_contact=CONTACT)
    )


@pytest.fixture
def visitor(set_app: Flask, collection: Collection) -> Patient:
    return Patient(set_app, collection.wording)


def refused(**settings: object) -> list[str]:
    with pytest.raises(ConfigError) as error:
        create_app(TestConfig(**settings))  # type: ignore[arg-type]
    return str(error.value).splitlines()


def test_name_and_logo_stand_first_on_every_page_and_never_in_its_title(visitor: Patient) -> None:
    for path in PAGES:
        page = visitor.open(path)
        brand = page.find("//header/*[1][self::p][contains(@class, 'brand')][@translate='no']")[0]
        assert brand.text_content().strip() == NAME
        [picture] = brand.findall("img")
        assert (picture.get("alt"), picture.get("width"), picture.get("height")) == (NAME, "80", "40")
        assert "Harbour" not in page.title
    visitor.start()
    assert visitor.page.find("//p[contains(@class, 'brand')]")
    assert "Harbour" not in visitor.page.title


def test_the_logo_is_a_static_file(visitor: Patient) -> None:
    address = str(visitor.open("/").find("//img/@src")[0])
    answer = visitor.client.get(address)
    assert (answer.data, answer.mimetype) == (svg(), "image/svg+xml")
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert answer.headers.getlist("Content-Security-Policy") == ["default-src 'none'; sandbox"]
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]


def test_the_stylesheet_is_painted_under_an_address_of_its_own(app: Flask, visitor: Patient) -> None:
    address = str(visitor.open("/").find("//link[@rel='stylesheet']/@href")[0])
    assert modes(visitor.client.get(address).text)[0]["--accent"] == ACCENT
    assert address not in app.test_client().get("/").text


def test_staff_see_the_name_too(set_app: Flask) -> None:
    page = Page(set_app.test_client().get("/staff/sign-in"))
    is_well_made(page)
    assert page.find("//header/p[contains(@class, 'brand')]")[0].text_content().strip() == NAME
    assert "Harbour" not in page.title


def test_the_phone_is_where_the_clinic_is_spoken_of(visitor: Patient) -> None:
    for path in ("/help", "/privacy", "/accessibility"):
        page = visitor.open(path)
        assert REACH in page.text
        assert page.links[PHONE] == "tel:+15550100199"
    assert f"{REACH} This is not a line for emergencies." in visitor.open("/help").text


def test_name_and_phone_are_the_same_in_spanish(set_app: Flask, collection: Collection) -> None:
    page = Patient(set_app, collection.wording, asks_for="es").open("/help")
    assert f"Para comunicarse con esta clínica: {PHONE}. Esta no es una línea para emergencias." in page.text
    assert page.find("//p[contains(@class, 'brand')]")[0].text_content().strip() == NAME


def test_nothing_stands_in_the_place_of_what_is_not_set(app: Flask, patient: Patient) -> None:
    for path in PAGES:
        page = patient.open(path)
        assert not page.find("//*[contains(@class, 'brand')] | //img")
        assert "To reach this clinic" not in page.text
        assert "not a line for emergencies" not in page.text
    assert app.test_client().get("/static/screening.000000000000.css").data == strip_comments(
        STYLESHEET.name, STYLESHEET.read_bytes()
    )
    assert Page(app.test_client().get("/staff/sign-in")).find("//header/*[1][@class='place']")


def test_a_name_needs_no_logo(collection: Collection) -> None:
    page = Patient(create_app(TestConfig(clinic_name=NAME)), collection.wording).open("/")
    assert page.find("//header/*[1][contains(@class, 'brand')]")[0].text_content() == NAME
    assert not page.find("//img")


def test_security_txt_says_whom_to_write_to_and_for_how_long(visitor: Patient) -> None:
    answer = visitor.client.get("/.well-known/security.txt")
    assert answer.content_type == "text/plain; charset=utf-8"
    said = re.fullmatch(rf"Contact: {CONTACT}\nExpires: (\S+)\nPreferred-Languages: en\n", answer.text)
    assert said
    left = datetime.fromisoformat(said[1]) - datetime.now(UTC)
    assert timedelta(days=100) < left < timedelta(days=365)


def test_without_a_contact_security_txt_is_a_page_that_is_not_here(patient: Patient) -> None:
    page = patient.open("/.well-known/security.txt")
    assert (page.status, page.heading) == (404, "This page is not here")


def test_all_that_cannot_be_shown_is_reported_at_once(tmp_path: Path) -> None:
    complaints = refused(clinic_name="Safe Ketamine Cures", accent="#ffcc00", logo=tmp_path / "none.png")
    name, accent, logo = complaints
    assert name.startswith('CLINIC_NAME is "Safe Ketamine Cures". Remove "cures", which the wording list forbids: ')
    assert re.fullmatch(
        r'ACCENT is "#ffcc00"\. Its contrast is 1\.\d:1, but readable text needs 7:1\. '
        r"Use the nearest color that passes: ACCENT=#[0-9a-f]{6}",
        accent,
    )
    assert logo.startswith(f'LOGO is "{tmp_path / "none.png"}". It cannot be read (No such file or directory).')


def test_the_color_that_is_told_can_be_pasted() -> None:
    [complaint] = refused(accent="#ffcc00")
    create_app(TestConfig(accent=complaint.rpartition("ACCENT=")[2]))


def test_a_logo_needs_the_name(logo: Path) -> None:
    assert refused(logo=logo) == [
        "LOGO is set, but CLINIC_NAME is not. Set it too: screen readers read it in place of the logo."
    ]


@pytest.mark.parametrize("name", ["Proven Ketamine Relief", "Cura Segura", "The Miracle Clinic", "You Are a Candidate"])
def test_a_name_that_promises_is_refused(name: str) -> None:
    assert all("which the wording list forbids" in complaint for complaint in refused(clinic_name=name))


@pytest.mark.parametrize(
    "name", ["Harbour Street Clinic", "Dr. Núñez & Associates", "Ketamine and Wellbeing", "St. John's"]
)
def test_an_ordinary_name_is_taken(name: str) -> None:
    create_app(TestConfig(clinic_name=name))


def test_a_name_that_does_not_fit_or_hides_something_is_refused() -> None:
    create_app(TestConfig(clinic_name="N" * LONGEST_CLINIC_NAME))
    long = "N" * (LONGEST_CLINIC_NAME + 1)
    assert refused(clinic_name=long) == [f'CLINIC_NAME is "{long}". Shorten it to at most 60 characters.']
    for hidden in ("Harbour\u202eStreet", "Harbour\nStreet", "Harbour\u200bStreet"):
        [complaint] = refused(clinic_name=hidden)
        assert complaint.endswith("Retype it: it contains invisible characters.")
        assert complaint.isascii()
