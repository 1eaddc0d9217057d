"""What rounded figures reveal, and what is left out so that no small count can be derived (small-cell suppression)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.questionnaire.model import Questionnaire
from screening.statistics.disclosure import (
    Bounds,
    cells_of,
    is_disclosive,
    possible_counts,
    shown_cells,
    suppress_disclosive,
)
from screening.storage.published_figures import PublishedCell
from tests.support.figure_samples import small
from tests.support.made_questionnaires import made, question

QUESTIONNAIRE = small()


def cells(**told: tuple[PublishedCell, ...]) -> dict[str, dict[str, PublishedCell]]:
    """Return cells of the small questionnaire, by question, in the order of its options."""
    return {
        name: {option.id: cell for option, cell in zip(QUESTIONNAIRE.by_id[name].options, several, strict=True)}
        for name, several in told.items()
    }


@pytest.mark.parametrize(
    ("number", "cell"),
    [(0, None), (10, None), (11, 10), (14, 10), (15, 20), (24, 20), (25, 30), (104, 100), (105, 110)],
)
def test_a_count_is_rounded_once_and_not_told_below_11(number: int, cell: PublishedCell) -> None:
    assert shown_cells(number) == cell
    assert possible_counts(cell, 0).low <= number <= possible_counts(cell, 0).high


@pytest.mark.parametrize("cell", [None, 10, 20, 30, 1000])
def test_what_stands_behind_a_cell_is_all_that_is_rounded_to_it(cell: PublishedCell) -> None:
    fitting = [number for number in range(1200) if shown_cells(number) == cell]
    assert (possible_counts(cell, 0).low, possible_counts(cell, 0).high) == (fitting[0], fitting[-1])
    assert (possible_counts(cell).low, possible_counts(cell).high) == (max(0, fitting[0] - 11), fitting[-1] + 11)


def test_plain_figures_are_all_shown() -> None:
    told = cells(who=(40, None, 20), what=(30, 40, None), more=(20, None))
    assert suppress_disclosive(QUESTIONNAIRE, 80, told, 0) == told


def test_a_question_with_one_choice_is_left_out_where_the_rest_leaves_hardly_anybody() -> None:
    # At most 24 shared, at least 15 of them for themselves: the other two options together have at most 9.
    told = cells(who=(20, None, None))
    assert is_disclosive(QUESTIONNAIRE, 20, told, 0)
    assert suppress_disclosive(QUESTIONNAIRE, 20, told, 0)["who"] is None
    assert not is_disclosive(QUESTIONNAIRE, 30, told, 0)


def test_of_several_choices_none_bounds_another_but_the_one_that_stands_alone() -> None:
    assert not is_disclosive(QUESTIONNAIRE, 30, cells(what=(20, None, None)), 0)
    assert is_disclosive(QUESTIONNAIRE, 30, cells(what=(20, 30, None)), 0)
    assert not is_disclosive(QUESTIONNAIRE, 40, cells(what=(20, 30, None)), 0)


def test_a_question_tells_of_the_one_that_opens_it() -> None:
    # 45 or more answered what only those for themselves are asked, of 54 at most: at most 9 are left for others.
    told = cells(more=(50, None))
    assert is_disclosive(QUESTIONNAIRE, 50, told, 0)
    assert not is_disclosive(QUESTIONNAIRE, 60, told, 0)
    left = suppress_disclosive(QUESTIONNAIRE, 50, cells(who=(50, None, None), what=(30, 20, None), more=(50, None)), 0)
    assert [name for name, several in left.items() if several] == ["what"]


def test_that_a_hidden_choice_was_picked_at_all_is_not_told_and_the_later_question_goes() -> None:
    two = made(
        [
            question("way", {"north": {}, "south": {}, "west": {}}),
            question("then", {"far": {}, "near": {}}, {"way": ["north", "south"]}),
        ]
    )
    # 25 or more went far, and at most 24 of them north: at least one went south.
    told: dict[str, dict[str, PublishedCell]] = {
        "way": {"north": 20, "south": None, "west": 60},
        "then": {"far": 30, "near": None},
    }
    assert is_disclosive(two, 100, told, 0)
    assert suppress_disclosive(two, 100, told, 0) == told | {"then": None}


def test_whoever_picked_what_excludes_every_opener_was_not_asked() -> None:
    chain = made(
        [
            question("tried", {"pills": {}, "talks": {}, "nothing": {"alone": "true"}}),
            question("tell", {"helped": {}, "hard": {}}, {"tried": ["pills", "talks"]}, kind="one"),
        ]
    )
    # At most 104 answered, 85 or more of them that they tried nothing: 19 are left, 11 or more of whom it helped.
    told: dict[str, dict[str, PublishedCell]] = {
        "tried": {"pills": 20, "talks": 20, "nothing": 90},
        "tell": {"helped": 10, "hard": None},
    }
    assert is_disclosive(chain, 100, told, 0)
    assert suppress_disclosive(chain, 100, told, 0) == told | {"tell": None}


def test_what_opens_a_question_counts_only_where_the_questions_before_let_it() -> None:
    two_ways = made(
        [
            question("way", {"north": {}, "south": {}, "west": {}}, kind="one"),
            question("by", {"car": {}, "foot": {}}, {"way": ["south", "west"]}),
            question("then", {"far": {}, "near": {}}, {"way": ["north", "south"], "by": ["car", "foot"]}, kind="one"),
        ]
    )
    # People who came by anything did not go north, so only the south leads on: 24 at most, 15 or more of whom went far.
    told: dict[str, dict[str, PublishedCell]] = {
        "way": {"north": 100, "south": 20, "west": 100},
        "by": {"car": 90, "foot": 90},
        "then": {"far": 20, "near": None},
    }
    assert is_disclosive(two_ways, 220, told, 0)
    assert suppress_disclosive(two_ways, 220, told, 0) == told | {"then": None}


def test_what_was_drawn_leaves_more_open() -> None:
    told = cells(who=(20, None, None))
    assert is_disclosive(QUESTIONNAIRE, 20, told, 0)
    assert not is_disclosive(QUESTIONNAIRE, 20, told)
    assert suppress_disclosive(QUESTIONNAIRE, 20, cells(who=(50, None, None)))["who"] is None


def test_figures_that_chance_moved_apart_are_not_told_together() -> None:
    assert is_disclosive(QUESTIONNAIRE, 20, cells(who=(70, None, None)))
    told = cells(who=(70, 30, 20), what=(20, None, None), more=(10, None))
    assert suppress_disclosive(QUESTIONNAIRE, 20, told) == told | {"who": None}


@st.composite
def counted(draw: st.DrawFn) -> tuple[Questionnaire, int, list[int], Counter[str]]:
    """Count picks among random people who answered the small questionnaire along its paths."""
    number, counts, answered = 0, Counter[str](), Counter[str]()
    for _ in range(draw(st.integers(1, 5))):
        people = draw(st.integers(1, 40))
        who = draw(st.sampled_from(["", "myself", "someone", "other"]))
        what = draw(st.sampled_from([(), ("bread",), ("bread", "cheese"), ("none",)]))
        more = draw(st.sampled_from([(), ("apples",), ("apples", "pears")])) if who == "myself" else ()
        number += people
        counts.update(dict.fromkeys([who, *what, *more], people))
        answered.update({name: people for name, given_ in (("who", who), ("what", what), ("more", more)) if given_})
    options = [option.id for question in QUESTIONNAIRE.questions for option in question.options]
    return QUESTIONNAIRE, number, [counts[option] for option in options], answered


@settings(max_examples=2 * settings().max_examples)
@given(counted())
def test_what_is_worked_out_is_never_wrong(found: tuple[Questionnaire, int, list[int], Counter[str]]) -> None:
    questionnaire, number, counts, answered = found
    bounds = Bounds(questionnaire, shown_cells(number) or 0, cells_of(questionnaire, counts), 0)
    if number >= 11:
        assert bounds.propagate()
        assert bounds.everyone.low <= number <= bounds.everyone.high
        for one, count in zip(bounds.chosen.values(), counts, strict=True):
            assert one.low <= count <= one.high
        for name, one in bounds.answered.items():
            assert one.low <= answered[name] <= one.high


@settings(max_examples=2 * settings().max_examples)
@given(counted())
def test_what_is_left_never_is_disclosive(found: tuple[Questionnaire, int, list[int], Counter[str]]) -> None:
    questionnaire, number, counts, _ = found
    if (submissions := shown_cells(number)) is not None:
        kept = suppress_disclosive(questionnaire, submissions, cells_of(questionnaire, counts), 0)
        assert not is_disclosive(questionnaire, submissions, kept, 0)
