"""What every summary must be, whatever was answered: whole, in order, and never without its constant parts.

Summaries are made by `summarize` itself, in each language and for each country that facts are about:

- *Of real answers*: of the shortest that choose each option, and of the largest cases.
- *Of every topic alone and every question alone, of all and of none*, also where no answers choose just these: of a
  made-up question that has an option for each. In one language and country, of every pair of them too.

These suffice. An answer enters a summary only through what its options bring, and whether a topic is explained depends
on it alone: so single topics show that each is there and whole, and pairs show the order of any two, which neither
language nor country changes. The constant parts are the same in all of them: referral, box, constant topics, how to
find a professional, who answers for the words. None and all are the emptiest and the fullest list of questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple, TypeAlias

from screening.authoring.reachability import Trail, answers_in_words
from screening.authoring.schema import FileName, Finding
from screening.authoring.summary_cases import countries
from screening.authoring.texts import shown_words
from screening.authoring.translation import ENGLISH
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Citation, Fact, Option, Question, Questionnaire, Section
from screening.questionnaire.summary import (
    MOST_QUESTIONS,
    OWNS,
    Explained,
    Summary,
    WorthKnowing,
    explain_topic,
    summarize,
    worth_knowing,
)

# More would take longer than anyone waits for a check; it is about a hundred topics.
MOST_SUMMARIES = 50_000

BrokenGuarantee: TypeAlias = tuple[FileName, Where, str, str]
"""Where a promise is broken, how, and what to do about it."""
Shown: TypeAlias = tuple[object, ...]

OUR_FAULT = "The program is at fault, not the file: tell its makers."


class Case(NamedTuple):
    """A journey to a summary, how it comes about, and the topics that it brings: all, and those that come first."""

    journey: Journey
    told: str
    topics: frozenset[str]
    first: frozenset[str] = frozenset()


class Constant(NamedTuple):
    """What is the same in every summary of a language and a country."""

    topics: list[Shown]
    box: Shown | None


def check(questionnaire: Questionnaire, trails: Sequence[Trail], largest: Sequence[Trail]) -> tuple[int, list[Finding]]:
    """Return how many summaries were made, and for each promise that is broken the first that breaks it.

    `trails` are answers that each end with an option, the shortest first; `find_largest_cases` are the largest cases.
    """
    everywhere, parts = countries(questionnaire), _parts(questionnaire)
    pairs = list(combinations(parts, 2)) if questionnaire.language == ENGLISH else []
    if len(pairs) + (len(trails) + len(largest) + len(parts) + 2) * len(everywhere) > MOST_SUMMARIES:
        wrong = f"Summaries cannot be proved: {len(parts)} topics and questions make too many pairs."
        remedy = f"Have fewer topics (at most {MOST_SUMMARIES:,} summaries are made)."
        return 0, [Finding("topics", Fault(("topics",), wrong, remedy))]
    alone = [(part,) for part in parts]
    several = [*_answered(questionnaire, ((), *trails)), *_made_up(questionnaire, parts, alone)]
    fullest = [*_made_up(questionnaire, parts, [parts]), *_answered(questionnaire, largest)]
    told = frozenset(text for name, data in questionnaire.files().items() for _, text in shown_words(name, data))
    findings: dict[str, Finding] = {}
    made = 0
    for country in everywhere:
        constant = _constant(questionnaire, country)
        paired = list(_made_up(questionnaire, parts, pairs)) if country == everywhere[0] else []
        made += len(several) + len(paired) + len(fullest)
        for cases, has_new_words in ((several, True), (paired, False), (fullest, True)):
            for case in cases:
                summary = summarize(case.journey, country)
                broken = (*_parts_missing(questionnaire, summary, constant), *_topics_broken(case, summary, constant))
                for file, where, wrong, remedy in (*broken, *(_unread(summary, told) if has_new_words else ())):
                    fault = Fault(where, f"{wrong} Shortest answers: {case.told}.", remedy)
                    findings.setdefault(wrong, Finding(file, fault))
    return made, list(findings.values())


def _answered(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Iterator[Case]:
    skipped = dict.fromkeys(questionnaire.by_id, ())
    for trail in trails:
        asked = [(questionnaire.by_id[name], ids) for name, ids in trail]
        brought = _topics(option for question, ids in asked for option in question.chosen(ids))
        first = _topics(
            option for question, ids in asked if question.priority == OWNS for option in question.chosen(ids)
        )
        yield Case(
            Journey(questionnaire, skipped | dict(trail)), answers_in_words(questionnaire, trail), brought, first
        )


def _topics(options: Iterable[Option]) -> frozenset[str]:
    return frozenset(topic for option in options for topic in option.topics)


def _parts(questionnaire: Questionnaire) -> tuple[Option, ...]:
    """An option for each topic, and one for each question that comes along without its topic."""
    named = {one for question in questionnaire.questions for option in question.options for one in option.questions}
    explained = (Option(f"topic {topic.id}", topic.title, topics=(topic.id,)) for topic in questionnaire.topics)
    asked = (Option(f"question {one}", questionnaire.to_take(one), questions=(one,)) for one in sorted(named))
    return (*explained, *asked)


def _made_up(
    questionnaire: Questionnaire, parts: tuple[Option, ...], together: Iterable[tuple[Option, ...]]
) -> Iterator[Case]:
    question = Question("made-up", "made-up", "", "", (), parts, many=True)
    asking = replace(questionnaire, sections=(Section("made-up", "", (question,)),))
    for chosen in together:
        answers = {question.id: tuple(option.id for option in chosen)}
        told = "whatever brings " + " and ".join(f'"{option.say}"' for option in chosen)
        yield Case(Journey(asking, answers), told, _topics(chosen))


def _constant(questionnaire: Questionnaire, country: str) -> Constant:
    topics = [_shown(explain_topic(questionnaire, topic, country)) for topic in questionnaire.topics if topic.always]
    return Constant(topics, _box(worth_knowing(questionnaire, country)))


def _parts_missing(questionnaire: Questionnaire, summary: Summary, constant: Constant) -> Iterator[BrokenGuarantee]:
    referral, fixed = summary.referral, questionnaire.ask_always
    questions = [taken.say for taken in summary.questions]
    if referral != questionnaire.referral or not (any(referral.opens) and any(referral.closes)):
        yield "topics", ("referral",), "A summary does not open and close with its referral.", OUR_FAULT
    if _box(summary.worth_knowing) != constant.box:
        yield "topics", ("box",), "Answers change what is worth knowing, whatever was picked.", OUR_FAULT
    if summary.finding != questionnaire.finding or summary.governance != questionnaire.governance:
        yield "topics", ("finding",), "Answers change how to find a professional, or who answers for this.", OUR_FAULT
    if not set(fixed) <= set(questions):
        yield "topics", ("ask_always",), "A summary lacks a question of ask_always.", OUR_FAULT
    if len(questions) > MOST_QUESTIONS:
        yield "topics", ("topics",), f"A summary has more than {MOST_QUESTIONS} questions to take along.", OUR_FAULT
    for place, question in enumerate(fixed):
        if fixed.count(question) > 1:
            wrong = f'"{question}" stands twice among the questions that everyone takes along.'
            yield "topics", ("ask_always", place), wrong, "Keep one."


def _topics_broken(case: Case, summary: Summary, constant: Constant) -> Iterator[BrokenGuarantee]:
    """The cards of all that was picked come in their order; then the constant topics, unchanged; all whole."""
    everything = case.journey.questionnaire.topics
    if not constant.topics or [_shown(explained) for explained in summary.constant] != constant.topics:
        yield "topics", ("topics",), "Answers change the topics that everyone must read.", OUR_FAULT
    picked = [topic for topic in everything if topic.id in case.topics and not topic.always]
    first = [topic for topic in picked if topic.id in case.first]
    expected = [*first, *(topic for topic in picked if topic not in first)]
    if [explained.topic for explained in summary.cards] != expected:
        wrong = "A summary explains other topics than were chosen, or in another order than it should."
        yield "topics", ("topics",), wrong, OUR_FAULT
    for topic in (explained.topic for explained in summary.topics):
        for key, said in (("says", topic.says), ("warns", topic.warns), ("unknown", topic.unknown)):
            if not said:
                wrong = f'"{topic.id}" is one-sided: "{key}" is empty.'
                yield "topics", ("topics", everything.index(topic)), wrong, "Say it, or that the articles are silent."


def _shown(explained: Explained) -> Shown:
    """A topic as it is shown, comparable with another time that it is shown."""
    return explained.topic, _cited(explained.citations), _facts(explained.outside), _facts(explained.on_card)


def _box(shown: WorthKnowing | None) -> Shown | None:
    if shown is None:
        return None
    return shown.box, shown.asks, _cited(shown.citations), _facts(shown.outside)


def _facts(facts: Iterable[tuple[Fact, Iterable[Citation]]]) -> list[Shown]:
    return [(fact, _cited(citations)) for fact, citations in facts]


def _cited(citations: Iterable[Citation]) -> list[Shown]:
    return [(one.source, one.headings) for one in citations]


def _unread(summary: Summary, read: frozenset[str]) -> Iterator[BrokenGuarantee]:
    """Words that the wording list has not read, since they do not stand in the files where it reads."""
    for text in _words(summary):
        if text not in read:
            yield "topics", ("topics",), f'The wording list has not read "{text}", which a summary shows.', OUR_FAULT


def _words(summary: Summary) -> Iterator[str]:
    """Every text of a summary but its citations, which are the words of others."""
    yield from (*summary.referral.opens, *summary.referral.closes, *(taken.say for taken in summary.questions))
    yield from (summary.finding.title, *summary.finding.bring, *(one.say for one in summary.finding.say))
    if summary.worth_knowing:
        yield from (one.say for one in summary.worth_knowing.box.statements)
        yield from (asked for asked in summary.worth_knowing.asks if asked)
        yield from (fact.say for fact, _ in summary.worth_knowing.outside)
    if by := summary.governance:
        yield from filter(None, (by.written_by, by.reviewed_by, by.paid_by, by.interest))
    for explained in summary.topics:
        topic = explained.topic
        yield topic.title
        yield from (one.say for one in (*topic.says, *topic.warns, *topic.unknown))
        yield from (fact.say for fact, _ in (*explained.outside, *explained.on_card))
        if topic.card:
            yield from filter(None, (topic.card.help, *(one.say for one in topic.card.statements)))
    for told in (*summary.matters, *(one for _, answers in summary.told for one in answers)):
        yield from (text for text in (told.question.ask, *told.said) if text)
    for section, _ in summary.told:
        if section.title:
            yield section.title
