"""From rounded counts without noise, a solver finds no small count that our bounds miss.

With noise each cell reveals still less. Longer run: `CELLS=20000 .venv/bin/pytest tests/promises/test_adversary.py`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import TypeAlias

import pytest

from screening.authoring.loader import Collection
from screening.commands.demo import simulate_journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.statistics.disclosure import suppress_disclosive
from tests.promises.adversary import Adversary, Interval, Place, is_asked, kinds_of
from tests.support.made_questionnaires import TOPICS, Item, made, question

CELLS = int(os.environ.get("CELLS", "1000"))
# Generated questionnaires have fewer options, and need more people for as many cells.
CELLS_MADE_UP = CELLS // 5

People: TypeAlias = list[Answers]
Drawn: TypeAlias = Callable[[People, Sequence[Place], Random], People]


def walks(questionnaire: Questionnaire, chance: Random, number: int) -> People:
    """A pool of people to draw from, since walking anew for each would take most of the time."""
    return [simulate_journey(questionnaire, chance).answers for _ in range(number)]


def anybody(pool: People, _opening: Sequence[Place], chance: Random) -> People:
    return chance.choices(pool, k=chance.randint(15, 300))


def copies(pool: People, _opening: Sequence[Place], chance: Random) -> People:
    """Four in five answered the same."""
    number = chance.randint(15, 300)
    return chance.choices(pool, k=number // 5) + [chance.choice(pool)] * (number - number // 5)


def one_branch_alike(pool: People, opening: Sequence[Place], chance: Random) -> People:
    """A few were asked a question that the others were not, and answered everything the same."""
    needed, option = chance.choice(opening)
    there = [one for one in pool if option in one.get(needed, ())]
    elsewhere = [one for one in pool if option not in one.get(needed, ())] or there
    few = [chance.choice(there)] * chance.randint(3, 60) if there else []
    return chance.choices(elsewhere, k=chance.randint(15, 300)) + few


def opening(questionnaire: Questionnaire) -> list[Place]:
    """Generate what can open a question."""
    needs = [need for one in questionnaire.questions for need in one.ask_if.needs]
    return sorted({(needed, option) for needed, wanted in needs for option in wanted})


def made_up(chance: Random) -> Questionnaire:
    """Generate up to five questions, each of which somebody is asked."""
    while True:
        items: list[Item] = []
        before: dict[str, tuple[str, ...]] = {}
        for number in range(chance.randint(2, 5)):
            kind = chance.choice(["one", "any", "any"])
            options: dict[str, Item] = {}
            for name in "abcde"[: chance.randint(2, 5)]:
                is_alone = kind == "any" and chance.random() < 0.25
                options[name] = {"topics": [chance.choice(TOPICS)]} | ({"alone": "true"} if is_alone else {})
            ask_if = {
                earlier: chance.sample([*known], chance.randint(1, len(known)))
                for earlier, known in before.items()
                if chance.random() < 0.4
            }
            before[f"question-{number}"] = tuple(options)
            items.append(question(f"question-{number}", options, ask_if, kind))
        questionnaire = made(items, TOPICS)
        kinds = kinds_of(questionnaire)
        conditional = [one for one in questionnaire.questions if one.ask_if.needs]
        if conditional and len(kinds) < 400 and all(any(is_asked(one, kind) for kind in kinds) for one in conditional):
            return questionnaire


def rounded(number: int) -> int | None:
    return None if number < 11 else (number + 5) // 10 * 10


def interval(cell: int | None) -> Interval:
    return (0, 10) if cell is None else (max(11, cell - 5), cell + 4)


def small_cells(questionnaire: Questionnaire, people: People) -> Iterator[tuple[Place, bool]]:
    """Yield every count of at most 10 in a population, and whether the solver bounds it further."""
    counts = Counter((name, option) for one in people for name, options in one.items() for option in options)
    everyone = rounded(len(people))
    if everyone is None:
        return
    cells = {
        one.id: {option.id: rounded(counts[one.id, option.id]) for option in one.options}
        for one in questionnaire.questions
    }
    told = suppress_disclosive(questionnaire, everyone, cells, 0)
    known = {(name, option): interval(cell) for name, each in told.items() if each for option, cell in each.items()}
    small = {(name, option) for name, each in cells.items() for option in each if counts[name, option] <= 10}
    narrowed = Adversary(questionnaire, interval(everyone), known).narrowed(small)
    yield from ((place, place in narrowed) for place in sorted(small))


of_each_kind = pytest.mark.parametrize("people", [anybody, copies, one_branch_alike])


@of_each_kind
def test_no_small_count_is_known_more_closely_than_from_0_to_10(collection: Collection, people: Drawn) -> None:
    questionnaire, chance = collection.questionnaires[0], Random(14)
    pool, openers = walks(questionnaire, chance, 1500), opening(questionnaire)
    found: list[tuple[Place, bool]] = []
    while len(found) < CELLS:
        found += small_cells(questionnaire, people(pool, openers, chance))
    assert [place for place, is_narrowed in found if is_narrowed] == []


@of_each_kind
def test_nor_with_questions_that_are_made_up(people: Drawn) -> None:
    chance = Random(14)
    found = 0
    while found < CELLS_MADE_UP:
        questionnaire = made_up(chance)
        drawn = people(walks(questionnaire, chance, 100), opening(questionnaire), chance)
        for place, is_narrowed in small_cells(questionnaire, drawn):
            assert not is_narrowed, (place, questionnaire.content)
            found += 1


def test_the_solver_finds_what_adding_and_subtracting_does(collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    # 15 or more of 24 asked for themselves, so at most 9 are others.
    known = {("asking-for", "myself"): interval(20), ("asking-for", "someone"): interval(None)}
    someone, learning = ("asking-for", "someone"), ("asking-for", "learning")
    assert Adversary(questionnaire, interval(20), known).narrowed([someone, learning]) == {someone, learning}
    assert Adversary(questionnaire, interval(30), known).narrowed([someone, learning]) == set()
    # 85 or more of 104 asked for themselves: 19 are left who can care for someone, and 5 or more are not sure.
    known = {("asking-for", "myself"): interval(90), ("as-carer", "not-sure"): interval(10)}
    assert Adversary(questionnaire, interval(100), known).narrowed([("as-carer", "worry")]) == {("as-carer", "worry")}
