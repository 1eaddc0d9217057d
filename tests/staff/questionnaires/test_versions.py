"""The list of questionnaires, a version with its checks and path, its texts, and differences between two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask

from screening.authoring.builder import build_questionnaire
from screening.questionnaire.model import Pause, Questionnaire
from screening.reports.diff import differences
from screening.reports.fhir import questionnaire_resource
from screening.site import site_of
from screening.storage.accounts import VIEWER
from tests.conftest import opened
from tests.support.made_questionnaires import made, question
from tests.support.page_checker import Page, text_of
from tests.support.preview_walk import address, keep, reader
from tests.support.staff_client import Staff

LIST = "/staff/questionnaires"


def altered(real: Questionnaire, *changes: tuple[str, str]) -> Questionnaire:
    """Change the words in any language."""
    content = real.content
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    data = json.loads(content)
    return build_questionnaire(data, data.pop("translations"))


@pytest.fixture(scope="module")
def older(real: Questionnaire) -> Questionnaire:
    """The version before the real one."""
    return altered(
        real, ("Who are you asking for?", "Who is it for?"), ("¿Para quién busca información?", "¿Para quién es?")
    )


@pytest.fixture(scope="module")
def reviewer(tmp_path_factory: pytest.TempPathFactory, real: Questionnaire, older: Questionnaire) -> Iterator[Staff]:
    """A reviewer at a clinic that all tests here share, since they only read."""
    for app in opened(f"sqlite:///{tmp_path_factory.mktemp('clinic') / 'screening.sqlite'}"):
        yield reader(app, older, real)


def test_the_list_leads_to_every_version_the_newest_first(
    reviewer: Staff, real: Questionnaire, older: Questionnaire
) -> None:
    page = reviewer.open(reviewer.page.links["Questionnaires"])
    titles = [text_of(heading) for heading in page.find("//h3")]
    assert titles == [
        f"In use now, first on 2 March 2026 (version {real.version[:6]})",
        f"Used before, first on 1 March 2026 (version {older.version[:6]})",
    ]
    assert len([words for words in page.links if words.startswith("What changed")]) == 1
    for place in page.links.values():
        assert not place.startswith(LIST) or reviewer.open(place).status == 200


def test_where_nothing_was_served_it_is_said(clinic: Flask) -> None:
    staff = reader(clinic)
    assert "No questionnaire has been in use yet." in staff.open(LIST).text
    assert staff.open(f"{LIST}/changes").status == 404


def test_viewers_have_none(clinic: Flask) -> None:
    viewer = Staff(clinic)
    assert "Questionnaires" not in viewer.sign_in(VIEWER).links
    assert viewer.open(LIST).status == 403


@pytest.mark.parametrize("version", ["0" * 12, "abc", "x" * 12, "ABCDEF", "a" * 70, "..", "%00"])
def test_an_unknown_version_is_told_kindly(reviewer: Staff, version: str) -> None:
    for place in (version, f"{version}/texts", f"{version}/preview", f"{version}/try", f"changes?before={version}"):
        page = reviewer.open(f"{LIST}/{place}")
        assert (page.status, page.heading) == (404, "Page not found")


def test_too_short_a_beginning_names_no_version(reviewer: Staff, real: Questionnaire) -> None:
    assert reviewer.open(f"{LIST}/{real.version[:5]}").status == 404
    assert reviewer.open(f"{LIST}/{real.version[:6]}").status == 200


def test_a_version_says_what_it_is_made_of_and_was_checked_for(reviewer: Staff, real: Questionnaire) -> None:
    text = reviewer.open(address(real)).text
    options = sum(len(one.options) for one in real.questions)
    assert f"{len(real.questions)}, with {options} options" in text
    assert f"Topics{len(real.topics)}, of which 3 are in every summary" in text
    assert "every question, option and topic can be reached" in text
    assert "It has no forbidden words" in text
    assert "English: school grade" in text
    assert "points on the INFLESZ scale" in text
    assert "Every text is also in Spanish." in text


def test_what_the_checks_find_today_in_an_old_version_is_told(clinic: Flask) -> None:
    wrong = made([question("who", {"one": {"say": "You are a good candidate for ketamine."}, "two": {}})], ("lost",))
    page = reader(clinic, wrong).open(address(wrong))
    told = [text_of(one) for one in page.find("//p[@class='error']")]
    assert any("good candidate" in one for one in told)
    assert any('No summary ever explains "lost"' in one for one in told)
    assert "can be reached." not in page.text
    assert "It is in English only." in page.text


def test_a_version_is_checked_once(reviewer: Staff, real: Questionnaire, monkeypatch: pytest.MonkeyPatch) -> None:
    first = reviewer.open(address(real)).text
    monkeypatch.setattr("screening.staff.questionnaires.quality._check", lambda *_: pytest.fail("checked again"))
    assert reviewer.open(address(real)).text == first


def test_the_way_is_drawn_and_stands_in_words(reviewer: Staff, real: Questionnaire) -> None:
    page = reviewer.open(address(real))
    (drawing,) = page.find("//*[name()='svg']")
    assert drawing.get("role") == "img"
    assert text_of(drawing.xpath("./*[name()='title']")[0]) == f"The way through “{real.title}”"
    assert "Asked if" in text_of(drawing)
    outline = text_of(page.find("//ol[@class='outline']")[0])
    titles = [step.title if isinstance(step, Pause) else step.ask for step in real.steps]
    places = [outline.index(title) for title in titles]
    assert places == sorted(places)
    assert "Asked of those who answer “Myself” to “Who are you asking for?”" in outline


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_text_of_a_version_stands_on_one_page(reviewer: Staff, real: Questionnaire, language: str) -> None:
    spoken = real.in_language(language)
    text = reviewer.open(address(real, f"/texts?language={language}")).text
    assert [words for words in texts(spoken) if " ".join(words.split()) not in text] == []


def texts(questionnaire: Questionnaire) -> Iterator[str]:
    """Return every text that a patient in the United States can see."""
    yield from (*questionnaire.about, *questionnaire.referral.opens, *questionnaire.referral.closes)
    for one in questionnaire.questions:
        yield from (one.ask, one.hint, one.why, *(option.say for option in one.options))
    for topic in questionnaire.topics:
        yield from (topic.title, *topic.ask, *(one.say for one in (*topic.says, *topic.warns, *topic.unknown)))
        yield from (fact.say for fact in topic.outside)
    yield from (*questionnaire.ask_always, *questionnaire.finding.bring, *questionnaire.limits)
    yield from (source.about for source in questionnaire.sources)


def lines(page: Page, language: str) -> list[tuple[str, str, str, str]]:
    """Return place, kind, before and after of each difference on a page."""
    told = []
    for box in page.find(f"//section[@aria-labelledby='{language}']//div[@class='difference']"):
        where = text_of(box.xpath("./preceding-sibling::h3[1]")[0])
        before, after = (
            "".join(text_of(one) for one in box.xpath(f"./p[@class='{name}']/span[@class='said-so']"))
            for name in ("was", "is")
        )
        told.append((where, text_of(box.xpath("./p[@class='kind']")[0]).lower(), before, after))
    return told


def plain(words: str) -> str:
    return " ".join(words.split())


def test_what_changed_is_what_differences_find_in_both_languages(
    reviewer: Staff, real: Questionnaire, older: Questionnaire
) -> None:
    page = reviewer.open(f"{LIST}/changes?before={older.version[:12]}&after={real.version[:12]}")
    for language in ("en", "es"):
        found = differences(older.in_language(language), real.in_language(language))
        assert found
        assert sorted(lines(page, language)) == sorted(
            (plain(one.where), str(one.kind), plain(one.before), plain(one.after)) for one in found
        )


def test_without_a_choice_the_newest_is_compared_with_the_one_before(
    reviewer: Staff, real: Questionnaire, older: Questionnaire
) -> None:
    page = reviewer.open(f"{LIST}/changes")
    chosen = [str(one.get("value")) for one in page.find("//option[@selected]")]
    assert chosen == [older.version[:12], real.version[:12]]
    assert "A patient sees 1 difference." in page.text


def test_two_versions_the_wrong_way_round_are_turned(
    reviewer: Staff, real: Questionnaire, older: Questionnaire
) -> None:
    right = reviewer.open(f"{LIST}/changes?before={older.version[:12]}&after={real.version[:12]}")
    turned = reviewer.open(f"{LIST}/changes?before={real.version[:12]}&after={older.version[:12]}")
    assert "You chose the newer version first." in turned.text
    assert lines(turned, "en") == lines(right, "en") != []


def test_one_version_twice_and_two_questionnaires_are_told_kindly(clinic: Flask, real: Questionnaire) -> None:
    other, second = made([question("who", {"one": {}, "two": {}})]), made([question("who", {"one": {}, "three": {}})])
    reviewer = reader(clinic, real, other)
    assert "only one version so far" in reviewer.open(f"{LIST}/changes").text
    page = reviewer.open(f"{LIST}/changes?before={other.version[:12]}&after={real.version[:12]}")
    assert "These are two different questionnaires" in page.text
    keep(clinic, second)
    page = reviewer.open(f"{LIST}/changes?before={other.version[:12]}&after={other.version[:12]}")
    assert "This is the same version twice" in page.text


def test_a_language_that_went_is_told(clinic: Flask, real: Questionnaire) -> None:
    data = json.loads(real.content)
    del data["translations"]
    english = build_questionnaire(data, {})
    reviewer = reader(clinic, real, english)
    page = reviewer.open(f"{LIST}/changes?before={real.version[:12]}&after={english.version[:12]}")
    assert "Spanish was removed." in page.text


def test_a_version_is_handed_out_as_fhir(reviewer: Staff, real: Questionnaire, older: Questionnaire) -> None:
    for one, status in ((real, "active"), (older, "retired")):
        link = reviewer.open(address(one)).links["Download as FHIR, for other programs"]
        answer = reviewer.client.get(link)
        assert answer.headers["Content-Type"] == "application/fhir+json"
        assert answer.headers["Content-Disposition"] == f"attachment; filename=reflection-{one.version[:6]}.fhir.json"
        resource = json.loads(answer.data)
        assert (resource["version"], resource["status"]) == (one.version, status)
        since = date.fromisoformat(resource["date"])
        publication = site_of(reviewer.client.application).publication
        assert resource == questionnaire_resource(one, since, status == "active", publication)


def test_a_version_is_handed_out_as_fhir_in_each_language(reviewer: Staff, real: Questionnaire) -> None:
    answer = reviewer.client.get(reviewer.open(address(real)).links["Download as FHIR in Spanish"])
    assert answer.headers["Content-Disposition"] == f"attachment; filename=reflection-{real.version[:6]}-es.fhir.json"
    resource = json.loads(answer.data)
    assert (resource["language"], resource["title"]) == ("es", real.translations["es"].title)
    assert "oprima 2" in answer.text
    other = json.loads(reviewer.client.get(f"{address(real)}/fhir?language=xx").data)
    assert other["language"] == "en"
