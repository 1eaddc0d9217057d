"""From start to summary by keyboard, knowing only Chromium's accessibility tree.

Everything is found by its role and name in the tree. How a screen reader speaks it is not tested.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any

from playwright.sync_api import expect

from screening.authoring.loader import Collection
from screening.questionnaire.model import Questionnaire
from tests.browser.patient import SKIP, Patient

Node = dict[str, Any]


class Ear:
    """The accessibility tree of a patient's current page, in reading order."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self.devtools = patient.context.new_cdp_session(patient.page)

    @cached_property
    def nodes(self) -> list[Node]:
        """Return all nodes, from top to bottom."""
        tree = self.devtools.send("Accessibility.getFullAXTree")["nodes"]
        by_id = {node["nodeId"]: node for node in tree}

        def in_order(node: Node) -> Iterator[Node]:
            if not node["ignored"]:
                yield node
            for child in node.get("childIds", ()):
                if child in by_id:
                    yield from in_order(by_id[child])

        return list(in_order(tree[0]))

    def all(self, *roles: str) -> list[Node]:
        return [node for node in self.nodes if node["role"]["value"] in roles]

    def names(self, *roles: str) -> list[str]:
        return [name(node) for node in self.all(*roles)]

    def one(self, role: str, called: str) -> Node:
        found = [node for node in self.all(role) if name(node) == called]
        # Links with the same name lead to the same place.
        assert len(found) == 1 or (role == "link" and len({value(node, "url") for node in found}) == 1), called
        return found[0]

    @property
    def chosen(self) -> list[str]:
        return [name(node) for node in self.all("radio", "checkbox") if value(node, "checked") == "true"]

    def go_to(self, role: str, called: str) -> Ear:
        """Move the focus there, as a screen reader does."""
        self.devtools.send("DOM.focus", {"backendNodeId": self.one(role, called)["backendDOMNodeId"]})
        return self

    def press(self, key: str) -> Ear:
        self.patient.page.keyboard.press(key)
        # The tree may have changed.
        self.__dict__.pop("nodes", None)
        return self

    def enter(self, role: str, called: str) -> Ear:
        """Press Enter there, and read the next page."""
        self.go_to(role, called)
        with self.patient.page.expect_navigation():
            self.press("Enter")
        return self.hears_a_whole_page()

    def hears_a_whole_page(self) -> Ear:
        """Fail unless the page has one main heading, and landmarks that are unique or named."""
        levels = [value(node, "level") for node in self.all("heading")]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels)), levels
        for landmark in ("banner", "main", "contentinfo"):
            assert len(self.all(landmark)) == 1, landmark
        named = self.names("navigation", "region")
        assert all(named), named
        assert len(named) == len(set(named))
        return self


def name(node: Node) -> str:
    return str(node["name"]["value"])


def value(node: Node, called: str) -> Any:
    """Return a property of a node, or None."""
    return next((one["value"]["value"] for one in node.get("properties", ()) if one["name"] == called), None)


def test_a_walk_by_ear_leads_to_the_summary_and_its_referral(patient: Patient, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    ear = Ear(patient.open("/")).hears_a_whole_page().enter("button", "Start")
    while not patient.path.endswith("/check"):
        if patient.path.endswith("/pause"):
            ear.enter("link", "Keep going")
        else:
            answer_by_ear(ear, questionnaire)

    ear.enter("link", "See your summary")
    ear.enter("button", "Skip")
    texts, referral = ear.names("StaticText"), questionnaire.referral
    start, end = texts.index("Your summary") + 1, texts.index("Start page")
    assert tuple(texts[start : start + len(referral.opens)]) == referral.opens
    assert tuple(texts[end - len(referral.closes) : end]) == referral.closes


def answer_by_ear(ear: Ear, questionnaire: Questionnaire) -> None:
    """Read the position, question and choices; then pick the first choice."""
    asked = next(one for one in questionnaire.questions if one.ask == ear.names("heading")[0])
    role, first = "checkbox" if asked.many else "radio", asked.options[0].say
    title = re.escape(questionnaire.section_of[asked.section].title)
    assert re.search(rf"Section \d( of \d)? · {title}", " ".join(ear.names("StaticText")))
    assert ear.names("group")[0] == asked.ask
    assert ear.names(role) == [option.say for option in asked.options]
    assert ear.chosen == []
    ear.go_to(role, first).press("Space")
    assert ear.chosen == [first]
    ear.enter("button", "Continue")


def test_a_mistake_is_told_at_once_and_leads_to_the_choices(patient: Patient) -> None:
    ear = Ear(patient.open("/")).enter("button", "Start").enter("button", "Continue")
    # The browser moves the focus with the page's first frame, possibly after the load event.
    expect(patient.page.get_by_role("alert")).to_be_focused()
    assert value(ear.one("alert", "Please look at this again"), "focused")
    error = "Choose an answer, or press Skip."
    assert error in ear.one("group", "Who are you asking for?")["description"]["value"]
    ear.go_to("link", error).press("Enter")
    assert value(ear.one("radio", "Myself"), "focused")
    assert ear.press("Space").chosen == ["Myself"]
    ear.enter("button", SKIP)
    assert (ear.names("heading")[0], ear.chosen) == ("What would you like to read about?", [])
