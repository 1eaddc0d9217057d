"""The blank questionnaire on paper is complete, words its jumps, and shows nothing of its reader."""

from __future__ import annotations

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.patient.paper_conditions import only_if
from screening.questionnaire.model import Pause, Questionnaire
from tests.support.made_questionnaires import made, question
from tests.support.page_checker import Page, Patient, text_of

PAPER = "/reflection/paper"
OPTIONS: dict[str, dict[str, object]] = {"apples": {}, "bread": {}, "cheese": {}}
LANGUAGES = {"en": "", "es": "es-US,es;q=0.9"}


# A condition in words.


def conditions(*of_questions: dict[str, list[str]]) -> list[str]:
    """Return the words before each question of a questionnaire with these conditions."""
    items = [question(f"question-{number}", OPTIONS, ask_if) for number, ask_if in enumerate(of_questions, 1)]
    questionnaire = made(items)
    return [only_if(questionnaire, one) for one in questionnaire.questions]


def test_a_question_for_everyone_has_no_condition() -> None:
    assert conditions({}) == [""]


def test_a_condition_names_the_option_and_the_question() -> None:
    assert conditions({}, {"question-1": ["bread"]})[1] == "Only if you chose “Bread” in question 1:"


def test_several_options_are_joined_by_or_in_the_file_s_order() -> None:
    _, two, three = conditions({}, {"question-1": ["cheese", "apples"]}, {"question-1": ["bread", "cheese", "apples"]})
    assert two == "Only if you chose “Apples” or “Cheese” in question 1:"
    assert three == "Only if you chose “Apples”, “Bread” or “Cheese” in question 1:"


def test_several_conditions_are_joined_by_and() -> None:
    both = {"question-2": ["apples"], "question-1": ["bread", "cheese"]}
    *_, two, three = conditions({}, {}, both, {**both, "question-3": ["bread"]})
    assert two == "Only if you chose “Bread” or “Cheese” in question 1 and “Apples” in question 2:"
    assert three == (
        "Only if you chose “Bread” or “Cheese” in question 1, “Apples” in question 2 and “Bread” in question 3:"
    )


# The page.


@pytest.fixture(params=LANGUAGES)
def reader(request: pytest.FixtureRequest, app: Flask, collection: Collection) -> Patient:
    """A patient who reads English, or Spanish."""
    return Patient(app, collection.wording, asks_for=LANGUAGES[request.param])


@pytest.fixture
def spoken(reader: Patient, collection: Collection) -> Questionnaire:
    """The questionnaire in the reader's language."""
    return collection.questionnaires[0].in_language(reader.open(PAPER).language)


def in_order(page: Page, several: list[str]) -> bool:
    """Return whether a page has these texts in this order."""
    place = 0
    for words in several:
        place = page.text.find(words, place)
        if place < 0:
            return False
        place += len(words)
    return True


def test_all_questions_hints_and_options_stand_there_in_order(reader: Patient, spoken: Questionnaire) -> None:
    everything: list[str] = []
    number = 0
    for section in spoken.sections:
        everything.append(section.title)
        for step in section.steps:
            if isinstance(step, Pause):
                everything += [step.title, *step.say, reader.spoken("call %(number)s") % {"number": 988}]
                continue
            number += 1
            everything += filter(None, (f"{number}. {step.ask}", step.hint))
            everything += [option.say for option in step.options]
    assert in_order(reader.page, [*everything, *spoken.ask_always, *(topic.title for topic in spoken.topics)])
    assert len(reader.page.find("//ul[@class='boxes']/li")) == sum(len(one.options) for one in spoken.questions)


def test_each_condition_stands_right_before_its_question(reader: Patient, spoken: Questionnaire) -> None:
    asked = {text_of(one.xpath("./h3")[0]): one for one in reader.page.find("//div[@class='asked']")}
    for number, one in enumerate(spoken.questions, 1):
        before = asked[f"{number}. {one.ask}"].xpath("./h3/preceding-sibling::*")
        assert [bool(text_of(words)) for words in before] == [True] * bool(one.ask_if.needs)
        for _, options in spoken.reads(one):
            assert all(f"“{option.say}”" in text_of(before[0]) for option in options)


def test_conditions_are_told_in_either_language(patient: Patient) -> None:
    english = patient.open(PAPER).text
    assert "Only if you chose “Someone I care about” in question 1: 3. What would you like to ask about" in english
    assert "Only if you chose “Myself” in question 1 and “Cravings and recovery” in question 2: 4. Which" in english
    spanish = patient.follow("Español").text
    assert "Solo si eligió en la pregunta 1 “Para alguien que me importa”: 3." in spanish
    assert (
        "Solo si eligió en la pregunta 1 “Para mí” y en la pregunta 2 “Ganas de consumir y recuperación”: 4." in spanish
    )


def test_how_many_to_choose_is_told_of_each_question(reader: Patient, spoken: Questionnaire) -> None:
    for one, block in zip(spoken.questions, reader.page.find("//div[@class='asked']"), strict=True):
        how = "Choose as many as you like." if one.many else "Choose one."
        assert text_of(block.xpath("./p[@class='hint']")[0]).endswith(reader.spoken(how))
        alone = [
            text_of(option).removesuffix(f" {reader.spoken('(choose only this)')}") for option in block.xpath(".//li")
        ]
        assert alone == [option.say for option in one.options]
        marked = [text_of(option) for option in block.xpath(".//li[span]")]
        assert marked == [
            f"{option.say} {reader.spoken('(choose only this)')}" for option in one.options if option.alone
        ]


def test_it_opens_and_closes_with_the_referral(reader: Patient, spoken: Questionnaire) -> None:
    text, referral = reader.page.text, spoken.referral
    for words in (
        referral.opens[0],
        reader.spoken("Please do not start, stop or change any treatment because of this page."),
    ):
        assert text.index(words) < text.index(spoken.sections[0].title)
    assert text.endswith(" ".join((*referral.opens, *referral.closes)))


def test_it_says_that_nobody_collects_it_and_where_topics_are_read(patient: Patient) -> None:
    page = patient.open(PAPER)
    assert (page.title, page.heading) == ("On paper", "Questions to think over, at your own pace")
    assert "Nothing is sent, and nobody collects it." in page.text
    assert page.links["localhost/reflection/topics"] == "/reflection/topics"
    assert not page.find("//main//input | //main//form")


def test_it_is_found_from_the_start_page_and_from_the_topics(patient: Patient) -> None:
    patient.open("/")
    assert patient.follow("Print a blank copy instead").path == PAPER
    patient.open("/reflection/topics")
    assert patient.follow("The questions on paper").path == PAPER


def test_it_is_the_same_with_a_draft_and_leaves_the_draft_alone(patient: Patient) -> None:
    blank = patient.client.get(PAPER)
    assert blank.headers.get("Set-Cookie") is None
    patient.start()
    patient.answer("Myself")
    held = patient.client.get_cookie("draft")
    again = patient.client.get(PAPER)
    assert again.headers.get("Set-Cookie") is None
    assert again.text == blank.text
    assert patient.client.get_cookie("draft") == held
