"""Help, privacy, the way out, and the small files for machines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from urllib.robotparser import RobotFileParser

import pytest
from flask import Flask
from sqlalchemy import inspect

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.patient import information
from screening.patient.data_dictionary import describe_tables
from screening.patient.information import articles, speaks_of, topics_by_group
from screening.questionnaire.model import Card, Governance, Statement, TopicGroup
from screening.questionnaire.summary import explain_topic
from screening.site import site_of
from screening.storage.database import db
from screening.web.cookies import LAPSES_AFTER
from tests.support.page_checker import Patient, text_of
from tests.support.settings import TestConfig
from tests.support.site_changes import temporary_site


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


def test_several_questionnaires_are_listed(patient: Patient, app: Flask) -> None:
    with temporary_site(app, questionnaires=site_of(app).questionnaires * 2):
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
        describe_tables({"submission": ["week", "nickname"]}, 90)
    with pytest.raises(ValueError, match="visit"):
        describe_tables({"visit": []}, 90)


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


# The list of topics, and a topic's page.


def test_topics_stand_in_their_groups_and_keep_their_numbers(collection: Collection) -> None:
    real = collection.questionnaires[0]
    ids = [topic.id for topic in real.topics]
    by_title = {"First": tuple(ids[1:]), "Second": (ids[0],)}
    groups = tuple(TopicGroup(title.lower(), title, topics) for title, topics in by_title.items())
    listed = dict(topics_by_group(replace(real, groups=groups)))
    assert {title: tuple(one.topic.id for one in several) for title, several in listed.items()} == by_title
    assert [one.number for several in listed.values() for one in several] == [*range(2, len(ids) + 1), 1]
    ((title, several),) = topics_by_group(replace(real, groups=()))
    assert (title, [one.topic.id for one in several]) == ("", ids)


def test_an_article_speaks_of_a_topic_that_cites_a_heading_of_it(collection: Collection) -> None:
    article = collection.questionnaires[0].sources[0]
    topic = collection.questionnaires[0].topics[0]
    heading = next(iter(article.headings or ()))
    assert speaks_of(article, replace(topic, sources=("other/opening", f"{article.id}/{heading}")))
    assert not speaks_of(article, replace(topic, sources=("other/opening", article.id)))


def test_the_list_shows_and_says_which_article_speaks_of_a_topic(patient: Patient, collection: Collection) -> None:
    page = patient.open("/reflection/topics")
    shown = {
        text_of(one.xpath("./a")[0]): (
            [text_of(mark) for mark in one.xpath(".//b[@class='mark-of']")],
            [text_of(mark) for mark in one.xpath(".//b[@class='mark-of silent']")],
            text_of(one.xpath("./p[@class='unseen']")[0]),
        )
        for one in page.find("//ul[@class='topics']/li")
    }
    real = collection.questionnaires[0]
    assert len(shown) == len(real.topics)
    for topic in real.topics:
        speaking = [str(n) for n, article in enumerate(articles(real), 1) if speaks_of(article, topic)]
        silent = [str(n) for n, article in enumerate(articles(real), 1) if not speaks_of(article, topic)]
        assert shown[topic.title] == (speaking, silent, f"Articles that speak of it: {', '.join(speaking)}.")
    assert {len(silent) for _, silent, _ in shown.values()} == {0, 1}


def test_a_topic_s_page_opens_with_its_card_and_help_has_todays_numbers(
    patient: Patient, app: Flask, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = site_of(app).questionnaires[0]
    article = real.sources[0].id
    card = Card(
        help="If it cannot wait, {talk}. In danger, call {emergency}.",
        said=(Statement("It says this.", "said", (f"{article}/opening",)),),
        care=(Statement("It asks for that.", "care", (f"{article}/opening",)),),
        unknown=(Statement("It is silent about the rest.", "unknown", (article,)),),
    )
    topics = (replace(real.topics[0], card=card), *real.topics[1:])
    monkeypatch.setattr(
        information,
        "explain_topic",
        lambda one, topic, country: explain_topic(replace(one, topics=topics), topics[0], country),
    )
    page = patient.open("/reflection/topics/1")
    lines = {
        text_of(line.xpath("./dt")[0]): text_of(line.xpath("./dd")[0])
        for line in page.find("//dl[@class='glance']/div")
    }
    assert lines == {
        "What the articles say": "It says this.",
        "What calls for care": "It asks for that.",
        "What is not known": "It is silent about the rest.",
        "You could ask": real.topics[0].ask[0],
    }
    assert "If it cannot wait, call 988 or text 988. In danger, call 911." in page.text
    assert "It does not speak of this." in page.text
    assert page.text.index("You could ask") < page.text.index("The whole text")


def test_a_fact_whose_source_was_not_compared_is_shown_and_says_so(patient: Patient, collection: Collection) -> None:
    real = collection.questionnaires[0]
    number, topic = next((n, one) for n, one in enumerate(real.topics, 1) if one.card and one.card.outside)
    page = patient.open(f"/reflection/topics/{number}")
    fact = f"{topic.card.outside[0].say} Not yet checked against the live page."  # type: ignore[union-attr]
    assert fact in text_of(page.find("//dl[@class='glance']")[0])


# Governance.

WORDS = Governance("some writers", date(2026, 11, 30), date(2027, 5, 31), "This clinic may offer it.")


def answered_for(app: Flask, governance: Governance | None) -> str:
    """Return what a questionnaire with this governance says about it."""
    questionnaire = replace(site_of(app).questionnaires[0], governance=governance)
    with app.test_request_context("/"):
        module = app.jinja_env.get_template("components/words.html").module
        return " ".join(str(module.governance(questionnaire)).split())  # type: ignore[attr-defined]


def test_who_wrote_reviewed_and_paid_is_told_in_one_line(app: Flask) -> None:
    assert answered_for(app, WORDS) == (
        '<p class="fine governance">Words by some writers, November 30, 2026. No clinician has reviewed them yet. '
        "Next review by May 31, 2027. Who paid for them is not stated. This clinic may offer it.</p>"
    )
    named = replace(WORDS, reviewed_by="a nurse", reviewed_on=date(2026, 12, 1), paid_by="a fund")
    assert answered_for(app, named) == (
        '<p class="fine governance">Words by some writers, November 30, 2026. Reviewed by a nurse, December 1, 2026. '
        "Next review by May 31, 2027. Paid for by a fund. This clinic may offer it.</p>"
    )
    assert answered_for(app, None) == ""


def test_a_translation_tells_of_its_own_review(app: Flask) -> None:
    translated = replace(WORDS, translated_by="a translator")
    assert "Translated by a translator. No clinician has reviewed the translation yet. Next" in answered_for(
        app, translated
    )
    reviewed = replace(translated, translation_reviewed_by="a doctor", translation_reviewed_on=date(2026, 12, 2))
    assert "Translated by a translator. Reviewed by a doctor, December 2, 2026. Next" in answered_for(app, reviewed)
