"""What every summary must be, whatever was answered: never one-sided, never without its referral and constant topics.

Two kinds of summary are made, by `summarise` itself:

- *Of real answers*: for each option, of the shortest answers that choose it.
- *Of every topic alone, every pair, all and none*, also where no answers choose just these: of a made-up question that
  has an option for each topic and for each topic whose questions come first.

These suffice. An answer enters a summary only through the topics that its options name, and whether a topic is
explained depends on it alone: so single topics show that each is there and whole, and pairs show the order of any two.
The constant topics are the same in all of them. None and all are the emptiest and the fullest list of questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple, TypeAlias

from screening.questionnaire.checks import FileName, Finding
from screening.questionnaire.checks.reach import Trail, in_words
from screening.questionnaire.checks.words import shown_words
from screening.questionnaire.document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Option, Question, Questionnaire, Section
from screening.questionnaire.summary import MOST_QUESTIONS, Explained, Summary, explain, summarise

# More would take longer than anyone waits for a check; it is about a hundred topics.
MOST_SUMMARIES = 50_000
# Stands for all countries that no outside fact is about.
ELSEWHERE = "--"

Broken: TypeAlias = tuple[FileName, Where, str, str]
"""Where a promise is broken, how, and what to do about it."""
Shown: TypeAlias = tuple[object, ...]

OUR_FAULT = "The program is at fault, not the file: tell its makers."


class Case(NamedTuple):
    """A journey to a summary, how it comes about, and the topics that it brings."""

    journey: Journey
    told: str
    topics: frozenset[str]


def check(questionnaire: Questionnaire, trails: Sequence[Trail]) -> tuple[int, list[Finding]]:
    """Return how many summaries were made, and for each promise that is broken the first that breaks it.

    `trails` are answers that each end with an option, the shortest first.
    """
    countries = (*sorted({fact.country for topic in questionnaire.topics for fact in topic.outside}), ELSEWHERE)
    parts = _parts(questionnaire)
    if (len(trails) + len(parts) * (len(parts) + 1) // 2 + 2) * len(countries) > MOST_SUMMARIES:
        wrong = f"Summaries cannot be proved: {len(parts)} topics and themes make too many pairs."
        remedy = f"Have fewer topics (at most {MOST_SUMMARIES:,} summaries are made)."
        return 0, [Finding("topics", Fault(("topics",), wrong, remedy))]
    cases = [*_answered(questionnaire, trails), *_made_up(questionnaire, parts)]
    read = frozenset(text for name, data in questionnaire.files().items() for _, text in shown_words(name, data))
    findings: dict[str, Finding] = {}
    for country in countries:
        constant = [_shown(explain(questionnaire, topic, country)) for topic in questionnaire.topics if topic.always]
        for case in cases:
            summary = summarise(case.journey, country)
            broken = (*_parts_missing(questionnaire, summary), *_topics_broken(case, summary, constant))
            for file, where, wrong, remedy in (*broken, *_unread(summary, read)):
                fault = Fault(where, f"{wrong} Shortest answers: {case.told}.", remedy)
                findings.setdefault(wrong, Finding(file, fault))
    return len(cases) * len(countries), list(findings.values())


def _answered(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Iterator[Case]:
    skipped = dict.fromkeys(questionnaire.by_id, ())
    for trail in ((), *trails):
        chosen = (option for name, ids in trail for option in questionnaire.by_id[name].chosen(ids))
        brought = frozenset(topic for option in chosen for topic in option.topics)
        yield Case(Journey(questionnaire, skipped | dict(trail)), in_words(questionnaire, trail), brought)


def _parts(questionnaire: Questionnaire) -> tuple[Option, ...]:
    """An option for each topic, and one for each topic of which only the questions come along."""
    named = {one for question in questionnaire.questions for option in question.options for one in option.questions}
    explained = (Option(f"topic {topic.id}", topic.title, topics=(topic.id,)) for topic in questionnaire.topics)
    asked = (Option(f"question {one}", questionnaire.to_take(one), questions=(one,)) for one in sorted(named))
    return (*explained, *asked)


def _made_up(questionnaire: Questionnaire, parts: tuple[Option, ...]) -> Iterator[Case]:
    """Every part alone, every pair and all of them. None is among the answered ones."""
    question = Question("made-up", "made-up", "", "", (), parts, many=True)
    asking = replace(questionnaire, sections=(Section("made-up", "", (question,)),))
    for chosen in (*combinations(parts, 1), *combinations(parts, 2), parts):
        answers = {question.id: tuple(option.id for option in chosen)}
        told = "whatever brings " + " and ".join(f'"{option.say}"' for option in chosen)
        brought = frozenset(topic for option in chosen for topic in option.topics)
        yield Case(Journey(asking, answers), told, brought)


def _parts_missing(questionnaire: Questionnaire, summary: Summary) -> Iterator[Broken]:
    referral, fixed = summary.referral, questionnaire.ask_always
    questions = [taken.say for taken in summary.questions]
    if referral != questionnaire.referral or not (any(referral.opens) and any(referral.closes)):
        yield "topics", ("referral",), "A summary does not open and close with its referral.", OUR_FAULT
    if not set(fixed) <= set(questions):
        yield "topics", ("ask_always",), "A summary lacks a question of ask_always.", OUR_FAULT
    if len(questions) > MOST_QUESTIONS:
        yield "topics", ("topics",), f"A summary has more than {MOST_QUESTIONS} questions to take along.", OUR_FAULT
    for place, question in enumerate(fixed):
        if questions.count(question) > 1:
            wrong = f'"{question}" stands twice among the questions to take along.'
            yield "topics", ("ask_always", place), wrong, "Keep one."


def _topics_broken(case: Case, summary: Summary, constant: Sequence[Shown]) -> Iterator[Broken]:
    """The chosen topics come first, in the file's order; then the constant ones, together, unchanged; all whole."""
    everything = case.journey.questionnaire.topics
    chosen, rest = summary.topics[: -len(constant)], summary.topics[-len(constant) :]
    if not constant or [_shown(explained) for explained in rest] != constant:
        yield "topics", ("topics",), "Answers change the topics that everyone must read.", OUR_FAULT
    expected = [topic for topic in everything if topic.id in case.topics and not topic.always]
    if [explained.topic for explained in chosen] != expected:
        wrong = "A summary explains other topics than were chosen, or in another order than the file's."
        yield "topics", ("topics",), wrong, OUR_FAULT
    for topic in (explained.topic for explained in summary.topics):
        for key, said in (("says", topic.says), ("warns", topic.warns), ("unknown", topic.unknown)):
            if not said:
                wrong = f'"{topic.id}" is one-sided: "{key}" is empty.'
                yield "topics", ("topics", everything.index(topic)), wrong, "Say it, or that the articles are silent."


def _shown(explained: Explained) -> Shown:
    """A topic as it is shown, comparable with another time that it is shown."""
    of_facts = [(fact, [(one.source, one.headings) for one in citations]) for fact, citations in explained.outside]
    return explained.topic, [(one.source, one.headings) for one in explained.citations], of_facts


def _unread(summary: Summary, read: frozenset[str]) -> Iterator[Broken]:
    """Words that the wording list has not read, since they do not stand in the files where it reads."""
    for text in _words(summary):
        if text not in read:
            yield "topics", ("topics",), f'The wording list has not read "{text}", which a summary shows.', OUR_FAULT


def _words(summary: Summary) -> Iterator[str]:
    """Every text of a summary but its citations, which are the words of others."""
    yield from (*summary.referral.opens, *summary.referral.closes, *(taken.say for taken in summary.questions))
    yield from (summary.finding.title, *summary.finding.bring, *(one.say for one in summary.finding.say))
    for explained in summary.topics:
        topic = explained.topic
        yield topic.title
        yield from (one.say for one in (*topic.says, *topic.warns, *topic.unknown))
        yield from (fact.say for fact, _ in explained.outside)
    for section, answers in summary.told:
        if section.title:
            yield section.title
        for told in answers:
            yield from (text for text in (told.question.ask, *told.said) if text)
