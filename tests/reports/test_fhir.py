"""As FHIR R4, the form is valid and asks the same people the same questions."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import Any

import pytest
from fhir.resources.R4B.questionnaire import Questionnaire as Validated
from fhirpathpy import evaluate
from fhirpathpy.models import models
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring.loader import Collection
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Pause, Questionnaire
from screening.questionnaire.support import Support, SupportLine
from screening.reports.fhir import Publication, questionnaire_resource
from tests.support.fhir_rules import GONE, Element, FormAnswers, enabled, faults, items, put_at
from tests.support.made_questionnaires import made, question, questionnaires, translated_questionnaires
from tests.support.random_answers import any_answers

DAY = date(2026, 11, 21)
LINES = {
    language: SupportLine("line", name, (language,), "made up", DAY, verified=True, call="555-0100", note=note)
    for language, name, note in (("en", "A line", "Free."), ("es", "Una línea", "Gratis."))
}
SUPPORT, SPANISH_SUPPORT = (
    Support("XX", "Nowhere", ("112",), (LINES[language],), (), language=language) for language in LINES
)
CLINIC = Publication(
    replace(SUPPORT, translations={"es": SPANISH_SUPPORT}), "The Clinic", "555-0101", "https://a.example"
)


R4: Any = models["r4"]


def resource(questionnaire: Questionnaire, language: str = "") -> Element:
    return questionnaire_resource(questionnaire, DAY, True, CLINIC, language)


def extension_of(element: Element, name: str) -> Element:
    """Return the only extension of this name."""
    url = f"http://hl7.org/fhir/StructureDefinition/{name}"
    (extension,) = (one for one in element["extension"] if one["url"] == url)
    return dict(extension)


def control(item: Element) -> str:
    extension = extension_of(item, "questionnaire-itemControl")
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
    assert "It has no score and no result, and it does not recommend any treatment." in made["description"]
    assert made["description"].endswith("\n\n".join(real.about))
    # The order of two hashes is unknown, as FHIRPath.
    assert extension_of(made, "artifact-versionAlgorithm")["valueString"] == "0"


def test_it_says_who_wrote_it_who_publishes_it_and_how_to_reach_them(real: Questionnaire) -> None:
    made = resource(real)
    assert made["copyright"] == "Words by the makers of this software, November 30, 2026."
    assert (made["publisher"], "_publisher" in made) == ("The Clinic", False)
    telecom = [{"system": "phone", "value": "555-0101"}, {"system": "url", "value": "https://a.example"}]
    assert made["contact"] == [{"telecom": telecom}]
    unnamed = questionnaire_resource(real, DAY, True)
    assert (unnamed["publisher"], "contact" in unnamed) == ("the makers of this software", False)
    old = resource(replace(real, governance=None, translations={}))
    assert (old["publisher"], "copyright" in old) == ("The Clinic", False)
    assert faults(old) == []


def test_it_was_last_reviewed_when_the_words_of_every_language_had_been(real: Questionnaire) -> None:
    def reviewed(english: date | None, spanish: date | None) -> Any:
        spoken = real.translations["es"]
        assert real.governance
        assert spoken.governance
        translation = replace(spoken, governance=replace(spoken.governance, translation_reviewed_on=spanish))
        one = replace(real, governance=replace(real.governance, reviewed_on=english), translations={"es": translation})
        days = {resource(one, language).get("lastReviewDate") for language in ("en", "es")}
        (day,) = days
        return day

    day, earlier = date(2026, 12, 9), date(2026, 12, 2)
    assert reviewed(day, earlier) == "2026-12-02"
    assert reviewed(earlier, day) == "2026-12-02"
    assert reviewed(day, None) is None
    assert reviewed(None, day) is None


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
    found = by_id(made)
    groups = [item["text"] for name, item in found.items() if name.startswith("section.")]
    assert groups == [section.title for section in real.sections]
    assert [name for name in found if name in {step.id for step in real.steps}] == [step.id for step in real.steps]
    for asked in real.questions:
        item = found[asked.id]
        assert (item["text"], item["type"], item["repeats"], item["required"]) == (
            " ".join(filter(None, (asked.ask, asked.hint))),
            "choice",
            asked.many,
            False,
        )
        told = [(one["valueCoding"]["code"], one["valueCoding"]["display"]) for one in item["answerOption"]]
        assert told == [(option.id, option.say) for option in asked.options]
        alone = ["extension" in one for one in item["answerOption"]]
        assert alone == [option.alone for option in asked.options]
        texts = [one["text"] for one in item["item"]]
        assert texts == [asked.why]


def test_the_referral_is_first_and_last(real: Questionnaire) -> None:
    for language in ("en", "es"):
        first, *_, last = resource(real, language)["item"]
        referral = real.in_language(language).referral
        assert (first["type"], first["text"].split("\n\n")) == ("display", [*referral.opens])
        assert (last["type"], last["text"].split("\n\n")) == ("display", [*referral.closes])


def test_a_pause_has_its_title_its_text_and_help(real: Questionnaire) -> None:
    pause = by_id(resource(real))["a-pause"]
    (written,) = (step for step in real.steps if isinstance(step, Pause))
    assert (pause["type"], pause["text"]) == ("group", "A moment to pause")
    assert [item["text"] for item in pause["item"]] == [*written.say, *HELP["en"]]
    assert {item["type"] for item in pause["item"]} == {"display"}


HELP = {
    "en": (
        "If someone is in danger or may have taken too much of something: call 112.",
        "To talk with a person at any hour:",
        "A line: call 555-0100. Free. Checked November 21, 2026.",
        "Calls and texts may show on your phone or bill.",
    ),
    "es": (
        "Si alguien está en peligro, o si puede ser una sobredosis (tomó o usó demasiado de algo): llame al 112.",
        "Para hablar con una persona a cualquier hora:",
        "Una línea: llame al 555-0100. Gratis. Consultado el 21 de noviembre de 2026.",
        "Las llamadas y los mensajes pueden aparecer en su teléfono o en su recibo.",
    ),
}


def test_the_first_group_says_whom_to_call(real: Questionnaire) -> None:
    for language, nobody in (
        ("en", "Nobody is watching this form, and no one will write back."),
        ("es", "Nadie vigila este formulario, y nadie le va a responder."),
    ):
        group = next(item for item in resource(real, language)["item"] if item["type"] == "group")
        assert [item["text"] for item in group["item"]] == [*HELP[language], nobody]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "555-0102"}, "call 555-0100 or text 555-0102."),
        ({"call": "", "text": "555-0102", "word": "HELP"}, "text the word HELP to 555-0102."),
        ({"press": "2", "chat": "https://a.example/chat"}, "call 555-0100 and press 2, or chat at a.example/chat."),
    ],
)
def test_a_line_names_each_way_to_reach_it(real: Questionnaire, changes: dict[str, Any], message: str) -> None:
    support = replace(SUPPORT, emergency=("112", "999"), ask_for="English", talk=(replace(LINES["en"], **changes),))
    made = by_id(questionnaire_resource(real, DAY, True, Publication(support)))
    assert f"A line: {message} Free." in made["help.now.talk.line"]["text"]
    assert made["help.now.danger"]["text"].endswith(": call 112 or call 999 and say “English”.")


def test_without_lines_only_the_emergency_number_is_there(real: Questionnaire) -> None:
    made = by_id(questionnaire_resource(real, DAY, True, Publication(replace(SUPPORT, talk=()))))
    assert "help.now.danger" in made
    assert not any(".talk" in name for name in made)


def test_why_is_help_and_what_stands_alone_is_exclusive(real: Questionnaire) -> None:
    found = by_id(resource(real))
    assert control(found["why.tried"]) == "help"
    (alone,) = (one for one in found["tried"]["answerOption"] if one["valueCoding"]["code"] == "nothing-yet")
    assert alone["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive", "valueBoolean": True}
    ]


def test_a_server_can_refuse_an_exclusive_option_with_another(real: Questionnaire) -> None:
    """The rule is evaluated as FHIRPath, on the item of a response."""
    for item in items(resource(real, "es")):
        options = {one["valueCoding"]["code"]: one["valueCoding"] for one in item.get("answerOption", [])}
        alone = [one["valueCoding"] for one in item.get("answerOption", []) if "extension" in one]
        rules = [one for one in item.get("extension", []) if one["url"].endswith("/targetConstraint")]
        assert len(rules) == len(alone)
        for rule, coding in zip(rules, alone, strict=True):
            key, severity, expression, human = rule["extension"]
            assert (key["valueId"], severity["valueCode"]) == (f"{coding['code']}-alone", "error")
            assert human["valueString"].startswith(f"“{coding['display']}” no va junto con otras respuestas.")
            rule_of_item = f"item.all({expression['valueExpression']['expression']})"
            others = [one for one in options.values() if one is not coding]
            for chosen, is_kept in (([], True), ([coding], True), (others, True), ([coding, others[0]], False)):
                answered = {"linkId": item["linkId"], "answer": [{"valueCoding": one} for one in chosen]}
                response = {"resourceType": "QuestionnaireResponse", "item": [answered]}
                assert evaluate(response, rule_of_item, model=R4) == [is_kept]


def test_choices_lie_open(real: Questionnaire) -> None:
    found = by_id(resource(real))
    assert (control(found["asking-for"]), control(found["tried"])) == ("radio-button", "check-box")


def test_topics_and_sources_are_not_carried_over(real: Questionnaire) -> None:
    written = json.dumps(resource(real), ensure_ascii=False)
    assert not any(topic.title in written for topic in real.topics if topic.always)
    assert not any(source.title in written for source in real.sources if source.url)


def spanish_words(made: Any, language: str = "es") -> list[str]:
    """Return each translated text and its translation, in document order."""
    if isinstance(made, list):
        return [one for part in made for one in spanish_words(part, language)]
    found = []
    for name, value in made.items() if isinstance(made, dict) else ():
        if name.startswith("_"):
            (extension,) = value["extension"]
            assert extension["url"] == "http://hl7.org/fhir/StructureDefinition/translation"
            spoken, content = extension["extension"]
            assert (spoken, content["url"]) == ({"url": "lang", "valueCode": language}, "content")
            found += [made[name[1:]], content["valueString"]]
        else:
            found += spanish_words(value, language)
    return found


TRANSLATED = {"title", "description", "copyright", "text", "display"}


def english_words(made: Any) -> list[str]:
    """Return the texts of a resource without translations that can have one, in document order."""
    if isinstance(made, list):
        return [one for part in made for one in english_words(part)]
    found: list[str] = []
    for name, value in made.items() if isinstance(made, dict) else ():
        found += [value] if name in TRANSLATED and isinstance(value, str) else english_words(value)
    return found


@settings(deadline=None, max_examples=settings().max_examples // 2)
@given(translated_questionnaires())
def test_every_word_has_its_translation_beside_it(questionnaire: Questionnaire) -> None:
    english, spanish = resource(questionnaire), resource(questionnaire, "es")
    pairs = spanish_words(english)
    assert pairs[::2] == english_words(english)
    assert pairs[1::2] == english_words(spanish)
    assert spanish_words(spanish, "en") == [*chain.from_iterable(zip(pairs[1::2], pairs[::2], strict=True))]


def test_all_that_a_program_reads_is_the_same_in_each_language(real: Questionnaire) -> None:
    def without_words(made: Any) -> Any:
        if isinstance(made, list):
            return [without_words(part) for part in made]
        if not isinstance(made, dict):
            return made
        words = {*TRANSLATED, "language", "valueString", *(f"_{name}" for name in TRANSLATED)}
        return {name: without_words(value) for name, value in made.items() if name not in words}

    assert without_words(resource(real)) == without_words(resource(real, "es"))
    with pytest.raises(KeyError):
        resource(real, "fr")


def test_no_word_of_it_is_one_that_patients_may_not_read(real: Questionnaire, collection: Collection) -> None:
    publication = Publication(collection.support["US"])
    for language in ("en", "es"):
        made = questionnaire_resource(real, DAY, True, publication, language)
        rules = [one for item in items(made) for one in item.get("extension", []) if "extension" in one]
        words = [*english_words(made), *(rule["extension"][-1]["valueString"] for rule in rules)]
        assert [hit for text in words for hit in collection.wording.find(text) if hit.is_refused] == []
        assert len(words) > 100


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
    shown = enabled(made, form_answers(made, answers))
    assert [name for name in shown if name in steps] == [step.id for step in Journey(questionnaire, answers).path]
    # Below each heading that is shown is a question.
    found = by_id(made)
    for name in shown:
        if name.startswith("section."):
            assert any(item["linkId"] in shown for item in items(found[name]) if item["type"] == "choice"), name


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


@pytest.mark.parametrize(
    ("needs", "around", "own", "inside"),
    [
        # One condition for all is on the section alone.
        ([{"one": ["a"]}, {"one": ["a"]}], [], (1, None), [0, 0]),
        ([{"one": ["a", "b"], "two": ["b", "c"]}] * 3, [(2, "any")], (2, "any"), [0, 0, 0]),
        # Otherwise the section needs what any of its questions needs, and each question what it needs itself.
        ([{"one": ["a"]}, {"one": ["b"]}], [], (2, "any"), [1, 1]),
        ([{"one": ["a"]}, {"one": ["a"], "two": ["b"]}], [], (1, None), [0, 2]),
        ([{"one": ["a"], "two": ["a"]}, {"one": ["b"], "two": ["a"]}], [(2, "any")], (1, None), [2, 2]),
        # Whoever is asked a question that reads another one of the section is asked that one too.
        ([{"one": ["a"]}, {"question-0": ["b"]}], [], (1, None), [0, 1]),
        # One that everybody is asked keeps the section open.
        ([{"one": ["a"]}, {}], [], (0, None), [1, 0]),
    ],
)
def test_a_section_is_there_if_one_of_its_questions_is(
    needs: list[dict[str, list[str]]], around: list[tuple[int, str]], own: tuple[int, str | None], inside: list[int]
) -> None:
    earlier = [question(name, ABC) for name in ("one", "two", "three")]
    resource_ = resource(made([*earlier, *(question(f"question-{n}", ABC, need) for n, need in enumerate(needs))]))
    found = by_id(resource_)

    def conditions(item: Element) -> tuple[int, str | None]:
        return len(item.get("enableWhen", [])), item.get("enableBehavior")

    outer = [conditions(item) for name, item in found.items() if re.fullmatch(r"if-\d\.section\.section-3", name)]
    assert outer == around
    assert conditions(found["section.section-3"]) == own
    assert [conditions(found[f"question-{number}"])[0] for number in range(len(needs))] == inside
    assert faults(resource_) == []


def test_a_section_of_many_conditions_hides_no_question() -> None:
    """Their union would take 81 groups: the section then has eight, and is shown more often than needed."""
    earlier = [question(f"earlier-{number}", ABC) for number in range(12)]
    needs = [{f"earlier-{3 * one + other}": ["a", "b"] for other in range(3)} for one in range(3)]
    questionnaire = made([*earlier, *(question(f"question-{n}", ABC, need) for n, need in enumerate(needs))])
    asked = {f"earlier-{number}": ("a",) for number in range(3)}
    assert "question-0" in enabled(resource(questionnaire), form_answers(resource(questionnaire), asked))
    assert sum("section.section-12" in item["linkId"] for item in items(resource(questionnaire))) == 8


def test_a_pause_parts_its_section() -> None:
    """A pause has no condition. In the section it would keep a heading above no question."""
    one, two = question("one", ABC), question("two", ABC, {"one": ["a"]})
    pause = {"pause": {"id": "rest", "title": "A rest", "say": ["Rest."]}}
    resource_ = resource(made([one, pause, two]))
    assert [item["linkId"] for item in resource_["item"][2:-1]] == ["section.section-0", "rest", "section.section-0.2"]
    assert [item["text"] for item in resource_["item"][2:-1]] == ["Part 0", "A rest", "Part 0"]
    assert "section.section-0.2" not in enabled(resource_, {})


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
    ("section.section-0", "prefix", "", "Questionnaire.item[2].prefix is empty"),
    ("section.section-0", "_text", {}, "Questionnaire.item[2]._text is empty"),
    ("if-1.three", "item", GONE, "if-1.three: a group without items (que-1)"),
    ("why.one", "item", [{"linkId": "x", "type": "display"}], "why.one: a display with items (que-1)"),
    ("why.one", "required", False, "why.one: a display that asks something (que-6)"),
]


@pytest.mark.parametrize(("item", "where", "instead", "message"), SPOILT)
def test_each_rule_is_seen_when_it_is_broken(item: str, where: str, instead: Any, message: str) -> None:
    asked = [
        question("one", {"a": {}, "b": {}}),
        question("two", {"a": {}, "b": {}}, {"one": ["a"]}),
        question("three", {"a": {}, "b": {}}, {"one": ["a", "b"], "two": ["a", "b"]}),
    ]
    spoilt = copy.deepcopy(resource(made(asked)))
    assert faults(spoilt) == []
    put_at(by_id(spoilt)[item] if item else spoilt, where, instead)
    found = faults(spoilt)
    assert any(message in fault for fault in found), found
