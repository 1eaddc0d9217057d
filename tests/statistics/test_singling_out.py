"""Who can be singled out, against a count that tries every set of picks and knows no bit sets."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations
from random import Random
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.authoring.loader import Collection
from screening.commands.demo import simulate_journey
from screening.statistics import singling_out
from screening.statistics.singling_out import PickBits, PickedOption, SinglingOut, measure_singling_out, per_hundred

Shared: TypeAlias = tuple[int, int, frozenset[PickedOption]]
"""Period, version, picks."""
POINTS = 0.02


class Tried(NamedTuple):
    """Of all sets of picks: those of one person only, all, and the people with too few."""

    singled_out: int
    cases: int
    too_few: int


def tried(shared: Sequence[Shared], known: int) -> Tried:
    having = Counter[object]()
    for period, _, picks in shared:
        having.update((period, one) for one in combinations(sorted(picks), known))
    alone = sum(times == 1 for times in having.values())
    return Tried(alone, having.total(), sum(len(picks) < known for *_, picks in shared))


def alone(shared: Sequence[Shared]) -> int:
    return sum(times == 1 for times in Counter((period, picks) for period, _, picks in shared).values())


def measured(shared: Sequence[Shared], seed: int = 0) -> SinglingOut:
    """Measure submissions that are kept as bit sets of a period and version, as tallies are."""
    kept: dict[int, dict[int, list[frozenset[PickedOption]]]] = defaultdict(lambda: defaultdict(list))
    for period, version, picks in shared:
        kept[period][version].append(picks)
    periods = []
    for versions in kept.values():
        blocks = []
        for several in versions.values():
            chosen: dict[PickedOption, int] = defaultdict(int)
            for place, picks in enumerate(several):
                for pick in picks:
                    chosen[pick] |= 1 << place
            blocks.append(PickBits(len(several), chosen))
        periods.append(blocks)
    return measure_singling_out(periods, Random(seed))


def is_exact(shared: Sequence[Shared]) -> bool:
    found = measured(shared)
    of_known = [Tried(one.singled_out, one.cases, one.too_few) for one in found.by_known]
    return (
        (found.number, found.compared, found.alone) == (len(shared), len(shared), alone(shared))
        and [one.known for one in found.by_known] == [3, 4]
        and of_known == [tried(shared, 3), tried(shared, 4)]
        and not any(one.is_sampled for one in found.by_known)
    )


PICKS = st.tuples(st.sampled_from(["what", "when"]), st.sampled_from("abcd"))


@settings(max_examples=settings().max_examples * 2)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.frozensets(PICKS)), max_size=30))
def test_every_case_of_few_people_is_counted(shared: list[Shared]) -> None:
    assert is_exact(shared)


@pytest.mark.parametrize("number", [100, 500])
def test_every_case_of_up_to_500_people_is_counted(collection: Collection, number: int) -> None:
    chance, shared = Random(number), []
    for _ in range(number):
        answers = simulate_journey(collection.questionnaires[0], chance).answers
        picks = frozenset((question, option) for question, options in answers.items() for option in options)
        # Two years, and three versions of the questions.
        shared.append((chance.randrange(2), chance.randrange(3), picks))
    assert is_exact(shared)
    assert 0 < tried(shared, 3).singled_out < tried(shared, 3).cases


def like_people(number: int, options: int, most: int, seed: int) -> list[Shared]:
    """Make up people who pick up to `most` of `options`, the first ones more often, in two periods and two versions."""
    chance = Random(seed)
    weights = [1 / (place + 4) for place in range(options)]
    return [
        (
            chance.randrange(2),
            chance.randrange(2),
            frozenset(
                ("what", f"{option}") for option in chance.choices(range(options), weights, k=chance.randint(0, most))
            ),
        )
        for _ in range(number)
    ]


def is_close(found: SinglingOut, shared: Sequence[Shared], *of_all: Tried) -> bool:
    return abs(found.alone / found.compared - alone(shared) / len(shared)) < POINTS and all(
        abs(one.singled_out / one.cases - all_.singled_out / all_.cases) < POINTS and one.too_few == all_.too_few
        for one, all_ in zip(found.by_known, of_all, strict=True)
    )


@pytest.mark.parametrize(("number", "options"), [(2_000, 20), (12_000, 40)])
def test_a_sample_is_within_two_points_of_all_cases(number: int, options: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Bit sets are split, as those of very many people are.
    monkeypatch.setattr(singling_out, "LONGEST_SET", 999)
    shared = like_people(number, options, 9, seed=number)
    of_three, of_four = tried(shared, 3), tried(shared, 4)
    assert of_four.singled_out / of_four.cases > 0.05, "two points would be too many"
    for seed in range(4):
        found = measured(shared, seed)
        assert is_close(found, shared, of_three, of_four)
        assert found.number == number
        assert all(one.is_sampled and one.cases == 10_000 for one in found.by_known)
        # Whether a submission is alone is looked up for 10,000 of them.
        assert found.compared == min(number, 10_000)


def test_few_people_with_very_many_picks_are_sampled_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = like_people(400, 30, 12, seed=5)
    assert is_exact(shared)
    of_three, of_four = tried(shared, 3), tried(shared, 4)
    monkeypatch.setattr(singling_out, "MAX_TRIED", of_three.cases)
    found = measured(shared)
    assert [one.is_sampled for one in found.by_known] == [False, True]
    assert is_close(found, shared, of_three, of_four)


def test_who_shares_picks_in_another_group_is_no_company() -> None:
    picks = frozenset(("what", one) for one in "abcd")
    apart, together = measured([(1, 0, picks), (2, 0, picks)]), measured([(1, 0, picks), (1, 1, picks)])
    assert (apart.alone, [one.singled_out for one in apart.by_known]) == (2, [8, 2])
    assert (together.alone, [one.singled_out for one in together.by_known]) == (0, [0, 0])


def test_who_picked_more_is_company_for_known_picks_and_not_for_the_whole_answer_set() -> None:
    fewer = frozenset(("what", one) for one in "abc")
    found = measured([(1, 0, fewer), (1, 0, fewer | {("what", "d")})])
    assert found.alone == 2
    # Of the four sets of three picks of the second person, the first person has one.
    assert [(one.singled_out, one.cases, one.too_few) for one in found.by_known] == [(3, 5, 0), (1, 1, 1)]


@pytest.mark.parametrize("number", [0, 1, 2_500])
def test_people_who_picked_nothing_are_in_no_case(number: int) -> None:
    found = measured([(1, 0, frozenset())] * number)
    assert (found.number, found.alone) == (number, 1 if number == 1 else 0)
    assert [(one.cases, one.too_few) for one in found.by_known] == [(0, number)] * 2


@pytest.mark.parametrize(
    ("part", "whole", "is_sampled", "words"),
    [
        (352, 373, False, "94"),
        (0, 373, False, "0"),
        (0, 373, True, "under 1"),
        (1, 373, False, "under 1"),
        (372, 373, False, "over 99"),
        (373, 373, False, "100"),
        (373, 373, True, "over 99"),
        (0, 0, False, "0"),
    ],
)
def test_only_a_count_of_everything_is_none_or_all(part: int, whole: int, is_sampled: bool, words: str) -> None:
    assert per_hundred(part, whole, is_sampled) == words
