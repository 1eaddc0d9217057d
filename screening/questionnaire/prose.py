"""How long a summary is to read: the words of what stands open in it.

Counted: the referral, the questions to take along, what somebody may want to bring up, the constant box, the cards, how
to find a professional, the open limits, the governance line; and what the page says of its own. Not counted: headings
and labels, and what is folded: the longer text of topics, what to bring, the other limits, the answers, the sources.
"""

from __future__ import annotations

from collections.abc import Iterator

from screening.questionnaire.model import Governance, Questionnaire, Topic
from screening.questionnaire.summary import Explained, Summary

# The first limits stand open, one sentence each; the others are folded.
OPEN_LIMITS = 2
# What the page says of its own: 46 words of help now, 44 on saving and sharing; and 16 where something was picked.
BESIDE_FILES = 90
BESIDE_PICKS = 16
# What fills the slots of a help sentence where it is longest: the way in Spanish.
_TALK, _EMERGENCY = {"en": "call or text 988", "es": "llame al 988 y oprima 2, o mande AYUDA al 988"}, "call 911"


def count(questionnaire: Questionnaire, summary: Summary) -> int:
    """The words of a summary."""
    language = questionnaire.language
    beside = BESIDE_FILES + (BESIDE_PICKS if summary.cards or summary.matters else 0)
    return beside + sum(words(text, language) for text in _texts(questionnaire, summary))


def words(text: str, language: str = "en") -> int:
    """The words of a text; slots for numbers count as what fills them in the United States."""
    return len(text.replace("{talk}", _TALK[language]).replace("{emergency}", _EMERGENCY).split())


def of_card(topic: Topic, language: str = "en") -> int:
    """The words of a topic's card, without its facts of one country."""
    return sum(words(text, language) for text in _card(topic))


def _texts(questionnaire: Questionnaire, summary: Summary) -> Iterator[str]:
    yield from (*summary.referral.opens, *summary.referral.closes)
    yield from (taken.say for taken in summary.questions)
    yield from (say for told in summary.matters for say in told.said)
    if summary.worth_knowing:
        yield from (statement.say for statement in summary.worth_knowing.box.statements)
        yield from summary.worth_knowing.asks
        yield from (fact.say for fact, _ in summary.worth_knowing.outside)
    for explained in summary.cards:
        yield from _shown(explained)
    yield from (paragraph.say for paragraph in summary.finding.say)
    yield from questionnaire.limits[:OPEN_LIMITS]
    if summary.governance:
        yield from _governance(summary.governance)


def _shown(explained: Explained) -> Iterator[str]:
    yield from _card(explained.topic)
    yield from (fact.say for fact, _ in explained.on_card)


def _card(topic: Topic) -> Iterator[str]:
    if topic.card:
        yield topic.card.help
        yield from (statement.say for statement in topic.card.statements)
        yield topic.ask[0]


def _governance(by: Governance) -> Iterator[str]:
    """The line as pages write it, in English: other languages need as many words around the names."""
    day = "November 30, 2026"
    yield f"Words by {by.written_by}, {day}. Next review by {day}. {by.interest}"
    yield f"Reviewed by {by.reviewed_by}, {day}." if by.reviewed_by else "No clinician has reviewed them yet."
    yield f"Paid for by {by.paid_by}." if by.paid_by else "Who paid for them is not stated."
    if by.translated_by:
        reviewer = by.translation_reviewed_by
        yield f"Translated by {by.translated_by}."
        yield f"Reviewed by {reviewer}, {day}." if reviewer else "No clinician has reviewed the translation yet."
