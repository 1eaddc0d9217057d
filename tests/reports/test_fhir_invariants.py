"""The FHIR form keeps every invariant of R4 and of SDC, and a damaged one is refused."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from screening.authoring.loader import Collection
from screening.questionnaire.model import Questionnaire
from screening.reports.fhir import Publication, questionnaire_resource
from tests.support.fhir_invariants import ERROR, EXTENSION, INVARIANTS, SDC, Violation, violations
from tests.support.fhir_rules import Element, items
from tests.support.made_questionnaires import made, question, translated_questionnaires

DAY = date(2026, 12, 1)
WARNINGS = {
    "dom-6": "It has no narrative: that would repeat the whole form, in one language.",
    "sdc-3": "Versions are hashes, which semantic versioning cannot order.",
}


def broken(resource: Element, level: str) -> list[Violation]:
    return [one for one in violations(resource) if one.level == level]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_real_form_breaks_no_invariant(real: Questionnaire, collection: Collection, language: str) -> None:
    publication = Publication(collection.support["US"], "The Clinic", "555-0101", "https://clinic.example")
    resource = questionnaire_resource(real, DAY, True, publication, language)
    assert broken(resource, ERROR) == []
    assert {one.key for one in violations(resource)} == set(WARNINGS)


@settings(deadline=None, max_examples=settings().max_examples // 5)
@given(translated_questionnaires())
def test_no_form_breaks_an_invariant(questionnaire: Questionnaire) -> None:
    resource = questionnaire_resource(questionnaire, None, False)
    assert broken(resource, ERROR) == []
    assert {one.key for one in violations(resource)} == set(WARNINGS)


PAGE = {
    "url": f"{EXTENSION}questionnaire-itemControl",
    "valueCodeableConcept": {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": "page"}]},
}
EXPRESSION = {"language": "text/fhirpath", "expression": "1"}
ANSWERS = {"url": f"{SDC}sdc-questionnaire-answerExpression", "valueExpression": EXPRESSION}
INITIAL = {"url": f"{SDC}sdc-questionnaire-initialExpression", "valueExpression": EXPRESSION}
ENABLED = {"url": f"{SDC}sdc-questionnaire-enableWhenExpression", "valueExpression": EXPRESSION}
ANSWER_CONSTRAINT = {
    "url": "http://hl7.org/fhir/5.0/StructureDefinition/extension-Questionnaire.item.answerConstraint",
    "valueCode": "optionsOnly",
}
SECTION = "section.section-0"
# Item (or the whole resource), fields that replace its own (None: it loses them), and the invariant that this breaks.
DAMAGE: list[tuple[str, dict[str, Any], str]] = [
    ("", {"name": "made up"}, "que-0"),
    ("", {"name": "made-up"}, "cnl-0"),
    ("", {"url": "urn:made up"}, "cnl-1"),
    ("", {"url": None}, "sdc-base-url"),
    ("", {"extension": None}, "sdc-2"),
    ("", {"contained": [{"resourceType": "Patient", "contained": [{"resourceType": "Patient"}]}]}, "dom-2"),
    ("", {"contained": [{"resourceType": "Patient", "meta": {"versionId": "1"}}]}, "dom-4"),
    ("", {"contained": [{"resourceType": "Patient", "meta": {"security": [{"code": "R"}]}}]}, "dom-5"),
    ("two", {"linkId": "one"}, "que-2"),
    ("why.one", {"linkId": "one"}, "que-2"),
    (SECTION, {"item": None}, "que-1"),
    (SECTION, {"item": None}, "que-1b"),
    ("referral.opens", {"item": [{"linkId": "inside", "type": "display"}]}, "que-1c"),
    ("referral.opens", {"code": [{"code": "a"}]}, "que-3"),
    ("one", {"answerValueSet": "http://example.org/ValueSet/a"}, "que-4"),
    (SECTION, {"answerOption": [{"valueString": "a"}]}, "que-5"),
    ("one", {"type": "boolean"}, "que-5"),
    ("referral.closes", {"required": True}, "que-6"),
    ("two", {"enableWhen": [{"question": "one", "operator": "exists", "answerString": "a"}]}, "que-7"),
    (SECTION, {"initial": [{"valueString": "a"}]}, "que-8"),
    ("why.one", {"readOnly": True}, "que-9"),
    ("one", {"maxLength": 3}, "que-10"),
    ("one", {"initial": [{"valueString": "a"}]}, "que-11"),
    ("three", {"enableBehavior": None}, "que-12"),
    ("one", {"repeats": False, "initial": [{"valueString": "a"}, {"valueString": "b"}]}, "que-13"),
    (SECTION, {"extension": [ANSWER_CONSTRAINT]}, "que-14"),
    ("two", {"linkId": "w" * 256}, "que-15"),
    ("one", {"extension": [ANSWERS]}, "sdc-1"),
    ("two", {"extension": [PAGE]}, "sdc-rend-1"),
    (SECTION, {"extension": [PAGE]}, "sdc-rend-2"),
    ("one", {"initial": [{"valueString": "a"}], "extension": [INITIAL]}, "sdc-behave-1"),
    ("two", {"extension": [ENABLED]}, "sdc-behave-2"),
    ("one", {"type": "quantity"}, "sdc-behave-3"),
    ("one", {"_text": {"extension": [{"url": f"{EXTENSION}translation"}]}}, "ext-1"),
]


def damaged(item: str, fields: dict[str, Any]) -> tuple[Element, Element]:
    """Return a form and a damaged copy of it."""
    options: dict[str, Element] = {"a": {}, "b": {}}
    needs = {"one": ["a", "b"], "two": ["a", "b"]}
    asked = [question("one", options), question("two", options, {"one": ["a"]}), question("three", options, needs)]
    whole = questionnaire_resource(made(asked), DAY, True)
    copied = copy.deepcopy(whole)
    place = next(one for one in items(copied) if one["linkId"] == item) if item else copied
    for name, value in fields.items():
        if value is None:
            del place[name]
        else:
            place[name] = value
    return whole, copied


@pytest.mark.parametrize(("item", "fields", "key"), DAMAGE)
def test_a_damaged_form_is_refused(item: str, fields: dict[str, Any], key: str) -> None:
    whole, copied = damaged(item, fields)
    assert {one.key for one in violations(copied)} - {one.key for one in violations(whole)} >= {key}


def test_two_invariants_hold_only_for_what_a_form_never_is() -> None:
    """A status that R4 does not have, and an algorithm that is semantic versioning."""
    _, copied = damaged(SECTION, {"item": None})
    assert "que-1a" not in {one.key for one in violations(copied)}
    assert "que-1a" in {one.key for one in violations(copied | {"status": "complete"})}
    semver = {"system": "http://hl7.org/fhir/version-algorithm", "code": "semver"}
    algorithm = [{"url": f"{EXTENSION}artifact-versionAlgorithm", "valueCoding": semver}]
    narrative = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">A form.</div>'}
    assert violations(damaged("", {})[0] | {"extension": algorithm, "text": narrative}) == []


def test_each_invariant_is_seen_to_fail() -> None:
    assert {key for _, _, key in DAMAGE} | {"que-1a", *WARNINGS} == {one.key for one in INVARIANTS}
