"""Which words of a summary stand open, which are folded, and how long they take to read.

Prose only: headings, labels and citations are not counted, as in the limits that `checks` proves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from screening.questionnaire.model import Card, Fact, Questionnaire, Topic
from screening.questionnaire.summary import Summary, WorthKnowing

# Of the paragraphs on limits, how many stand open.
OPEN_LIMITS = 2
# Adults read prose at about 240 words a minute, people who are worn out more slowly (Brysbaert, "How many words do we
# read per minute?", Journal of Memory and Language 109, 2019).
WORDS_A_MINUTE = 200


class Minutes(NamedTuple):
    """How long a summary takes: what stands open, and all of it."""

    glance: int
    all: int


def open_words(questionnaire: Questionnaire, summary: Summary) -> int:
    """The words that stand open, but for the support lines, which are the clinic's."""
    return count(_open(questionnaire, summary))


def minutes(questionnaire: Questionnaire, summary: Summary) -> Minutes:
    """How many minutes a summary takes, rounded up."""
    glance = open_words(questionnaire, summary)
    return Minutes(
        *(-(-words // WORDS_A_MINUTE) for words in (glance, glance + count(_folded(questionnaire, summary))))
    )


def count(texts: Iterable[str]) -> int:
    """How many words these texts have."""
    return sum(len(text.split()) for text in texts)


def _open(questionnaire: Questionnaire, summary: Summary) -> Iterator[str]:
    yield from summary.referral.opens
    yield from (taken.say for taken in summary.questions)
    yield from chain.from_iterable(one.said for one in summary.matters)
    if summary.worth_knowing:
        yield from _box(summary.worth_knowing)
    for explained in summary.cards:
        if explained.topic.card:
            yield from of_card(explained.topic.card, explained.topic.ask[0], (fact for fact, _ in explained.on_card))
        else:
            yield from _long(explained.topic)
    yield from (paragraph.say for paragraph in summary.finding.say)
    yield from questionnaire.limits[:OPEN_LIMITS]
    yield from summary.referral.closes


def of_card(card: Card, ask: str, facts: Iterable[Fact] = ()) -> Iterator[str]:
    """The texts of a card, with the question that ends it."""
    yield from (card.help, *(statement.say for statement in card.statements), *(fact.say for fact in facts), ask)


def _box(known: WorthKnowing) -> Iterator[str]:
    yield from (statement.say for statement in known.box.statements)
    yield from (*known.asks, *(fact.say for fact, _ in known.outside))


def _folded(questionnaire: Questionnaire, summary: Summary) -> Iterator[str]:
    yield from chain.from_iterable(_long(explained.topic) for explained in summary.topics if explained.topic.card)
    yield from (*summary.finding.bring, *questionnaire.limits[OPEN_LIMITS:])


def _long(topic: Topic) -> Iterator[str]:
    yield from (paragraph.say for paragraph in (*topic.says, *topic.warns, *topic.unknown))
    yield from (*(fact.say for fact in topic.outside), *topic.ask)
