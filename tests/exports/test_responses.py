"""As FHIR R4 QuestionnaireResponses, records are valid, fit their form, read back the same, and keep their version."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse as Validated
from hypothesis import event, given, settings
from hypothesis import strategies as st

from screening.authoring.builder import rebuild_questionnaire
from screening.commands.demo import simulate_journey
from screening.exports.codebook import codebook
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.packing import pack, unpack
from screening.reports.fhir import questionnaire_resource
from tests.exports.test_formats import about, anything, picked, written
from tests.support.export_reader import table
from tests.support.fhir_rules import GONE, Element, put_at
from tests.support.made_questionnaires import made, question, questionnaires
from tests.support.response_reader import RefusedResponse, read_response
from tests.support.response_rules import paths, response_faults, unlike_form

MADE_UP_PATIENTS = 373
ABC: dict[str, Element] = {"a": {}, "b": {}, "c": {}}


def form(version: Questionnaire) -> Element:
    return questionnaire_resource(version, None, is_served=False)


def responses(versions: Sequence[Questionnaire], level: Level, version: Questionnaire, *packed: str) -> list[Element]:
    records = [(about(level, version), version.version, one) for one in packed]
    return [json.loads(line) for line in written("fhir", [*versions], level, records).decode().splitlines()]


def response(version: Questionnaire, level: Level, **answers: tuple[str, ...]) -> Element:
    (one,) = responses([version], level, version, pack(Journey(version, answers)))
    return one


@pytest.fixture(scope="module")
def made_up(real: Questionnaire) -> list[str]:
    chance = Random(1)
    return [pack(simulate_journey(real, chance)) for _ in range(MADE_UP_PATIENTS)]


def asked(within: Element) -> list[Element]:
    """Return the questions of a form."""
    inside = [one for item in within.get("item", []) for one in asked(item)]
    return ([within] if "answerOption" in within else []) + inside


# What R4 and a server that knows the form ask for.


@pytest.mark.parametrize("level", Level)
def test_every_response_of_made_up_patients_is_valid_and_reads_back_as_its_record(
    real: Questionnaire, made_up: list[str], level: Level
) -> None:
    several, forms = responses([real], level, real, *made_up), [form(real)]
    assert len(several) == MADE_UP_PATIENTS
    for one, packed in zip(several, made_up, strict=True):
        assert response_faults(one) == []
        assert json.loads(Validated.model_validate(one).model_dump_json()) == one
        assert read_response(one, forms) == picked(real, packed)


def test_every_response_of_made_up_patients_fits_its_form(real: Questionnaire, made_up: list[str]) -> None:
    weekly, yearly = (responses([real], level, real, *made_up) for level in (Level.WEEKLY, Level.YEAR_ONLY))
    real_form = form(real)
    for one, other in zip(weekly, yearly, strict=True):
        assert unlike_form(one, real_form) == []
        assert [*paths(one)] == [*paths(other)], "one version is nested at both levels as its form is"


@settings(deadline=None, max_examples=3 * settings().max_examples)
@given(questionnaires(), questionnaires(), st.randoms(use_true_random=True))
def test_any_response_is_valid_and_fits_its_form(version: Questionnaire, other: Questionnaire, chance: Random) -> None:
    packed = [anything(version, chance) for _ in range(5)]
    versions = [*{one.version: one for one in (other, version)}.values()]
    for one in responses(versions, Level.WEEKLY, version, *packed):
        assert [*response_faults(one), *unlike_form(one, form(version))] == []
    for one in responses(versions, Level.YEAR_ONLY, version, *packed):
        assert response_faults(one) == []
        Validated.model_validate(one)


NESTED = made(
    [
        question("one", ABC | {"none": {"alone": "true"}}),
        question("two", {"a": {}, "b": {}}, {"one": ["a", "b"]}, kind="one"),
        question("skipped", ABC),
        question("three", ABC, {"one": ["a", "b"], "two": ["a", "b"]}),
        # It asks everyone, so the section does too, and each condition stays where its question is.
        question("skipped-too", ABC),
    ]
)
ANSWERS: dict[str, tuple[str, ...]] = {"one": ("a", "c"), "two": ("b",), "three": ("c",)}


def test_a_weekly_response_names_the_form_and_has_its_codings() -> None:
    systems = {item["linkId"]: item["answerOption"][0]["valueCoding"]["system"] for item in asked(form(NESTED))}

    def answered(name: str, *codes: str) -> Element:
        codings = [{"system": systems[name], "code": code, "display": code.upper()} for code in codes]
        return {"linkId": name, "answer": [{"valueCoding": coding} for coding in codings]}

    assert response(NESTED, Level.WEEKLY, **ANSWERS) == {
        "resourceType": "QuestionnaireResponse",
        "extension": [
            {
                "url": "urn:uuid:76f26ffe-7c42-4be0-a0b8-b84bcf2c9ac4",
                "extension": [
                    {"url": "shared_year", "valueInteger": 2026},
                    {"url": "shared_week", "valueString": "2026-W41"},
                    {"url": "week_begins", "valueDate": "2026-10-05"},
                    {"url": "review_state", "valueCode": "unread"},
                ],
            }
        ],
        "questionnaire": f"{form(NESTED)['url']}|{NESTED.version}",
        "status": "completed",
        "item": [
            {"linkId": "section.section-0", "item": [answered("one", "a", "c"), answered("two", "b")]},
            {"linkId": "section.section-3", "item": [{"linkId": "if-1.three", "item": [answered("three", "c")]}]},
        ],
    }


def test_a_year_only_response_has_the_year_and_ids_of_options() -> None:
    def answered(name: str, *codes: str) -> Element:
        return {"linkId": name, "answer": [{"valueCoding": {"code": code}} for code in codes]}

    year = [{"url": "shared_year", "valueInteger": 2026}]
    assert response(NESTED, Level.YEAR_ONLY, **ANSWERS) == {
        "resourceType": "QuestionnaireResponse",
        "extension": [{"url": "urn:uuid:76f26ffe-7c42-4be0-a0b8-b84bcf2c9ac4", "extension": year}],
        "status": "completed",
        "item": [
            {"linkId": "section.section-0", "item": [answered("one", "a", "c"), answered("two", "b")]},
            {"linkId": "section.section-3", "item": [{"linkId": "if-1.three", "item": [answered("three", "c")]}]},
        ],
    }


def test_the_codebook_explains_the_extension_and_its_fields() -> None:
    explained = {row["column"]: row["question_words"] for row in table(codebook([NESTED]).encode())}
    (extension,) = response(NESTED, Level.WEEKLY)["extension"]
    assert "the URL of the extension that holds the fields above" in explained[extension["url"]]
    assert all(explained[field["url"]] for field in extension["extension"])


@pytest.mark.parametrize("level", Level)
def test_a_record_without_answers_is_a_response_without_items(level: Level) -> None:
    assert "item" not in response(NESTED, level)
    assert response_faults(response(NESTED, level)) == []


# What a reader refuses.


def put(made: Element, answers: dict[str, list[Element]]) -> Element:
    """Replace the answers to questions, wherever they are."""
    changed = copy.deepcopy(made)

    def walk(within: Element) -> None:
        for item in within.get("item", []):
            if item["linkId"] in answers:
                item["answer"] = [{"valueCoding": coding} for coding in answers[item["linkId"]]]
            walk(item)

    walk(changed)
    return changed


@pytest.mark.parametrize("level", Level)
def test_an_exclusive_option_together_with_another_one_is_refused(real: Questionnaire, level: Level) -> None:
    real_form, nothing = form(real), response(real, level)
    for item in asked(real_form):
        codings = [option["valueCoding"] for option in item["answerOption"]]
        given = [{"valueCoding": one if level is Level.WEEKLY else {"code": one["code"]}} for one in codings]
        for option, answer in zip(real.by_id[item["linkId"]].options, given, strict=True):
            sent = {"linkId": item["linkId"], "answer": [answer]}
            assert read_response(nothing | {"item": [sent]}, [real_form]) == {(item["linkId"], option.id)}
            for other in [one for one in given if one != answer] if option.alone else []:
                sent["answer"] = [other, answer]
                with pytest.raises(RefusedResponse, match="has an answer that excludes the others"):
                    read_response(nothing | {"item": [sent]}, [real_form])


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"one": [{"code": "a"}, {"code": "none"}]}, "one has an answer that excludes the others"),
        ({"one": [{"code": "a"}, {"code": "a"}]}, "one has an answer twice"),
        ({"one": [{"code": "d"}]}, "one has an answer that it does not offer"),
        ({"one": [{"system": "urn:other", "code": "a"}]}, "one has an answer that it does not offer"),
        ({"two": [{"code": "a"}, {"code": "b"}]}, "two has several answers and takes one"),
    ],
)
def test_what_the_form_does_not_accept_is_refused(answers: dict[str, list[Element]], reason: str) -> None:
    sound = response(NESTED, Level.YEAR_ONLY, **ANSWERS)
    assert read_response(sound, [form(NESTED)]) == {("one", "a"), ("one", "c"), ("two", "b"), ("three", "c")}
    with pytest.raises(RefusedResponse, match=reason):
        read_response(put(sound, answers), [form(NESTED)])


def test_a_response_to_another_form_is_refused() -> None:
    other = made([question("other", ABC)])
    with pytest.raises(RefusedResponse, match="there is no form urn:uuid:"):
        read_response(response(NESTED, Level.WEEKLY, **ANSWERS), [form(other)])
    with pytest.raises(RefusedResponse, match="one is not a question of the form"):
        read_response(response(NESTED, Level.YEAR_ONLY, **ANSWERS), [form(other)])


# Privacy: a year-only file does not reveal the version.


@st.composite
def edited(draw: st.DrawFn, version: Questionnaire) -> Questionnaire:
    """Generate a version with other words, kinds, options, sections and conditions, all in another order."""
    files: Any = version.files()
    items = [item for section in files["questionnaire"]["sections"] for item in section["items"]]
    if draw(st.booleans()):
        for item in items:
            item.pop("ask_if", None)
        items = draw(st.permutations(items))[: draw(st.integers(1, len(items)))]
    offered: dict[str, list[str]] = {}
    for item in items:
        known = item.pop("choose_one", None) or item.pop("choose_any")
        offered[item["id"]] = draw(st.permutations([*known]))[: draw(st.sampled_from([2, 3, 3, 3]))]
        kind = draw(st.sampled_from(["choose_any", "choose_any", "choose_any", "choose_one"]))
        item[kind] = {name: {"say": f"In other words, {name}"} for name in offered[item["id"]]}
        for earlier, wanted in item.get("ask_if", {}).items():
            item["ask_if"][earlier] = [name for name in wanted if name in offered[earlier]] or offered[earlier][:1]
    size = draw(st.integers(1, 3))
    files["questionnaire"]["sections"] = [
        {"id": f"section-{start}", "title": f"Another part {start}", "items": items[start : start + size]}
        for start in range(0, len(items), size)
    ]
    return rebuild_questionnaire(json.dumps(files))


def accepted(version: Questionnaire, answers: Answers) -> Answers:
    """Return as many of some answers as the forms of a version accept, by question."""
    left = {}
    for name in answers.keys() & version.by_id.keys():
        known = version.by_id[name]
        chosen = known.chosen(answers[name])
        is_one = not known.many or any(option.alone for option in chosen)
        left[name] = tuple(option.id for option in chosen)[: 1 if is_one else None]
    return {name: chosen for name, chosen in unpack(version, pack(Journey(version, left))).items() if chosen}


def accepted_by_all(versions: Sequence[Questionnaire], answers: Answers) -> Answers:
    """Return as many of some answers as one person could have given to each of the versions."""
    while True:
        before = {(name, option) for name, chosen in answers.items() for option in chosen}
        for version in versions:
            answers = accepted(version, answers)
        if before == {(name, option) for name, chosen in answers.items() for option in chosen}:
            return answers


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_the_same_answers_under_different_versions_are_the_same_bytes(name: str, data: st.DataObject) -> None:
    first, *more = [data.draw(edited(data.draw(questionnaires()))) for _ in range(2)]
    edits = [first, data.draw(edited(first)), data.draw(edited(first))]
    versions = data.draw(st.permutations([*{one.version: one for one in [*edits, *more]}.values()]))
    chosen = {one.id: tuple(option.id for option in one.options) for one in first.questions}
    answers = accepted_by_all(edits, chosen)
    event(f"{max(map(len, answers.values()), default=0)} picks at most in one answer")
    rows = [
        written(name, versions, Level.YEAR_ONLY, [((2026,), one.version, pack(Journey(one, answers)))]) for one in edits
    ]
    assert len({*rows}) == 1
    # The codebook in a kit has the words of all versions.
    content = "" if name == "kit" else rows[0].decode()
    for one in versions:
        words = (*(section.title for section in one.sections), *(asked.ask for asked in one.questions))
        said = (option.say for asked in one.questions for option in asked.options)
        assert not any(secret in content for secret in (one.version[:12], *words, *said))


def test_a_year_only_file_nests_a_question_as_the_newest_version_that_asks_it() -> None:
    newest = made([question("what", {"bread": {}, "apples": {}}), question("more", ABC, {"what": ["bread", "apples"]})])
    older = made(
        [
            question("who", ABC),
            question("gone", ABC, {"who": ["a", "b"]}),
            question("only", ABC, {"who": ["a", "b"], "gone": ["a", "b"]}),
            question("what", {"apples": {}, "bread": {}}),
        ]
    )
    answers = {"who": ("a",), "gone": ("b",), "only": ("c",), "what": ("apples", "bread")}
    (one,) = responses([newest, older], Level.YEAR_ONLY, older, pack(Journey(older, answers)))
    section = "section.section-0"
    assert [*paths(one)] == [
        (section, "what"),
        (section, "who"),
        (section, "gone"),
        (section, "if-1.only", "only"),
    ]
    assert [answer["valueCoding"]["code"] for answer in one["item"][0]["item"][0]["answer"]] == ["bread", "apples"]


# The rules of R4, and those of a server that knows the form.

# Where a sound response is changed, the faulty value, and the complaint.
SPOILT: list[tuple[str, Any, str]] = [
    ("resourceType", "Questionnaire", "it is another resource"),
    ("status", "final", "its status is not one of R4's"),
    ("status", GONE, "its status is not one of R4's"),
    ("answers", [], "answers is not an element of R4"),
    ("id", "1", "id could reveal someone"),
    ("subject", {"reference": "Patient/1"}, "subject could reveal someone"),
    ("author", {"reference": "Patient/1"}, "author could reveal someone"),
    ("authored", "2026-10-05", "authored could reveal someone"),
    ("meta", {"lastUpdated": "2026-10-05"}, "meta could reveal someone"),
    ("questionnaire", "made up", "questionnaire is not what R4 takes"),
    ("item", [], "an empty value"),
    ("extension.0.url", GONE, "(ext-1)"),
    ("extension.0.valueString", "2026", "(ext-1)"),
    ("extension.0.extension.0.valueInteger", "2026", "valueInteger is not what R4 takes"),
    ("extension.0.extension.1.valueString", " 2026-W41", "valueString is not what R4 takes"),
    ("extension.0.extension.2.valueDate", "5 October", "valueDate is not what R4 takes"),
    ("extension.0.extension.3.valueCode", "un  read", "valueCode is not what R4 takes"),
    ("extension.0.extension.3.valueCode", GONE, "(ext-1)"),
    ("item.0.linkId", GONE, "an item without linkId"),
    ("item.0.linkId", "one", "one is there twice"),
    ("item.0.type", "group", "type is not an element of an item"),
    ("item.0.answer", [{"valueString": "a"}], "(qrs-1)"),
    ("item.0.item", GONE, "(qrs-1)"),
    ("item.0.item.0.answer.0.valueString", "a", "an answer that does not have one value of R4"),
    ("item.0.item.0.answer.0.valueCode", "a", "an answer that does not have one value of R4"),
    ("item.0.item.0.answer.0.valueCoding", GONE, "an answer that does not have one value of R4"),
    ("item.0.item.0.answer.0.valueCoding.text", "A", "a coding with another element"),
    ("item.0.item.0.answer.0.valueCoding.code", "a ", "code is not what R4 takes"),
]
A = {"valueCoding": {"code": "a"}}
UNLIKE: list[tuple[str, Any, str]] = [
    ("questionnaire", "urn:uuid:4a1f2c5e-0000-4000-8000-000000000000|1", "it names another form"),
    ("questionnaire", GONE, "it names another form"),
    ("item.0.linkId", "section.other", "section.other is not in the form"),
    ("item.0.item.1.linkId", "three", "three is not in section.section-0"),
    ("item.0.item.0.linkId", "skipped", "items in another order"),
    ("item.1.item", [{"linkId": "three", "answer": [A]}], "three is not in section.section-3"),
    ("item.1.answer", [A], "section.section-3 is not a group"),
    ("item.0.item.0.answer", GONE, "one is not a choice"),
    ("item.0.item.0.answer", [A], "one has an answer that is not offered"),
    ("item.0.item.0.answer.0.valueCoding.display", "Another", "one has an answer that is not offered"),
    ("item.0.item.0.answer.0.valueCoding.system", "urn:other", "one has an answer that is not offered"),
    ("item.0.item.1.answer", [A, A], "two has several answers"),
    ("item.0.item.0.answer", [{"valueCoding": {"code": "c"}}], "two was not asked"),
]


def spoilt(where: str, instead: Any) -> Element:
    made_ = response(NESTED, Level.WEEKLY, **ANSWERS)
    put_at(made_, where, instead)
    return made_


@pytest.mark.parametrize(("where", "instead", "message"), SPOILT)
def test_each_rule_of_r4_is_seen_when_it_is_broken(where: str, instead: Any, message: str) -> None:
    found = response_faults(spoilt(where, instead))
    assert any(message in fault for fault in found), found


@pytest.mark.parametrize(("where", "instead", "message"), UNLIKE)
def test_each_difference_from_the_form_is_seen(where: str, instead: Any, message: str) -> None:
    found = unlike_form(spoilt(where, instead), form(NESTED))
    assert message in found, found
