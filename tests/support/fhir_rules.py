"""The rules of FHIR R4 (4.0.1) for a Questionnaire that fhir.resources does not check, and its conditions evaluated.

Sources: https://hl7.org/fhir/R4/questionnaire.html (elements, value sets, invariants que-0 to que-13),
https://hl7.org/fhir/R4/datatypes.html and json.html (no empty value, what a code is).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

TYPES = set(
    "group display boolean decimal integer date dateTime time string text url choice open-choice attachment reference "
    "quantity".split()
)
# What `put_at` takes for nothing.
GONE = object()
STATUSES = {"draft", "active", "retired", "unknown"}
OPERATORS = {"exists", "=", "!=", ">", "<", ">=", "<="}
OF_ITEM = set(
    "id extension modifierExtension linkId definition code prefix text type enableWhen enableBehavior required repeats "
    "readOnly maxLength answerValueSet answerOption initial item".split()
)
OF_QUESTIONNAIRE = set(
    "resourceType id meta implicitRules language text contained extension modifierExtension url identifier version "
    "name title derivedFrom status experimental subjectType date publisher contact description useContext jurisdiction "
    "purpose copyright approvalDate lastReviewDate effectivePeriod code item".split()
)
OF_OPTION = {"id", "extension", "modifierExtension", "initialSelected"} | {
    f"value{kind}" for kind in ("Integer", "Date", "Time", "String", "Coding", "Reference")
}
CHOICES = {"choice", "open-choice"}

Element = dict[str, Any]
FormAnswers = Mapping[str, tuple[tuple[str, str], ...]]
"""linkId -> system and code of each answer."""


def put_at(element: Any, where: str, instead: Any) -> None:
    """Put something else at a place in an element, such as `item.0.text`; `GONE` deletes what is there."""
    *path, last = where.split(".")
    for step in path:
        element = element[int(step) if step.isdecimal() else step]
    if instead is GONE:
        del element[last]
    else:
        element[last] = instead


def faults(resource: Element) -> list[str]:
    """Describe everything that breaks a rule."""
    return [*_of_values(resource, "Questionnaire"), *_of_the_whole(resource), *_of_items(resource)]


def items(within: Element) -> Iterator[Element]:
    """Yield every item in document order, each group before its items."""
    for item in within.get("item", []):
        yield item
        yield from items(item)


def _of_values(value: Any, place: str) -> Iterator[str]:
    if value in ({}, [], "", None):
        yield f"{place} is empty"
    if isinstance(value, str) and value != value.strip():
        yield f"{place} begins or ends with a space"
    if isinstance(value, dict):
        if re.search(r"\s", value.get("code", "") if isinstance(value.get("code", ""), str) else ""):
            yield f"{place} has a code with white space"
        for name, one in value.items():
            yield from _of_values(one, f"{place}.{name}")
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _of_values(one, f"{place}[{number}]")


def _of_the_whole(resource: Element) -> Iterator[str]:
    if resource.get("status") not in STATUSES:
        yield "its status is none of R4's"
    if not re.fullmatch("[A-Z][A-Za-z0-9_]{0,254}", resource.get("name", "")):
        yield "its name is none for a program (que-0)"
    yield from _unknown("Questionnaire", resource, OF_QUESTIONNAIRE)
    names = [item["linkId"] for item in items(resource)]
    yield from (f"{name} is there twice (que-2)" for name in set(names) if names.count(name) > 1)


def _of_items(resource: Element) -> Iterator[str]:
    before: dict[str, Element] = {}
    for item in items(resource):
        yield from (f"{item['linkId']}: {fault}" for fault in [*_of_item(item), *_of_conditions(item, before)])
        before[item["linkId"]] = item


def _of_item(item: Element) -> Iterator[str]:
    kind = item.get("type")
    if kind not in TYPES:
        yield f"{kind} is no type of R4"
    if len(item["linkId"]) > 255:
        yield "its linkId is too long"
    if kind == "group" and not item.get("item"):
        yield "a group without items (que-1)"
    if kind == "display" and item.get("item"):
        yield "a display with items (que-1)"
    if kind == "display" and {"required", "repeats"} & item.keys():
        yield "a display that asks something (que-6)"
    if kind == "group" and item.get("repeats"):
        yield "a group that repeats"
    if kind not in CHOICES and {"answerOption", "answerValueSet"} & item.keys():
        yield "options without a choice (que-5)"
    if kind in CHOICES and not {"answerOption", "answerValueSet"} & item.keys():
        yield "a choice without options"
    yield from _unknown("it", item, OF_ITEM)
    for option in item.get("answerOption", []):
        yield from _unknown("an option", option, OF_OPTION)
        if sum(name.startswith("value") for name in option) != 1:
            yield "an option with another number of values than one"
    codings = [option.get("valueCoding", {}) for option in item.get("answerOption", [])]
    if len({(one.get("system"), one.get("code")) for one in codings}) != len(codings):
        yield "an option twice"


def _of_conditions(item: Element, before: Mapping[str, Element]) -> Iterator[str]:
    conditions = item.get("enableWhen", [])
    if (len(conditions) > 1) is not ("enableBehavior" in item):
        yield "enableBehavior where there is no choice, or none where there is (que-12)"
    if item.get("enableBehavior", "any") not in {"any", "all"}:
        yield "an enableBehavior that is none of R4's"
    for condition in conditions:
        if condition["question"] not in before:
            yield f"a condition on {condition['question']}, which does not stand before it"
        elif condition.get("answerCoding") is not None:
            options = before[condition["question"]].get("answerOption", [])
            offered = [(one["valueCoding"].get("system"), one["valueCoding"].get("code")) for one in options]
            wanted = condition["answerCoding"]
            if (wanted.get("system"), wanted.get("code")) not in offered:
                yield "a condition on an answer that nobody can give"
        if condition.get("operator") not in OPERATORS:
            yield "an operator that is none of R4's"
        if sum(name.startswith("answer") for name in condition) != 1:
            yield "a condition with another number of answers than one"


def _unknown(what: str, element: Element, known: set[str]) -> Iterator[str]:
    yield from (f"{what} has {name}, which R4 does not" for name in element if name.removeprefix("_") not in known)


def enabled(resource: Element, answers: FormAnswers) -> list[str]:
    """Return the linkIds of the items that a form filler shows for these answers, in document order."""
    return [item["linkId"] for item in _enabled(resource, answers, {})]


def _enabled(within: Element, answers: FormAnswers, given: dict[str, tuple[tuple[str, str], ...]]) -> Iterator[Element]:
    """`given`: the answers to enabled items. An answer to a disabled item counts as missing."""
    for item in within.get("item", []):
        met = [_is_met(condition, given) for condition in item.get("enableWhen", [])]
        # Items of a disabled group are disabled too.
        if not met or (all(met) if item.get("enableBehavior") == "all" else any(met)):
            given[item["linkId"]] = answers.get(item["linkId"], ())
            yield item
            yield from _enabled(item, answers, given)


def _is_met(condition: Element, given: FormAnswers) -> bool:
    assert condition["operator"] == "=", "this reads no other operator"
    wanted = condition["answerCoding"]
    return (wanted["system"], wanted["code"]) in given.get(condition["question"], ())
