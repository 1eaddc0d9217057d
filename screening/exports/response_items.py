"""What FHIR QuestionnaireResponses (R4) take from their Questionnaires: canonical URL, nesting and codings.

All of it is read from the Questionnaire resources, so a response always fits the form that it answers.
Source: https://hl7.org/fhir/R4/questionnaireresponse.html (4.0.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from screening.questionnaire.model import Questionnaire
from screening.reports.fhir import Element, questionnaire_resource

Nesting: TypeAlias = "dict[str, Nesting]"
"""linkId of each group and question, in order -> what is inside it. Inside a question is nothing."""

# Drawn at random once, then fixed: files of all questionnaires and years name the fields of a record alike.
RECORD_EXTENSION = "urn:uuid:76f26ffe-7c42-4be0-a0b8-b84bcf2c9ac4"
EXTENSION_VALUES = {
    "shared_year": "valueInteger",
    "shared_week": "valueString",
    "week_begins": "valueDate",
    "review_state": "valueCode",
}
"""Field -> the element that holds its value in the extension. The version is in the canonical URL."""


@dataclass(frozen=True)
class ResponseForm:
    """The form that responses fit. `canonical`: URL and version, or "". `codings`: question -> option -> coding."""

    canonical: str
    nesting: Nesting
    codings: Mapping[str, Mapping[str, Element]]


def response_forms(versions: Sequence[Questionnaire], reveal_version: bool) -> dict[str, ResponseForm]:
    """Return the form of each version (its hash in hex), or one form for all of them, which reveals none.

    In the one for all, each question has the groups of the first version that asks it. Codings are option ids alone,
    because code systems and words belong to a version.
    """
    resources = {version.version: questionnaire_resource(version, None, is_served=False) for version in versions}
    if reveal_version:
        return {version: _form([one], f"{one['url']}|{one['version']}") for version, one in resources.items()}
    return dict.fromkeys(resources, _form([*resources.values()]))


def nested_items(nesting: Nesting, answered: Mapping[str, str]) -> str:
    """Join the items of answered questions (linkId -> JSON), each in its groups. Groups without any are left out."""
    items = []
    for name, inside in nesting.items():
        if name in answered:
            items.append(answered[name])
        elif inside and (text := nested_items(inside, answered)):
            items.append(f'{{"linkId":{json.dumps(name)},"item":[{text}]}}')
    return ",".join(items)


def _form(resources: Sequence[Element], canonical: str = "") -> ResponseForm:
    groups: dict[str, tuple[str, ...]] = {}
    codings: dict[str, dict[str, Element]] = {}
    elements = ("system", "code", "display") if canonical else ("code",)
    for resource in resources:
        for item, around in _questions(resource, ()):
            groups.setdefault(item["linkId"], around)
            offered = codings.setdefault(item["linkId"], {})
            for option in item["answerOption"]:
                coding = option["valueCoding"]
                offered[coding["code"]] = {element: coding[element] for element in elements}
    return ResponseForm(canonical, _nesting(groups), codings)


def _questions(within: Element, around: tuple[str, ...]) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield each question with the linkIds of the groups around it, the outermost first."""
    for item in within.get("item", []):
        if "answerOption" in item:
            yield item, around
        yield from _questions(item, (*around, item["linkId"]))


def _nesting(groups: Mapping[str, tuple[str, ...]]) -> Nesting:
    nesting: Nesting = {}
    for question, around in groups.items():
        inside = nesting
        for group in around:
            inside = inside.setdefault(group, {})
        inside[question] = {}
    return nesting
