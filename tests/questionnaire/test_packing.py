"""Packed answers round-trip, and hold nothing else."""

from __future__ import annotations

import random

import pytest

from screening.authoring.loader import Collection
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import (
    PACKING_DIGITS,
    NotPacked,
    digits_needed,
    option_bits,
    option_digits,
    pack,
    unpack,
)


@pytest.fixture
def questionnaire(collection: Collection) -> Questionnaire:
    return collection.questionnaires[0]


def answered(questionnaire: Questionnaire, dice: random.Random) -> Journey:
    """Generate a finished journey with any choices."""
    answers: dict[str, tuple[str, ...]] = {}
    for question in questionnaire.questions:
        several = dice.sample(question.options, dice.randint(0, len(question.options) if question.many else 1))
        answers[question.id] = tuple(option.id for option in question.options if option in several)
    return Journey(questionnaire, answers)


def test_what_was_chosen_comes_back_and_the_path_with_it(questionnaire: Questionnaire) -> None:
    dice = random.Random(5)
    for _ in range(300):
        journey = answered(questionnaire, dice)
        again = Journey(questionnaire, unpack(questionnaire, pack(journey)))
        assert again.path == journey.path
        assert again.answers == journey.answers


def test_skipped_not_asked_and_nothing_chosen_are_the_same(questionnaire: Questionnaire) -> None:
    first = questionnaire.questions[0]
    nothing = Journey(questionnaire, {})
    skipped = Journey(questionnaire, {question.id: () for question in questionnaire.questions})
    assert pack(nothing) == pack(skipped) == "0" * sum(map(digits_needed, questionnaire.questions))
    assert pack(Journey(questionnaire, {first.id: (first.options[0].id,)})) == "1" + pack(nothing)[1:]


def test_every_record_of_a_version_has_the_same_length(questionnaire: Questionnaire) -> None:
    dice = random.Random(6)
    assert len({len(pack(answered(questionnaire, dice))) for _ in range(50)}) == 1


def test_an_option_that_this_version_does_not_have_is_refused(questionnaire: Questionnaire) -> None:
    nothing = pack(Journey(questionnaire, {}))
    beyond = 1 << len(questionnaire.questions[0].options)
    with pytest.raises(NotPacked):
        unpack(questionnaire, PACKING_DIGITS[beyond] + nothing[1:])


def test_an_answer_off_the_path_is_not_in_it(questionnaire: Questionnaire) -> None:
    dropped = next(question for question in questionnaire.questions if question.ask_if.needs)
    off_path = {dropped.id: (dropped.options[0].id,)}
    assert pack(Journey(questionnaire, off_path)) == pack(Journey(questionnaire, {}))


@pytest.mark.parametrize(
    "spoiled", [str.lower, lambda text: text[:-1], lambda text: text + "0", lambda _: "Z" * 20, lambda _: ""]
)
def test_what_this_version_did_not_pack_is_refused(questionnaire: Questionnaire, spoiled: object) -> None:
    assert callable(spoiled)
    everything = {question.id: tuple(option.id for option in question.options) for question in questionnaire.questions}
    packed = pack(Journey(questionnaire, everything))
    assert packed != packed.lower()
    with pytest.raises(NotPacked):
        unpack(questionnaire, spoiled(packed))


def test_columns_tell_of_each_option_who_chose_it(questionnaire: Questionnaire) -> None:
    dice = random.Random(8)
    journeys = [answered(questionnaire, dice) for _ in range(50)]
    options = [(question.id, option.id) for question in questionnaire.questions for option in question.options]
    found = dict(zip(options, option_bits(questionnaire, [pack(one) for one in journeys]), strict=True))
    for (question, option), bits in found.items():
        chose = ["1" if option in one.answers.get(question, ()) else "0" for one in journeys]
        assert f"{bits:050b}" == "".join(chose)


def test_columns_of_nobody_are_empty(questionnaire: Questionnaire) -> None:
    assert set(option_bits(questionnaire, [])) == {0}


@pytest.mark.parametrize("wrong", ["0", "*" * 18])
def test_columns_refuse_what_is_not_of_this_version(questionnaire: Questionnaire, wrong: str) -> None:
    with pytest.raises(NotPacked):
        list(option_bits(questionnaire, [pack(Journey(questionnaire, {})), wrong]))


def test_one_digit_says_whether_an_option_was_chosen(questionnaire: Questionnaire) -> None:
    dice = random.Random(7)
    packed = [pack(answered(questionnaire, dice)) for _ in range(60)]
    for question in questionnaire.questions:
        for option in question.options:
            told = option_digits(questionnaire, question.id, option.id)
            assert told
            place, digits = told
            assert [text[place] in digits for text in packed] == [
                option.id in unpack(questionnaire, text)[question.id] for text in packed
            ]


def test_of_an_option_that_this_version_does_not_have_no_digit_tells(questionnaire: Questionnaire) -> None:
    first, second, *_ = questionnaire.questions
    assert option_digits(questionnaire, first.id, second.options[0].id) is None
    assert option_digits(questionnaire, "nowhere", first.options[0].id) is None
