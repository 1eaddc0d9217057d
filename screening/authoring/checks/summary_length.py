"""How long summaries are: no card and no summary longer than somebody can be asked to read.

The longest summary is that of one of the largest cases, but for its questions: fewer picks mean fewer cards and fewer
matters to bring up, and may let longer questions come along. So those of a largest case are counted as the longest that
could come along with any part of its answers; what is told is never less than what any summary has.

Versions without a box were never asked for this, and are not judged by it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from screening.authoring import reading_time
from screening.authoring.largest_cases import find_largest_cases
from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import Finding
from screening.authoring.summary_cases import countries, shortest_to_topics
from screening.authoring.yaml_document import Fault
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire
from screening.questionnaire.summary import MOST_QUESTIONS, Summary, summarize

MOST_WITHOUT_A_PICK = 800
MOST_SUMMARY_WORDS = 2_800
MOST_CARD_WORDS = 130
# A card with a help sentence may need more.
ENOUGH_ON_A_CARD = 95
# How many words a language needs where English needs four.
_FOR_FOUR = {"en": 4, "es": 5}


class Extent(NamedTuple):
    """How long the summaries of one language are, from the one without a pick: words `least` and never more than
    `most`. `fullest`: the answers of which the summary comes nearest to that.
    """

    least: int
    most: int
    fullest: Trail


def cases(questionnaire: Questionnaire) -> list[Trail]:
    """The answers that bring as many cards, matters to bring up and questions as can come together.

    Raises:
        TooMany: options exclude one another in too many ways.
    """

    def brings(question: Question, option: Option) -> tuple[Hashable, ...]:
        topics = [("topic", name) for name in option.topics]
        asked = [("question", name) for name in option.questions]
        owned = [("own", question.priority, option.own_question)] if question.priority and option.own_question else []
        told = [("told", question.id, option.id)] if question.recap and not option.alone else []
        return (*topics, *asked, *owned, *told)

    return find_largest_cases(questionnaire, brings)


def extent(questionnaire: Questionnaire, largest_cases: Iterable[Trail]) -> Extent:
    """How long summaries are in this language, in the country where they are longest."""
    skipped = dict.fromkeys(questionnaire.by_id, ())
    lengths: list[tuple[int, Trail]] = []
    least = 0
    for country in countries(questionnaire):
        least = max(least, reading_time.open_words(questionnaire, summarize(Journey(questionnaire, skipped), country)))
        for trail in largest_cases:
            summary = summarize(Journey(questionnaire, skipped | dict(trail)), country)
            listed = reading_time.count_words(taken.say for taken in summary.questions)
            longest = _longest_questions(questionnaire, summary, trail)
            lengths.append((reading_time.open_words(questionnaire, summary) - listed + longest, trail))
    most, fullest = max(lengths, key=lambda one: one[0])
    return Extent(least, most, fullest)


def _longest_questions(questionnaire: Questionnaire, summary: Summary, trail: Trail) -> int:
    """The words of the longest questions that could come along with any part of these answers."""
    fixed = questionnaire.ask_always
    chosen = (option for name, ids in trail for option in questionnaire.by_id[name].chosen(ids))
    named = {questionnaire.to_take(reference) for option in chosen for reference in option.questions}
    possible = named | {asked for explained in summary.topics for asked in explained.topic.ask}
    others = sorted((reading_time.count_words([asked]) for asked in possible.difference(fixed)), reverse=True)
    return reading_time.count_words(fixed) + sum(others[: MOST_QUESTIONS - len(fixed)])


def at_most(words: int, language: str) -> int:
    """A limit in a language."""
    return words * _FOR_FOUR[language] // 4


def check(questionnaire: Questionnaire, found: Extent, trails: Iterable[Trail]) -> Iterator[Finding]:
    """Yield what is too long to read in this language. `trails`: answers that bring topics, the shortest first."""
    ways, language = shortest_to_topics(questionnaire, trails), questionnaire.language
    most = at_most(MOST_WITHOUT_A_PICK, language)
    if found.least > most:
        wrong = (
            f"With nothing picked, a summary has {found.least:,} words; {most:,} is the most. "
            f"Shortest answers: {answers_in_words(questionnaire, ())}."
        )
        remedy = "Say the box, the referral or how to find someone in fewer words."
        yield Finding("topics", Fault(("box",), wrong, remedy, at_key=True))
    most = at_most(MOST_SUMMARY_WORDS, language)
    if found.most > most:
        wrong = (
            f"A summary can have {found.most:,} words; {most:,} is the most. "
            f"Answers: {answers_in_words(questionnaire, found.fullest)}."
        )
        yield Finding("topics", Fault(("topics",), wrong, "Say cards in fewer words.", at_key=True))
    for number, topic in enumerate(questionnaire.topics):
        words = reading_time.count_words(reading_time.of_card(topic.card, topic.ask[0]), language) if topic.card else 0
        most, enough = at_most(MOST_CARD_WORDS, language), at_most(ENOUGH_ON_A_CARD, language)
        if words > most or (words > enough and topic.card and not topic.card.help):
            wrong = (
                f'The card of "{topic.id}" has {words} words; {most if words > most else enough} is the most. '
                f"Shortest answers: {answers_in_words(questionnaire, ways.get(topic.id, ()))}."
            )
            remedy = "Say it in fewer words: the longer text has room for the rest."
            yield Finding("topics", Fault(("topics", number, "card"), wrong, remedy, at_key=True), words <= most)
