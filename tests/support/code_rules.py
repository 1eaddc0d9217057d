"""Works out the cells of an analysis kit again, from question files as they are written and from picks alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from screening.questionnaire.model import Questionnaire

Picks = frozenset[tuple[str, str]]
"""Question and option ids."""


def items(version: Questionnaire) -> Iterator[dict[str, Any]]:
    for section in version.files()["questionnaire"]["sections"]:
        yield from (item for item in section["items"] if "pause" not in item)


def asked(version: Questionnaire, picks: Picks) -> dict[str, list[str]]:
    """Return the questions that a person with these picks was asked, each with the options offered."""
    seen: dict[str, list[str]] = {}
    for item in items(version):
        wanted = item.get("ask_if", {})
        if all(any((name, option) in picks and name in seen for option in wanted[name]) for name in wanted):
            seen[item["id"]] = list(item.get("choose_one") or item["choose_any"])
    return seen


def allows(version: Questionnaire, picks: Picks) -> bool:
    """Whether a person who answers this version can end with these picks."""
    seen = asked(version, picks)
    if any(option not in seen.get(name, ()) for name, option in picks):
        return False
    for item in items(version):
        chosen = [option for name, option in picks if name == item["id"]]
        options = item.get("choose_one") or item["choose_any"]
        if len(chosen) > 1 and ("choose_one" in item or any("alone" in options[one] for one in chosen)):
            return False
    return True


def cell(version: Questionnaire, picks: Picks, question: str, option: str) -> str:
    """Return the cell of an option for a person who answered this version."""
    if (question, option) in picks:
        return "1"
    if option not in asked(version, picks).get(question, ()):
        return "-8"
    return "0" if any(name == question for name, _ in picks) else "-9"


def year_only_cell(versions: Sequence[Questionnaire], picks: Picks, question: str, option: str) -> str:
    """Return the cell of an option for a person who answered one of these versions, nobody says which."""
    possible = {cell(version, picks, question, option) for version in versions if allows(version, picks)}
    return possible.pop() if len(possible) == 1 else "-7"
