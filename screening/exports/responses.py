"""Submissions as FHIR QuestionnaireResponses (R4).

Canonical URL, nesting and codings are read from the Questionnaire resource, so a response always fits its form.
Source: https://hl7.org/fhir/R4/questionnaireresponse.html (4.0.1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from screening.exports.formats import Level, Lines, MergedQuestion, RecordFields
from screening.questionnaire.model import Question, Questionnaire
from screening.reports.fhir import questionnaire_resource

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
    codings: Mapping[str, Mapping[str, dict[str, Any]]]


class Responses(Lines):
    """NDJSON: one FHIR R4 QuestionnaireResponse per line. Questions without an answer are left out.

    A year-only file names no Questionnaire, code system or words: they would reveal the version (D-EXPORT-29).
    """

    ending, mimetype = "QuestionnaireResponse.ndjson", "application/fhir+ndjson"

    def __init__(self, versions: Sequence[Questionnaire], level: Level, number: int) -> None:
        self.forms = _forms(versions, reveal_version=level is Level.WEEKLY)
        self.codings = {one: self.forms[it.version].codings[one.id] for it in versions for one in it.questions}
        super().__init__(versions, level, number)

    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format one line."""
        form, parts = self.forms[version], self._parts(version, packed)
        answered = {asked.id: part for asked, part in zip(self.asked, parts, strict=True) if part}
        questionnaire = f'"questionnaire":{_json(form.canonical)},' if form.canonical else ""
        items = f',"item":[{_nested(form.nesting, answered)}]' if answered else ""
        start = f'{{"resourceType":"QuestionnaireResponse",{self.about(about)},{questionnaire}'
        return f'{start}"status":"completed"{items}}}\n'

    def _about(self, about: RecordFields) -> str:
        named = zip(self.level.fields, about, strict=True)
        values = [{"url": name, EXTENSION_VALUES[name]: value} for name, value in named if name in EXTENSION_VALUES]
        return _json({"extension": [{"url": RECORD_EXTENSION, "extension": values}]})[1:-1]

    def _read(self, asked: MergedQuestion, question: Question | None, code: str) -> str:
        # The coding of an option depends on the version that asked the question.
        picked = super()._read(asked, question, code).split()
        answers = [{"valueCoding": self.codings[question][option]} for option in picked] if question else []
        return _json({"linkId": asked.id, "answer": answers}) if answers else ""

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return " ".join(picked)


def _forms(versions: Sequence[Questionnaire], reveal_version: bool) -> dict[str, ResponseForm]:
    """Return the form of each version (its hash in hex), or one form for all of them, which reveals none.

    In the one for all, each question has the groups of the first version that asks it. Codings are option ids alone,
    because code systems and words belong to a version.
    """
    resources = {version.version: questionnaire_resource(version, None, is_served=False) for version in versions}
    if reveal_version:
        return {version: _form([one], f"{one['url']}|{one['version']}") for version, one in resources.items()}
    return dict.fromkeys(resources, _form([*resources.values()]))


def _nested(nesting: Nesting, answered: Mapping[str, str]) -> str:
    """Join the items of answered questions (linkId -> JSON), each in its groups. Groups without any are left out."""
    items = []
    for name, inside in nesting.items():
        if name in answered:
            items.append(answered[name])
        elif inside and (text := _nested(inside, answered)):
            items.append(f'{{"linkId":{json.dumps(name)},"item":[{text}]}}')
    return ",".join(items)


def _form(resources: Sequence[dict[str, Any]], canonical: str = "") -> ResponseForm:
    groups: dict[str, tuple[str, ...]] = {}
    codings: dict[str, dict[str, dict[str, Any]]] = {}
    elements = ("system", "code", "display") if canonical else ("code",)
    for resource in resources:
        for item, around in _questions(resource, ()):
            groups.setdefault(item["linkId"], around)
            offered = codings.setdefault(item["linkId"], {})
            for option in item["answerOption"]:
                coding = option["valueCoding"]
                offered[coding["code"]] = {element: coding[element] for element in elements}
    return ResponseForm(canonical, _nesting(groups), codings)


def _questions(within: dict[str, Any], around: tuple[str, ...]) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
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


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
