"""The length of summaries: no card and no summary is longer than anyone can be asked to read.

Apart from its questions, the longest summary is that of a largest case, since fewer picks mean fewer cards and fewer
matters to bring up. But fewer picks may let longer questions come along. So a largest case is counted with the longest
questions that could come along with any part of its answers. This gives an upper bound on every summary.

Versions without a box are older than this check, and exempt from it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from screening.authoring import summary_words
from screening.authoring.maximal_answers import find_maximal_answers
from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import Finding
from screening.authoring.summary_cases import countries, shortest_to_topics
from screening.authoring.yaml_document import Fault
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire
from screening.questionnaire.summary import MAX_QUESTIONS, Summary, summarize

MAX_WITHOUT_A_PICK = 800
MAX_SUMMARY_WORDS = 2_800
MAX_CARD_WORDS = 130
# A card without a help sentence gets a warning above this.
ENOUGH_ON_A_CARD = 95
# The number of words that a language needs where English needs four.
_WORDS_FOR_FOUR = {"en": 4, "es": 5}


class Extent(NamedTuple):
    """The length of the summaries of one language, in words.

    `least` is the length of the one without a pick, and `most` an upper bound on all. `fullest` is the answers whose
    summary comes closest to that bound.
    """

    least: int
    most: int
    fullest: Trail


def fullest_cases(questionnaire: Questionnaire) -> list[Trail]:
    """Find the largest cases by the cards, matters to bring up and questions that they bring.

    Raises:
        ProofTooLarge: options exclude one another in too many ways.
    """

    def effects_of(question: Question, option: Option) -> tuple[Hashable, ...]:
        topics = [("topic", name) for name in option.topics]
        asked = [("question", name) for name in option.questions]
        owned = [("own", question.priority, option.own_question)] if question.priority and option.own_question else []
        recap = [("recap", question.id, option.id)] if question.recap and not option.alone else []
        return (*topics, *asked, *owned, *recap)

    return find_maximal_answers(questionnaire, effects_of)


def extent(questionnaire: Questionnaire, largest_cases: Iterable[Trail]) -> Extent:
    """Measure the summaries in this language, in the country where they are longest."""
    skipped = dict.fromkeys(questionnaire.by_id, ())
    lengths: list[tuple[int, Trail]] = []
    least = 0
    for country in countries(questionnaire):
        least = max(least, summary_words.open_words(questionnaire, summarize(Journey(questionnaire, skipped), country)))
        for trail in largest_cases:
            summary = summarize(Journey(questionnaire, skipped | dict(trail)), country)
            listed = summary_words.count_words(taken.say for taken in summary.questions)
            longest = _longest_questions(questionnaire, summary, trail)
            lengths.append((summary_words.open_words(questionnaire, summary) - listed + longest, trail))
    most, fullest = max(lengths, key=lambda length: length[0])
    return Extent(least, most, fullest)


def _longest_questions(questionnaire: Questionnaire, summary: Summary, trail: Trail) -> int:
    """Count the words of the longest questions that could come along with any part of these answers."""
    fixed = questionnaire.ask_always
    chosen = (option for name, ids in trail for option in questionnaire.by_id[name].chosen(ids))
    named = {questionnaire.to_take(reference) for option in chosen for reference in option.questions}
    possible = named | {asked for explained in summary.topics for asked in explained.topic.ask}
    others = sorted((summary_words.count_words([asked]) for asked in possible.difference(fixed)), reverse=True)
    return summary_words.count_words(fixed) + sum(others[: MAX_QUESTIONS - len(fixed)])


def scaled_limit(words: int, language: str) -> int:
    """Scale a limit of English words to a language."""
    return words * _WORDS_FOR_FOUR[language] // 4


def check(questionnaire: Questionnaire, measured: Extent, trails: Iterable[Trail]) -> Iterator[Finding]:
    """Yield where a summary or card can exceed its word limit in this language.

    `trails` are answers that bring topics, the shortest first.
    """
    ways, language = shortest_to_topics(questionnaire, trails), questionnaire.language
    most = scaled_limit(MAX_WITHOUT_A_PICK, language)
    if measured.least > most:
        wrong = (
            f"With nothing picked, a summary has {measured.least:,} words; the limit is {most:,}. Shortest way to see "
            f"this: {answers_in_words(questionnaire, ())}."
        )
        remedy = "Shorten the box, the referral or how to find a professional."
        yield Finding("topics", Fault(("box",), wrong, remedy, at_key=True))
    most = scaled_limit(MAX_SUMMARY_WORDS, language)
    if measured.most > most:
        wrong = (
            f"A summary can have {measured.most:,} words; the limit is {most:,}. To see this: "
            f"{answers_in_words(questionnaire, measured.fullest)}."
        )
        yield Finding("topics", Fault(("topics",), wrong, "Shorten the cards.", at_key=True))
    for number, topic in enumerate(questionnaire.topics):
        words = (
            summary_words.count_words(summary_words.card_texts(topic.card, topic.ask[0]), language) if topic.card else 0
        )
        most, enough = scaled_limit(MAX_CARD_WORDS, language), scaled_limit(ENOUGH_ON_A_CARD, language)
        if words > most or (words > enough and topic.card and not topic.card.help):
            wrong = (
                f'The card of "{topic.id}" has {words} words; the limit is {most if words > most else enough}. '
                f"Shortest way to see this: {answers_in_words(questionnaire, ways.get(topic.id, ()))}."
            )
            remedy = "Shorten it: the longer text has room for the rest."
            yield Finding("topics", Fault(("topics", number, "card"), wrong, remedy, at_key=True), words <= most)
