"""As FHIR R4, the form is valid and asks the same people the same questions."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as Validated
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.reports.fhir import questionnaire_resource
from tests.support.fhir_rules import Element, FormAnswers, enabled, faults, items
from tests.support.made_questionnaires import made, question, questionnaires, translated_questionnaires
from tests.support.random_answers import any_answers

DAY = date(2026, 11, 21)


def resource(questionnaire: Questionnaire) -> Element:
    return questionnaire_resource(questionnaire, DAY, is_served=True)


def control(item: Element) -> str:
    (extension,) = item["extension"]
    assert extension["url"] == "http://hl7.org/fhir/StructureDefinition/questionnaire-itemControl"
    return str(extension["valueCodeableConcept"]["coding"][0]["code"])


def by_id(made: Element) -> dict[str, Element]:
    return {item["linkId"]: item for item in items(made)}


# Content.


def test_it_says_what_it_is(real: Questionnaire) -> None:
    made = resource(real)
    assert {name: value for name, value in made.items() if name in {"resourceType", "language", "version", "name"}} == {
        "resourceType": "Questionnaire",
        "language": "en",
        "version": real.version,
        "name": "KetamineTherapy",
    }
    assert (made["title"], made["experimental"], made["subjectType"]) == (real.title, False, ["Patient"])
    assert "It has no score and no result, and it recommends nothing." in made["description"]
    assert made["description"].endswith("\n\n".join(real.about))


def test_its_status_and_date_are_those_of_its_version(real: Questionnaire) -> None:
    for since, is_served, told in (
        (DAY, True, ("active", "2026-11-21")),
        (DAY, False, ("retired", "2026-11-21")),
        (None, True, ("draft", None)),
        (None, False, ("draft", None)),
    ):
        made = questionnaire_resource(real, since, is_served)
        assert (made["status"], made.get("date")) == told
        assert faults(made) == []


def test_its_names_hold_for_its_version_and_its_codes_for_no_other(real: Questionnaire) -> None:
    made, other = resource(real), resource(replace(real, version="0" * 64))
    assert made["url"] == other["url"]
    assert made["identifier"] != other["identifier"]
    assert resource(real) == made
    systems = [
        {option["valueCoding"]["system"] for item in items(one) for option in item.get("answerOption", [])}
        for one in (made, other)
    ]
    assert len(systems[0]) == len(real.questions)
    assert systems[0].isdisjoint(systems[1])
    names = [made["url"], made["identifier"][0]["value"], *systems[0]]
    assert all(name.startswith("urn:uuid:") for name in names)


def test_every_section_question_option_and_pause_is_there_in_its_order(real: Questionnaire) -> None:
    made = resource(real)
    assert [group["text"] for group in made["item"]] == [section.title for section in real.sections]
    found = by_id(made)
    assert [name for name in found if name in {step.id for step in real.steps}] == [step.id for step in real.steps]
    for asked in real.questions:
        item = found[asked.id]
        assert (item["text"], item["type"], item["repeats"], item["required"]) == (
            asked.ask,
            "choice",
            asked.many,
            False,
        )
        told = [(one["valueCoding"]["code"], one["valueCoding"]["display"]) for one in item["answerOption"]]
        assert told == [(option.id, option.say) for option in asked.options]
        alone = ["extension" in one for one in item["answerOption"]]
        assert alone == [option.alone for option in asked.options]
        texts = [one["text"] for one in item["item"]]
        assert texts == [*filter(None, [asked.hint]), asked.why]
    pause = found["a-pause"]
    assert (pause["type"], pause["text"].split("\n\n")[0]) == ("display", "A moment to pause")


def test_why_is_help_and_what_stands_alone_is_exclusive(real: Questionnaire) -> None:
    found = by_id(resource(real))
    assert control(found["why.tried"]) == "help"
    (alone,) = (one for one in found["tried"]["answerOption"] if one["valueCoding"]["code"] == "nothing-yet")
    assert alone["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive", "valueBoolean": True}
    ]


def test_choices_lie_open(real: Questionnaire) -> None:
    found = by_id(resource(real))
    assert (control(found["asking-for"]), control(found["tried"])) == ("radio-button", "check-box")


def test_topics_and_sources_are_not_carried_over(real: Questionnaire) -> None:
    written = json.dumps(resource(real), ensure_ascii=False)
    assert not any(topic.title in written for topic in real.topics if topic.always)
    assert not any(source.title in written for source in real.sources if source.url)


def spanish_words(made: Any) -> list[str]:
    """Return each translated text and its translation, in document order."""
    if isinstance(made, list):
        return [one for part in made for one in spanish_words(part)]
    found = []
    for name, value in made.items() if isinstance(made, dict) else ():
        if name.startswith("_"):
            (extension,) = value["extension"]
            assert extension["url"] == "http://hl7.org/fhir/StructureDefinition/translation"
            language, content = extension["extension"]
            assert (language, content["url"]) == ({"url": "lang", "valueCode": "es"}, "content")
            found += [made[name[1:]], content["valueString"]]
        else:
            found += spanish_words(value)
    return found


def english_words(made: Any) -> list[str]:
    """Return the texts of a resource without translations that can have one, in document order."""
    if isinstance(made, list):
        return [one for part in made for one in english_words(part)]
    found: list[str] = []
    for name, value in made.items() if isinstance(made, dict) else ():
        found += [value] if name in {"title", "description", "text", "display"} else english_words(value)
    return found


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(translated_questionnaires())
def test_every_word_has_its_translation_beside_it(questionnaire: Questionnaire) -> None:
    pairs = spanish_words(resource(questionnaire))
    assert pairs[::2] == english_words(resource(questionnaire))
    assert pairs[1::2] == english_words(resource(questionnaire.in_language("es")))


def test_without_a_translation_there_is_none(tiny: Questionnaire) -> None:
    assert spanish_words(resource(tiny)) == []


# Conditions.


def form_answers(made: Element, answers: Answers) -> FormAnswers:
    """Convert answers to what a form filler would hold; ids that an item does not offer get its system too."""
    found = by_id(made)
    return {
        name: tuple((found[name]["answerOption"][0]["valueCoding"]["system"], option) for option in chosen)
        for name, chosen in answers.items()
        if "answerOption" in found.get(name, {})
    }


def asks_the_same(questionnaire: Questionnaire, answers: Answers) -> None:
    made = resource(questionnaire)
    steps = {step.id for step in questionnaire.steps}
    shown = [name for name in enabled(made, form_answers(made, answers)) if name in steps]
    assert shown == [step.id for step in Journey(questionnaire, answers).path]


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(st.data())
def test_the_real_questionnaire_asks_the_same_people_the_same(real: Questionnaire, data: st.DataObject) -> None:
    asks_the_same(real, data.draw(any_answers(real)))


@settings(deadline=None, max_examples=5 * settings().max_examples)
@given(questionnaires(), st.data())
def test_any_questionnaire_asks_the_same_people_the_same(questionnaire: Questionnaire, data: st.DataObject) -> None:
    asks_the_same(questionnaire, data.draw(any_answers(questionnaire)))


ABC: dict[str, Element] = {"a": {}, "b": {}, "c": {}}


@pytest.mark.parametrize(
    ("condition", "groups", "own"),
    [
        ({"one": ["a"]}, [], (1, None)),
        ({"one": ["a", "b"]}, [], (2, "any")),
        ({"one": ["a"], "two": ["b"]}, [], (2, "all")),
        ({"one": ["a", "b"], "two": ["b"]}, [(2, "any")], (1, None)),
        ({"one": ["a", "b"], "two": ["a", "c"]}, [(2, "any")], (2, "any")),
        (
            {"one": ["a", "b"], "two": ["b"], "three": ["a", "b", "c"], "four": ["c"]},
            [(3, "any"), (2, "any")],
            (2, "all"),
        ),
    ],
)
def test_a_group_stands_around_a_question_only_where_one_item_cannot_say_it(
    condition: dict[str, list[str]], groups: list[tuple[int, str]], own: tuple[int, str | None]
) -> None:
    earlier = [question(name, ABC) for name in ("one", "two", "three", "four")]
    resource_ = resource(made([*earlier, question("last", ABC, condition)]))

    def conditions(item: Element) -> tuple[int, str | None]:
        return len(item["enableWhen"]), item.get("enableBehavior")

    around = [item for item in items(resource_) if item["linkId"].startswith("if-")]
    assert [conditions(item) for item in around] == groups
    assert conditions(by_id(resource_)["last"]) == own
    assert faults(resource_) == []


def test_a_section_and_a_question_may_have_one_name() -> None:
    assert faults(resource(made([question("section-0", ABC) | {"hint": "Look."}, question("section", ABC)]))) == []


# The rules of R4.


def test_the_real_questionnaire_is_well_made(real: Questionnaire) -> None:
    made = json.loads(json.dumps(resource(real)))
    assert faults(made) == []
    assert json.loads(Validated.model_validate(made).model_dump_json()) == made


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(translated_questionnaires())
def test_any_questionnaire_is_well_made(questionnaire: Questionnaire) -> None:
    made = resource(questionnaire)
    assert faults(made) == []
    Validated.model_validate(made)


GONE = object()
A = {"question": "two", "operator": "=", "answerCoding": {"code": "a"}}
# Item (or the whole resource), field, faulty value, and complaint.
SPOILT: list[tuple[str, str, Any, str]] = [
    ("", "status", "served", "its status is none of R4's"),
    ("", "name", "made-up", "its name is none for a program (que-0)"),
    ("", "title", "Made up ", "Questionnaire.title begins or ends with a space"),
    ("", "identifier", [], "Questionnaire.identifier is empty"),
    ("", "versionAlgorithmString", "semver", "Questionnaire has versionAlgorithmString, which R4 does not"),
    ("two", "linkId", "one", "one is there twice (que-2)"),
    ("two", "linkId", "w" * 256, "its linkId is too long"),
    ("two", "type", "coding", "two: coding is no type of R4"),
    ("two", "disabledDisplay", "hidden", "two: it has disabledDisplay, which R4 does not"),
    ("two", "enableWhen.0.question", "two", "two: a condition on two, which does not stand before it"),
    ("one", "enableWhen", [A], "one: a condition on two, which does not stand before it"),
    ("two", "enableWhen.0.answerCoding.code", "z", "two: a condition on an answer that nobody can give"),
    ("two", "enableWhen.0.operator", "in", "two: an operator that is none of R4's"),
    ("two", "enableWhen.0.answerString", "a", "two: a condition with another number of answers than one"),
    ("two", "enableWhen.0.answerCoding", GONE, "two: a condition with another number of answers than one"),
    ("two", "enableBehavior", "all", "two: enableBehavior where there is no choice"),
    (
        "three",
        "enableBehavior",
        GONE,
        "three: enableBehavior where there is no choice, or none where there is (que-12)",
    ),
    ("three", "enableBehavior", "some", "three: an enableBehavior that is none of R4's"),
    ("two", "answerOption", GONE, "two: a choice without options"),
    ("one", "answerOption.0.valueCoding.code", "a b", "has a code with white space"),
    ("one", "answerOption.0.valueCoding.code", "b", "one: an option twice"),
    ("one", "answerOption.0.valueString", "a", "one: an option with another number of values than one"),
    ("one", "answerOption.0.valueQuantity", {"value": 1}, "one: an option has valueQuantity, which R4 does not"),
    (
        "section.section-0",
        "answerOption",
        [{"valueString": "a"}],
        "section.section-0: options without a choice (que-5)",
    ),
    ("section.section-0", "repeats", True, "section.section-0: a group that repeats"),
    ("section.section-0", "prefix", "", "Questionnaire.item[0].prefix is empty"),
    ("section.section-0", "_text", {}, "Questionnaire.item[0]._text is empty"),
    ("if-1.three", "item", GONE, "if-1.three: a group without items (que-1)"),
    ("why.one", "item", [{"linkId": "x", "type": "display"}], "why.one: a display with items (que-1)"),
    ("why.one", "required", False, "why.one: a display that asks something (que-6)"),
]


@pytest.mark.parametrize(("item", "where", "instead", "told"), SPOILT)
def test_each_rule_is_seen_when_it_is_broken(item: str, where: str, instead: Any, told: str) -> None:
    asked = [
        question("one", {"a": {}, "b": {}}),
        question("two", {"a": {}, "b": {}}, {"one": ["a"]}),
        question("three", {"a": {}, "b": {}}, {"one": ["a", "b"], "two": ["a", "b"]}),
    ]
    spoilt = copy.deepcopy(resource(made(asked)))
    assert faults(spoilt) == []
    *path, last = where.split(".")
    place: Any = by_id(spoilt)[item] if item else spoilt
    for step in path:
        place = place[int(step) if step.isdecimal() else step]
    if instead is GONE:
        del place[last]
    else:
        place[last] = instead
    found = faults(spoilt)
    assert any(told in fault for fault in found), found
