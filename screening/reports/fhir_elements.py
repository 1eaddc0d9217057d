"""Builders of FHIR R4 elements that several modules share: extensions, item controls, codings and URNs."""

from __future__ import annotations

from typing import Any, TypeAlias
from uuid import UUID, uuid5

Element: TypeAlias = dict[str, Any]

EXTENSIONS = "http://hl7.org/fhir/StructureDefinition"
CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
# Drawn at random once, then fixed, so that the same question files always give the same URNs.
NAMESPACE = UUID("61da31f0-e8fe-4472-9252-24bf00001514")


def urn(name: str) -> str:
    """Return the URN of a name: a version 5 UUID, so the same name always has the same URN."""
    return f"urn:uuid:{uuid5(NAMESPACE, name)}"


def option_coding(version: str, question: str, option: str) -> Element:
    """Return system and code of an option; `version`: the questionnaire's hash, the others: ids.

    Each question of each version has its own code system: elsewhere the same id means an answer to other words.
    """
    return {"system": urn(f"{version} {question}"), "code": option}


def display_item(link_id: str, text: str) -> Element:
    """Return an item that shows a text and asks nothing."""
    return {"linkId": link_id, "text": text, "type": "display"}


def group_item(link_id: str, title: str, items: list[Element]) -> Element:
    """Return items under a title."""
    return {"linkId": link_id, "text": title, "type": "group", "item": items}


def item_control(code: str) -> Element:
    """Return the `itemControl` extension, which suggests a control to programs."""
    concept = {"coding": [{"system": CONTROLS, "code": code}]}
    return {"url": f"{EXTENSIONS}/questionnaire-itemControl", "valueCodeableConcept": concept}
