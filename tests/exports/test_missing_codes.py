"""Missing codes of the analysis kit: exact in a weekly file, and in a year-only file computable from the row alone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring.builder import rebuild_questionnaire
from screening.exports.analysis_kit import AnalysisKit
from screening.exports.formats import Level
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.packing import pack
from tests.exports.test_formats import ABOUT, anything, picked
from tests.support.code_rules import Picks, allows, cell, year_only_cell
from tests.support.made_questionnaires import made, question, questionnaires

FIRST = made(
    [
        question("who", {"myself": {}, "other": {}}, kind="one"),
        question("what", {"bread": {}, "cheese": {}}, {"who": ["myself"]}),
        question("when", {"now": {}, "later": {}}, {"what": ["bread"]}),
        question("where", {"here": {}, "there": {}}),
    ]
)
SECOND = made(
    [
        question("who", {"myself": {}, "other": {}}, kind="one"),
        question("what", {"bread": {}, "apples": {}}, {"who": ["myself", "other"]}),
        question("where", {"here": {}, "there": {}, "nowhere": {"alone": "true"}}),
    ]
)
BOTH = [SECOND, FIRST]


@st.composite
def several_versions(draw: st.DrawFn) -> list[Questionnaire]:
    """Generate versions that share ids, and one that differs from the first in its conditions alone."""
    versions = draw(st.lists(questionnaires(), min_size=1, max_size=3))
    files: Any = versions[0].files()
    for section in files["questionnaire"]["sections"]:
        for item in section["items"]:
            item.pop("ask_if", None)
    return [*{one.version: one for one in [*versions, rebuild_questionnaire(json.dumps(files))]}.values()]


def rows(versions: list[Questionnaire], level: Level, records: list[tuple[Questionnaire, str]]) -> list[dict[str, str]]:
    """Return the cells of these records, each under `question.option`."""
    kit = AnalysisKit(versions, level, len(records))
    ids = [(asked.id, option) for asked in kit.asked for option in asked.options]
    names = [*level.fields, *(f"{name}.{option}" for name, option in ids)]
    lines = [kit.format_row(1, ABOUT[level][0], version.version, packed).rstrip() for version, packed in records]
    return [dict(zip(names, line, strict=True)) for line in csv.reader(lines)]


def row(level: Level, version: Questionnaire, **answers: tuple[str, ...]) -> dict[str, str]:
    (only,) = rows(BOTH, level, [(version, pack(Journey(version, answers)))])
    return {name: value for name, value in only.items() if name not in level.fields}


@pytest.mark.parametrize("level", Level)
@settings(deadline=None)
@given(data=st.data())
def test_codes_are_those_of_the_version_or_of_every_version_that_allows_the_row(
    level: Level, data: st.DataObject
) -> None:
    versions = data.draw(several_versions())
    chance = Random(data.draw(st.integers(0, 10**6)))
    records = [(version, anything(version, chance)) for version in chance.choices(versions, k=8)]
    for (version, packed), told in zip(records, rows(versions, level, records), strict=True):
        cells = {tuple(name.split(".")): value for name, value in told.items() if name not in level.fields}
        # Of the row, only what was picked is used.
        picks: Picks = frozenset((name, option) for (name, option), value in cells.items() if value == "1")
        assert picks == picked(version, packed)
        for (name, option), value in cells.items():
            exact, known = cell(version, picks, name, option), year_only_cell(versions, picks, name, option)
            assert value == (exact if level is Level.WEEKLY else known)


@settings(deadline=None)
@given(data=st.data())
def test_another_version_that_allows_the_same_answers_changes_no_byte(data: st.DataObject) -> None:
    versions = data.draw(several_versions())
    chance = Random(data.draw(st.integers(0, 10**6)))
    kit = AnalysisKit(versions, Level.YEAR_ONLY, 1)
    for version in versions:
        packed = anything(version, chance)
        answers = {name: tuple(one for it, one in picked(version, packed) if it == name) for name in version.by_id}
        line = kit.format_row(1, (2026,), version.version, packed)
        for other in versions:
            if allows(other, picked(version, packed)):
                assert kit.format_row(1, (2026,), other.version, pack(Journey(other, answers))) == line


def test_the_swap_is_tried_with_versions_that_differ() -> None:
    chance = Random(1)
    swaps = Counter(
        allows(other, picked(version, anything(version, chance)))
        for version, other in (BOTH, BOTH[::-1])
        for _ in range(50)
    )
    assert min(swaps[True], swaps[False]) > 10


def test_where_the_version_is_told_codes_are_exact() -> None:
    assert row(Level.WEEKLY, FIRST, who=("myself",), where=("here",)) == {
        "who.myself": "1",
        "who.other": "0",
        "what.bread": "-9",
        "what.apples": "-8",
        "what.cheese": "-9",
        "where.here": "1",
        "where.there": "0",
        "where.nowhere": "-8",
        "when.now": "-8",
        "when.later": "-8",
    }


def test_where_versions_disagree_a_cell_does_not_tell_the_version() -> None:
    answers: Answers = {"who": ("other",), "where": ("here",)}
    told = row(Level.YEAR_ONLY, FIRST, **answers)
    assert told == row(Level.YEAR_ONLY, SECOND, **answers)
    assert told == {
        "who.myself": "0",
        "who.other": "1",
        "what.bread": "-7",
        "what.apples": "-7",
        "what.cheese": "-8",
        "where.here": "1",
        "where.there": "0",
        "where.nowhere": "-7",
        "when.now": "-8",
        "when.later": "-8",
    }


def test_a_pick_that_one_version_allows_makes_codes_exact() -> None:
    told = row(Level.YEAR_ONLY, FIRST, who=("myself",), what=("cheese",))
    assert told == row(Level.WEEKLY, FIRST, who=("myself",), what=("cheese",))
    assert told["where.nowhere"] == "-8"


def test_a_row_that_no_version_allows_has_its_picks_and_no_code() -> None:
    """Something other than the site wrote it: the question that it answers was not asked."""
    # In FIRST, digits stand for who, what, when and where.
    (told,) = rows(BOTH, Level.YEAR_ONLY, [(FIRST, "0010")])
    assert [name for name, value in told.items() if value == "1"] == ["when.now"]
    assert Counter(told.values()) == {"-7": 9, "1": 1, "2026": 1}
