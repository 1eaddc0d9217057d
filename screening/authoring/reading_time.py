"""Which words of a summary stand open, which are folded, and how long they take to read.

Prose only: headings, labels and citations are not counted, nor answers, which are for paper. `checks.lengths` proves
that summaries and cards stay within their limits; both are counted here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from math import ceil
from typing import NamedTuple

from screening.questionnaire.model import Card, Fact, Governance, Questionnaire, Topic
from screening.questionnaire.summary import Summary, WorthKnowing

# Of the paragraphs on limits, how many stand open.
OPEN_LIMITS = 2
# Adults read prose at about 240 words a minute, people who are worn out more slowly (Brysbaert, "How many words do we
# read per minute?", Journal of Memory and Language 109, 2019).
WORDS_A_MINUTE = 200
# What the page says of its own, by language: help now, and on saving and sharing. And more where something was picked.
BESIDE_FILES = {"en": 95, "es": 122}
BESIDE_PICKS = {"en": 16, "es": 20}
# What fills the slots of help sentences, by language: the ways to 988 and 911, which are the longest that are shown.
_FILLED = {
    "en": {"{talk}": "call or text 988", "{emergency}": "call 911"},
    "es": {"{talk}": "llame al 988 y oprima 2, o mande AYUDA al 988", "{emergency}": "llame al 911 y diga “español”"},
}


class Minutes(NamedTuple):
    """How long a summary takes: what stands open, and all of it."""

    glance: int
    all: int


def open_words(questionnaire: Questionnaire, summary: Summary) -> int:
    """The words that stand open, with those that pages have of their own."""
    language = questionnaire.language
    beside = BESIDE_FILES[language] + (BESIDE_PICKS[language] if summary.cards or summary.matters else 0)
    return beside + count_words(_open(questionnaire, summary), language)


def minutes(questionnaire: Questionnaire, summary: Summary) -> Minutes:
    """How many minutes a summary takes, rounded up."""
    glance = open_words(questionnaire, summary)
    whole = glance + count_words(_folded(questionnaire, summary))
    return Minutes(ceil(glance / WORDS_A_MINUTE), ceil(whole / WORDS_A_MINUTE))


def count_words(texts: Iterable[str], language: str = "en") -> int:
    """How many words these texts have, with the slots of help sentences filled."""
    return sum(_words(text, language) for text in texts)


# Each text of the files is counted again for every summary.
@lru_cache(maxsize=10_000)
def _words(text: str, language: str) -> int:
    return len(_filled(text, language).split())


def _filled(text: str, language: str) -> str:
    if "{" in text:
        for slot, way in _FILLED[language].items():
            text = text.replace(slot, way)
    return text


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
    if summary.governance:
        yield from _governance(summary.governance)
    yield from summary.referral.closes


def _governance(by: Governance) -> Iterator[str]:
    """The line as pages write it in English: no other language needs fewer words around the names."""
    day = "November 30, 2026"
    yield f"Words by {by.written_by}, {day}. Next review by {day}. {by.interest}"
    yield f"Reviewed by {by.reviewed_by}, {day}." if by.reviewed_by else "No clinician has reviewed them yet."
    yield f"Paid for by {by.paid_by}." if by.paid_by else "Who paid for them is not stated."
    if by.translated_by:
        reviewer = by.translation_reviewed_by
        yield f"Translated by {by.translated_by}."
        yield f"Reviewed by {reviewer}, {day}." if reviewer else "No clinician has reviewed the translation yet."


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
