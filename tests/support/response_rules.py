"""The rules of FHIR R4 (4.0.1) for a QuestionnaireResponse, and what it must share with its Questionnaire.

Sources: https://hl7.org/fhir/R4/questionnaireresponse.html (elements, invariant qrs-1, and how items follow those of
the Questionnaire), https://hl7.org/fhir/R4/datatypes.html, json.html and extensibility.html (ext-1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.fhir_rules import Element, enabled, items

STATUSES = {"in-progress", "completed", "amended", "entered-in-error", "stopped"}
OF_RESPONSE = set(
    "resourceType id meta implicitRules language text contained extension modifierExtension identifier basedOn partOf "
    "questionnaire status subject encounter authored author source item".split()
)
OF_ITEM = set("id extension modifierExtension linkId definition text answer item".split())
OF_CODING = set("id extension system version code display userSelected".split())
OF_ANSWER = {"id", "extension", "modifierExtension", "item"}
ANSWER_VALUES = {
    f"value{kind}"
    for kind in "Boolean Decimal Integer Date DateTime Time String Uri Attachment Coding Quantity Reference".split()
}
# What could say whose response it is, or when it was given.
REVEALING = {*"id meta text identifier basedOn partOf subject encounter authored author source".split()}
SHAPES = {
    "valueInteger": (int, r"-?\d+"),
    "valueString": (str, r"\S(.*\S)?"),
    "valueCode": (str, r"\S+( \S+)*"),
    "valueDate": (str, r"\d{4}(-\d\d(-\d\d)?)?"),
    "code": (str, r"\S+( \S+)*"),
    "system": (str, r"\S+"),
    "display": (str, r"\S(.*\S)?"),
    "url": (str, r"\S+"),
    "questionnaire": (str, r"[a-z]+:[^|\s]+(\|\S+)?"),
    "linkId": (str, r"\S(.*\S)?"),
}


def response_faults(response: Element) -> list[str]:
    """Describe everything that breaks a rule of R4, and all that could say whose response it is."""
    return [*_of_values(response), *_of_the_whole(response), *_of_items(response)]


def unlike_form(response: Element, form: Element) -> list[str]:
    """Describe what a server that knows the Questionnaire would refuse."""
    return [*_named(response, form), *_unlike(response, form), *_not_asked(response, form)]


def paths(within: Element, around: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the linkIds that lead to each answered question, in document order."""
    for item in within.get("item", []):
        if "answer" in item:
            yield (*around, item["linkId"])
        yield from paths(item, (*around, item["linkId"]))


def _of_values(value: Any) -> Iterator[str]:
    if value in ({}, [], "", None):
        yield "an empty value"
    if isinstance(value, dict):
        for name, one in value.items():
            kind, shape = SHAPES.get(name, (object, ".*"))
            if (type(one) is not kind and name in SHAPES) or not re.fullmatch(shape, str(one), re.DOTALL):
                yield f"{name} is not what R4 takes"
            yield from _of_values(one)
        for extension in value.get("extension", []):
            values = [name for name in extension if name.startswith("value")]
            if "url" not in extension or len(values) + ("extension" in extension) != 1:
                yield "an extension without url, or not with either a value or extensions (ext-1)"
    if isinstance(value, list):
        for one in value:
            yield from _of_values(one)


def _of_the_whole(response: Element) -> Iterator[str]:
    if response.get("resourceType") != "QuestionnaireResponse":
        yield "it is another resource"
    if response.get("status") not in STATUSES:
        yield "its status is not one of R4's"
    yield from (f"{name} is not an element of R4" for name in response.keys() - OF_RESPONSE)
    yield from (f"{name} could reveal someone" for name in response.keys() & REVEALING)


def _of_items(response: Element) -> Iterator[str]:
    names = [item.get("linkId") for item in items(response)]
    yield from (f"{name} is there twice" for name in {*names} if names.count(name) > 1)
    for item in items(response):
        yield from (f"{name} is not an element of an item" for name in item.keys() - OF_ITEM)
        if "linkId" not in item:
            yield "an item without linkId"
        if ("answer" in item) == ("item" in item):
            yield "an item with both answers and items (qrs-1), or with neither"
        for answer in item.get("answer", []):
            if len(answer.keys() & ANSWER_VALUES) != 1 or answer.keys() - ANSWER_VALUES - OF_ANSWER:
                yield "an answer that does not have one value of R4"
            if answer.get("valueCoding", {}).keys() - OF_CODING:
                yield "a coding with another element"


def _named(response: Element, form: Element) -> Iterator[str]:
    if response.get("questionnaire") != f"{form['url']}|{form['version']}":
        yield "it names another form"


def _unlike(response: Element, form: Element) -> Iterator[str]:
    """Compare an item, or the whole, with its counterpart in the form."""
    there = {item["linkId"]: item for item in form.get("item", [])}
    names = [item["linkId"] for item in response.get("item", [])]
    yield from (f"{name} is not in {form.get('linkId', 'the form')}" for name in names if name not in there)
    if [name for name in there if name in names] != [name for name in names if name in there]:
        yield "items in another order"
    for item in response.get("item", []):
        if counterpart := there.get(item["linkId"]):
            yield from _unlike_item(item, counterpart)


def _unlike_item(item: Element, counterpart: Element) -> Iterator[str]:
    answers = [answer.get("valueCoding", {}) for answer in item.get("answer", [])]
    offered = [option["valueCoding"] for option in counterpart.get("answerOption", [])]
    known = [{name: coding[name] for name in ("system", "code", "display")} for coding in offered]
    if ("answer" in item) is not (counterpart["type"] == "choice"):
        yield f"{item['linkId']} is not a {counterpart['type']}"
    if any(answer not in known for answer in answers):
        yield f"{item['linkId']} has an answer that is not offered"
    if len(answers) > 1 and not counterpart.get("repeats"):
        yield f"{item['linkId']} has several answers"
    yield from _unlike(item, counterpart)


def _not_asked(response: Element, form: Element) -> Iterator[str]:
    given: Mapping[str, tuple[tuple[str, str], ...]] = {
        item["linkId"]: tuple(
            (one["valueCoding"].get("system", ""), one["valueCoding"]["code"]) for one in item["answer"]
        )
        for item in items(response)
        if "answer" in item
    }
    shown = {*enabled(form, given)}
    yield from (f"{item['linkId']} was not asked" for item in items(response) if item["linkId"] not in shown)
