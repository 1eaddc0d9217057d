"""The waiting room's page: a poster in patients' own words, with an address that only a setting gives."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage.accounts import DESK
from tests.support.page_checker import Page, Patient, forbidden, text_of
from tests.support.sample_submissions import Shelf
from tests.support.site_changes import change_site
from tests.support.staff_client import Staff

PAGE = "/staff/waiting-room"
ADDRESS = "https://screening.clinic.example/"
# Every element with words of its own on the poster and the slips.
WORDS = "//*[contains(@class, 'poster') or contains(@class, 'slip')]//*[self::p or self::li or self::h2 or self::h3]"


@pytest.fixture
def desk(clinic: Flask) -> Staff:
    """Somebody at the front desk of a clinic that has set its address."""
    change_site(clinic, site_address=ADDRESS)
    staff = Staff(clinic)
    staff.sign_in(DESK)
    return staff


def on_paper(page: Page, language: str = "") -> list[str]:
    """Return all texts of the poster and the slips, or those in one language."""
    named = f"[ancestor-or-self::*[@lang='{language}']]" if language else ""
    return [text_of(element) for element in page.find(WORDS + named)]


def test_without_an_address_the_page_says_kindly_what_to_do(clinic: Flask) -> None:
    staff = Staff(clinic)
    staff.sign_in(DESK)
    page = staff.open(PAGE)
    assert page.status == 200
    assert "Please ask your server administrator to set SITE_ADDRESS" in page.text
    assert "Blank copy in Spanish" in page.links
    assert not page.find("//svg")
    assert on_paper(page) == []


def test_the_address_is_the_one_that_is_set_whatever_the_host(desk: Staff) -> None:
    held = desk.client.get_cookie("staff")
    assert held
    desk.client.set_cookie("staff", held.value, domain="evil.test")
    answer = desk.client.get(PAGE, base_url="http://evil.test/", headers={"X-Forwarded-Host": "evil.test"})
    page = Page(answer)
    assert "evil.test" not in answer.text
    assert ADDRESS in on_paper(page)
    assert [drawn.get("aria-label") for drawn in page.find("//svg")] == [f"QR code of {ADDRESS}"]
    assert sum("screening.clinic.example/code" in text for text in on_paper(page, "en")) > 0
    assert sum("screening.clinic.example/return" in text for text in on_paper(page, "es")) > 0


def test_blank_copies_open_in_their_language(desk: Staff) -> None:
    for name, language in (("Blank copy in English", "en"), ("Blank copy in Spanish", "es")):
        desk.open(PAGE)
        answer = desk.client.get(desk.page.links[name], follow_redirects=True)
        page = Page(answer)
        assert (page.path, page.language) == ("/reflection/paper", language)
        assert not answer.request.query_string


@pytest.mark.parametrize("language", ["en", "es"])
def test_it_carries_the_whole_referral_and_every_line_as_on_the_page_about_help(
    desk: Staff, collection: Collection, language: str
) -> None:
    texts = on_paper(desk.open(PAGE), language)
    english = collection.questionnaires[0]
    spoken = english.in_language(language)
    for end in (spoken.referral.opens, spoken.referral.closes):
        assert " ".join(end) in texts
        assert list(collection.wording.missing(" ".join(end), language)) == []
    page = Patient(desk.app, collection.wording, asks_for=language).open("/help")
    told = [
        text_of(way) for way in page.find("//section[@aria-labelledby='danger' or @aria-labelledby='talk']//p[.//a]")
    ]
    assert len(told) >= 2
    for way in told:
        assert any(way in text for text in texts), way


@pytest.mark.parametrize("country", ["US", "UK", "IE", "CA", "AU"])
def test_no_word_of_it_recommends_anything(desk: Staff, collection: Collection, country: str) -> None:
    change_site(desk.app, support=collection.support[country].shown(confirmed=True))
    texts = on_paper(desk.open(PAGE))
    assert len(texts) > 30
    assert {text: found for text in texts if (found := forbidden(collection.wording, text))} == {}


def test_it_says_nothing_about_anybody_and_nothing_is_recorded(desk: Staff, collection: Collection) -> None:
    shelf = Shelf(desk.app, collection.questionnaires[0])
    with shelf.new_entries() as written:
        before = desk.open(PAGE).tree.text_content()
        shelf.put()
        assert desk.open(PAGE).tree.text_content() == before
    assert written == []


def test_a_site_in_english_alone_has_a_poster_in_english_alone(desk: Staff) -> None:
    english = site_of(desk.app).languages[:1]
    change_site(desk.app, languages=english)
    page = desk.open(PAGE)
    assert on_paper(page, "es") == []
    assert on_paper(page, "en")
    assert "Blank copy in Spanish" not in page.links
