"""Reads FHIR QuestionnaireResponses (R4) back to answers, knowing only the Questionnaires that they may answer.

It refuses what no form filler should have sent: few of them keep an exclusive option apart from the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from screening.exports.formats import Level
from tests.support.fhir_rules import Element, items

# As the codebook documents it.
RECORD = "urn:uuid:76f26ffe-7c42-4be0-a0b8-b84bcf2c9ac4"
EXCLUSIVE = "http://hl7.org/fhir/StructureDefinition/questionnaire-optionExclusive"

Picked: TypeAlias = frozenset[tuple[str, str]]
Given: TypeAlias = dict[str, list[Element]]
"""linkId of each answered question -> the codings given."""


class RefusedResponse(ValueError):
    """No Questionnaire that the response may answer accepts its answers."""


def read_responses(
    content: bytes, questionnaires: Sequence[Element], level: Level
) -> Iterator[tuple[tuple[str, ...], Picked]]:
    """Read a file of responses: the fields of each record, and its picks."""
    for line in content.decode().splitlines():
        response = json.loads(line)
        yield _fields(response, level), read_response(response, questionnaires)


def read_response(response: Element, questionnaires: Sequence[Element]) -> Picked:
    """Read one response.

    Raises:
        RefusedResponse: the form that it names, or without a name every form, refuses its answers.
    """
    name = response.get("questionnaire")
    forms = [one for one in questionnaires if name in (None, f"{one['url']}|{one['version']}")]
    given = {item["linkId"]: [one["valueCoding"] for one in item["answer"]] for item in _answered(response)}
    reasons = [next(_refusals(given, form), "") for form in forms] or [f"there is no form {name}"]
    if all(reasons):
        raise RefusedResponse(reasons[0])
    return frozenset((question, coding["code"]) for question, codings in given.items() for coding in codings)


def _answered(response: Element) -> Iterator[Element]:
    return (item for item in items(response) if "answer" in item)


def _fields(response: Element, level: Level) -> tuple[str, ...]:
    (extension,) = (one for one in response["extension"] if one["url"] == RECORD)
    said = {one["url"]: str(value) for one in extension["extension"] for name, value in one.items() if name != "url"}
    if "questionnaire" in response:
        said["questions_version"] = "v" + response["questionnaire"].partition("|")[2][:12]
    assert said.keys() == {*level.fields}
    return tuple(said[field] for field in level.fields)


def _refusals(given: Given, form: Element) -> Iterator[str]:
    """Say why a form refuses these answers."""
    asked = {item["linkId"]: item for item in items(form) if item["type"] == "choice"}
    for question, codings in given.items():
        if question not in asked:
            yield f"{question} is not a question of the form"
            continue
        options = [option for option in asked[question]["answerOption"] for one in codings if _is(option, one)]
        if len(options) != len(codings):
            yield f"{question} has an answer that it does not offer"
        if len({json.dumps(one, sort_keys=True) for one in codings}) != len(codings):
            yield f"{question} has an answer twice"
        if len(codings) > 1 and not asked[question].get("repeats"):
            yield f"{question} has several answers and takes one"
        if len(codings) > 1 and any(_is_exclusive(option) for option in options):
            yield f"{question} has an answer that excludes the others"


def _is(option: Element, given: Element) -> bool:
    """Whether an answer is this option. Without a code system, the code alone says which."""
    offered = option["valueCoding"]
    return bool(given["code"] == offered["code"] and given.get("system") in (None, offered["system"]))


def _is_exclusive(option: Element) -> bool:
    return any(one["url"] == EXCLUSIVE and one["valueBoolean"] for one in option.get("extension", []))
