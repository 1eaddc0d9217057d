"""How long summaries are, and how many cards they have, for random people: the same ones as in made-up submissions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from screening.authoring import reading_time
from screening.commands.demo import simulate_journey
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import summarize

SAMPLE_SIZE = 2_000
# So that figures differ only where the questions do.
SEED = 2_000


class Spread(NamedTuple):
    """The middle of some figures, what nine in ten do not exceed, and the greatest."""

    median: int
    nine_in_ten: int
    most: int

    def __str__(self) -> str:
        return f"{self.median:,}, {self.nine_in_ten:,} and {self.most:,}"


class Sample(NamedTuple):
    """What the summaries of some people have; `who` is empty for all, else what they answered first."""

    who: str
    number: int
    words: Spread
    cards: Spread


def samples(questionnaire: Questionnaire, country: str) -> Iterator[Sample]:
    """All people, and those who gave the first answer of the first question, in the questionnaire's language."""
    chance = Random(SEED)  # noqa: S311  # the same people each time
    journeys = [simulate_journey(questionnaire, chance) for _ in range(SAMPLE_SIZE)]
    first = questionnaire.questions[0]
    yield _sample("", journeys, country)
    myself = [one for one in journeys if one.answers[first.id] == (first.options[0].id,)]
    if myself:
        yield _sample(first.options[0].say, myself, country)


def _sample(who: str, journeys: Sequence[Journey], country: str) -> Sample:
    made = [(one.questionnaire, summarize(one, country)) for one in journeys]
    words = _spread([reading_time.open_words(questionnaire, summary) for questionnaire, summary in made])
    return Sample(who, len(journeys), words, _spread([len(summary.cards) for _, summary in made]))


def _spread(figures: list[int]) -> Spread:
    figures = sorted(figures)
    at = [-(-len(figures) * tenths // 10) - 1 for tenths in (5, 9, 10)]
    return Spread(*(figures[place] for place in at))
