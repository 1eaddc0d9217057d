"""Word counts and reading times of a summary: of what is open, and of what is folded.

Only prose is counted. Headings, labels and citations are not, nor are answers, which are for paper.
`checks.summary_length` proves with these counts that summaries and cards stay within their limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from math import ceil
from typing import NamedTuple

from screening.questionnaire.model import Card, Fact, Governance, Questionnaire, Topic
from screening.questionnaire.summary import Summary, WorthKnowing

# The number of paragraphs on limits that are open.
OPEN_LIMITS = 2
# Adults read prose at about 240 words a minute, and exhausted people more slowly (Brysbaert, "How many words do we read
# per minute?", Journal of Memory and Language 109, 2019).
WORDS_A_MINUTE = 200
# Words from the page's template by language: on help now, saving and sharing. If something was picked, there are more.
TEMPLATE_WORDS = {"en": 95, "es": 122}
TEMPLATE_WORDS_ON_PICKS = {"en": 16, "es": 20}
# The texts for the slots of help sentences, by language: those for 988 and 911, which are the longest.
_SLOTS = {
    "en": {"{talk}": "call or text 988", "{emergency}": "call 911"},
    "es": {"{talk}": "llame al 988 y oprima 2, o mande AYUDA al 988", "{emergency}": "llame al 911 y diga “español”"},
}


class Minutes(NamedTuple):
    """Minutes to read what is open in a summary, and all of it."""

    glance: int
    all: int


def open_words(questionnaire: Questionnaire, summary: Summary) -> int:
    """Count the open words of a summary, with those of the page's template."""
    language = questionnaire.language
    on_picks = TEMPLATE_WORDS_ON_PICKS[language] if summary.cards or summary.matters else 0
    return TEMPLATE_WORDS[language] + on_picks + count_words(_open(questionnaire, summary), language)


def minutes(questionnaire: Questionnaire, summary: Summary) -> Minutes:
    """Return how many minutes a summary takes to read, rounded up."""
    glance = open_words(questionnaire, summary)
    whole = glance + count_words(_folded(questionnaire, summary))
    return Minutes(ceil(glance / WORDS_A_MINUTE), ceil(whole / WORDS_A_MINUTE))


def count_words(texts: Iterable[str], language: str = "en") -> int:
    """Count the words of texts, with the slots of help sentences filled."""
    return sum(_words(text, language) for text in texts)


# Memoized, since each text of the files is counted again for every summary.
@lru_cache(maxsize=10_000)
def _words(text: str, language: str) -> int:
    return len(_fill_slots(text, language).split())


def _fill_slots(text: str, language: str) -> str:
    if "{" in text:
        for slot, words in _SLOTS[language].items():
            text = text.replace(slot, words)
    return text


def _open(questionnaire: Questionnaire, summary: Summary) -> Iterator[str]:
    yield from summary.referral.opens
    yield from (taken.say for taken in summary.questions)
    yield from chain.from_iterable(matter.chosen_texts for matter in summary.matters)
    if summary.worth_knowing:
        yield from _box(summary.worth_knowing)
    for explained in summary.cards:
        if explained.topic.card:
            yield from card_texts(explained.topic.card, explained.topic.ask[0], (fact for fact, _ in explained.on_card))
        else:
            yield from _long(explained.topic)
    yield from (paragraph.say for paragraph in summary.finding.say)
    yield from questionnaire.limits[:OPEN_LIMITS]
    if summary.governance:
        yield from _governance(summary.governance)
    yield from summary.referral.closes


def _governance(by: Governance) -> Iterator[str]:
    """Yield the line as English pages write it: other languages need at least as many words around the names."""
    day = "November 30, 2026"
    yield f"Words by {by.written_by}, {day}. Next review by {day}. {by.interest}"
    yield f"Reviewed by {by.reviewed_by}, {day}." if by.reviewed_by else "No clinician has reviewed them yet."
    yield f"Paid for by {by.paid_by}." if by.paid_by else "Who paid for them is not stated."
    if by.translated_by:
        reviewer = by.translation_reviewed_by
        yield f"Translated by {by.translated_by}."
        yield f"Reviewed by {reviewer}, {day}." if reviewer else "No clinician has reviewed the translation yet."


def card_texts(card: Card, ask: str, facts: Iterable[Fact] = ()) -> Iterator[str]:
    """Yield the texts of a card, with the question that ends it."""
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
