"""How long the summaries of 2,000 random people are, in words and cards, for `questions check --proof`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from screening.authoring import summary_words
from screening.commands.demo import simulate_journey
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.summary import summarize

SAMPLE_SIZE = 2_000
# Fixed, so that figures differ only where the questions do.
SEED = 2_000


class Spread(NamedTuple):
    """The median, the 90th percentile and the maximum of some figures."""

    median: int
    nine_in_ten: int
    most: int

    def __str__(self) -> str:
        return f"{self.median:,}, {self.nine_in_ten:,} and {self.most:,}"


class Sample(NamedTuple):
    """Words and cards in the summaries of a group. `who` is the group's answer to the first question, or "" for all."""

    who: str
    number: int
    words: Spread
    cards: Spread


def samples(questionnaire: Questionnaire, country: str) -> Iterator[Sample]:
    """Yield a sample of everyone, then of those who gave the first answer to the first question.

    Words are counted in the questionnaire's language.
    """
    chance = Random(SEED)  # noqa: S311  # the same people each time
    journeys = [simulate_journey(questionnaire, chance) for _ in range(SAMPLE_SIZE)]
    first = questionnaire.questions[0]
    yield _sample("", journeys, country)
    first_answer = [journey for journey in journeys if journey.answers[first.id] == (first.options[0].id,)]
    if first_answer:
        yield _sample(first.options[0].say, first_answer, country)


def _sample(who: str, journeys: Sequence[Journey], country: str) -> Sample:
    summaries = [(journey.questionnaire, summarize(journey, country)) for journey in journeys]
    words = _spread([summary_words.open_words(questionnaire, summary) for questionnaire, summary in summaries])
    return Sample(who, len(journeys), words, _spread([len(summary.cards) for _, summary in summaries]))


def _spread(figures: list[int]) -> Spread:
    figures = sorted(figures)
    ranks = [-(-len(figures) * tenths // 10) - 1 for tenths in (5, 9, 10)]
    return Spread(*(figures[rank] for rank in ranks))
