"""Help, privacy, the way out, and the small files that machines look for."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

import pytest
from flask import Flask
from sqlalchemy import inspect

from config import TestConfig
from screening.app import create_app
from screening.patient.stored import stored
from screening.questionnaire.loader import Collection
from screening.storage.database import db
from screening.web.cookies import LAPSES_AFTER
from tests.pages import Patient


def test_help_shows_verified_lines_until_the_clinic_confirms_the_rest(patient: Patient) -> None:
    page = patient.open("/help")
    assert page.links["call 911"] == "tel:911"
    assert page.links["call 988"] == "tel:988"
    assert page.links["text 988"] == "sms:988"
    assert page.links["chat at 988lifeline.org"] == "https://988lifeline.org"
    assert "AYUDA" not in page.text
    assert "SAMHSA" not in page.text
    assert "The clinic has not looked through them yet" in page.text
    assert "Calls and texts may show on your phone or bill." in page.text


def test_help_shows_every_line_that_the_clinic_confirmed(collection: Collection) -> None:
    from datetime import date

    confirmed = Patient(create_app(TestConfig(support_confirmed=date(2026, 11, 1))), collection.wording)
    page = confirmed.open("/help")
    assert "SAMHSA" in page.text
    assert "AYUDA" not in page.text
    assert "It does not offer counseling." in page.text
    assert "has not confirmed" not in page.text


@pytest.mark.parametrize(("country", "number"), [("UK", "999"), ("IE", "112"), ("CA", "911"), ("AU", "000")])
def test_each_country_has_its_emergency_number(country: str, number: str, collection: Collection) -> None:
    abroad = Patient(create_app(TestConfig(country=country)), collection.wording)
    for path in ("/", "/help", "/nowhere"):
        assert abroad.open(path).links[f"call {number}"] == f"tel:{number}"


def test_leaving_erases_the_draft_and_goes_elsewhere(patient: Patient) -> None:
    patient.start()
    answer = patient.client.get("/leave", headers={"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"})
    assert (answer.status_code, answer.location) == (303, "https://exit.test/")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert patient.client.get_cookie("draft") is None
    assert patient.open("/reflection/1").path == "/reflection/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_fetched_ahead_or_by_others_erases_nothing(patient: Patient, headers: dict[str, str]) -> None:
    patient.start()
    patient.answer("Myself")
    answer = patient.client.get("/leave", headers=headers)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert patient.open("/reflection/1").ticked == {"myself"}


def test_asking_only_for_its_headers_erases_nothing(patient: Patient) -> None:
    patient.start()
    assert "Set-Cookie" not in patient.client.head("/leave").headers


def test_the_button_on_the_way_out_leads_to_it(patient: Patient) -> None:
    patient.start()
    page = patient._arrive(patient.client.get("/leave", headers={"Sec-Purpose": "prefetch"}))
    assert page.links["Clear my answers and leave"] == "/leave"


def test_several_questionnaires_are_listed(patient: Patient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    only = app.extensions["questionnaires"]
    monkeypatch.setitem(app.extensions, "questionnaires", only * 2)
    page = patient.open("/")
    assert page.links["Questions to think over, at your own pace"] == "/reflection/"


def test_a_crawler_may_fetch_every_page_so_it_sees_that_it_may_index_none(patient: Patient, app: Flask) -> None:
    robots = RobotFileParser()
    robots.parse(patient.client.get("/robots.txt").text.splitlines())
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<questionnaire:questionnaire>", "reflection").replace("<int:number>", "1")
        assert robots.can_fetch("Crawler", f"https://clinic.test{path}"), path
        with patient.client.get(path) as answer:
            assert "noindex" in answer.headers["X-Robots-Tag"], path


def test_browsers_find_the_icon_where_they_look_for_it(patient: Patient) -> None:
    with patient.client.get("/favicon.ico") as icon:
        assert icon.mimetype == "image/svg+xml"


def test_every_page_that_informs_keeps_the_house_style(patient: Patient) -> None:
    for path, heading in (("/privacy", "Privacy"), ("/accessibility", "Accessibility"), ("/help", "Help")):
        page = patient.open(path)
        assert (page.title, page.heading) == (heading, heading)


def test_privacy_lists_every_column_that_the_database_has(clinic: Flask, collection: Collection) -> None:
    page = Patient(clinic, collection.wording).open("/privacy")
    listed = {str(name.text) for name in page.find("//dl[@class='columns']//dt")}
    with clinic.app_context():
        found = inspect(db.engine)
        names = [table for table in found.get_table_names() if table != "alembic_version"]
        assert len(page.find("//dl[@class='columns']")) == len(names)
        assert listed == {column["name"] for table in names for column in found.get_columns(table)}


def test_a_column_that_is_not_told_keeps_the_site_from_starting() -> None:
    with pytest.raises(KeyError, match="nickname"):
        stored({"submission": ["week", "nickname"]}, 90)
    with pytest.raises(ValueError, match="visit"):
        stored({"visit": []}, 90)


def test_privacy_says_how_long_this_clinic_keeps_what_is_shared(collection: Collection) -> None:
    page = Patient(create_app(TestConfig(retention_days=31)), collection.wording).open("/privacy")
    assert "For 31 days from the Monday of its week" in page.text
    assert "We delete them after 31 days" in page.text


def test_a_draft_is_kept_for_two_more_hours_and_without_one_the_start_page_comes(patient: Patient) -> None:
    client = patient.client
    assert client.get("/keep").location == "/"
    patient.start()
    kept = client.get("/keep")
    assert LAPSES_AFTER - 60 < int(kept.text) <= LAPSES_AFTER + 1
    assert kept.mimetype == "text/plain"
