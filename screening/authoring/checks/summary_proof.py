"""Every summary is whole, in order, and has its constant parts, whatever was answered.

The proof runs `summarize` itself, in each language and for each country that facts are about, on:

- *Real answers*: the shortest ones that choose each option, and the largest cases.
- *Each topic alone, each question alone, all and none*, even if no real answers choose just these. A synthetic question
  has an option for each of them. In one language and country, every pair of them too.

These suffice. An answer affects a summary only through what its options bring, and whether a topic is explained depends
on that topic alone. So single topics show that each is there and whole. Pairs show the order of any two, which is the
same in every language and country. The constant parts are the same in all summaries: referral, box, constant topics,
how to find a professional, who answers for the words. None and all give the emptiest and the fullest list of questions.
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
    MAX_QUESTIONS,
    OWNS,
    Explained,
    Summary,
    WorthKnowing,
    explain_topic,
    summarize,
    worth_knowing,
)

# A limit on the time that a check takes. It allows about a hundred topics.
MAX_SUMMARIES = 50_000

BrokenGuarantee: TypeAlias = tuple[FileName, Where, str, str]
"""The place where a guarantee is broken, how it is broken, and the remedy."""
Shown: TypeAlias = tuple[object, ...]

PROGRAM_BUG = "This is a bug in the program, not in the file. Report it to the developers."


class Case(NamedTuple):
    """A journey to a summary, its answers in words, and the topics that it brings: all, and those that come first."""

    journey: Journey
    answers: str
    topics: frozenset[str]
    first: frozenset[str] = frozenset()


class Constant(NamedTuple):
    """The parts that are the same in every summary of a language and a country."""

    topics: list[Shown]
    box: Shown | None


def check(questionnaire: Questionnaire, trails: Sequence[Trail], largest: Sequence[Trail]) -> tuple[int, list[Finding]]:
    """Return the number of summaries checked, and one finding for each broken guarantee: its first case.

    `trails` are answers that each end with an option, the shortest first. `largest` are the largest cases.
    """
    all_countries, parts = countries(questionnaire), _synthetic_options(questionnaire)
    pairs = list(combinations(parts, 2)) if questionnaire.language == ENGLISH else []
    if len(pairs) + (len(trails) + len(largest) + len(parts) + 2) * len(all_countries) > MAX_SUMMARIES:
        wrong = f"The check cannot cover every summary: {len(parts)} topics and questions make too many pairs."
        remedy = f"Use fewer topics (the check makes at most {MAX_SUMMARIES:,} summaries)."
        return 0, [Finding("topics", Fault(("topics",), wrong, remedy))]
    alone = [(part,) for part in parts]
    shortest = [*_real_cases(questionnaire, ((), *trails)), *_synthetic_cases(questionnaire, parts, alone)]
    fullest = [*_synthetic_cases(questionnaire, parts, [parts]), *_real_cases(questionnaire, largest)]
    known = frozenset(text for name, data in questionnaire.files().items() for _, text in shown_words(name, data))
    findings: dict[str, Finding] = {}
    count = 0
    for country in all_countries:
        constant = _constant(questionnaire, country)
        paired = list(_synthetic_cases(questionnaire, parts, pairs)) if country == all_countries[0] else []
        count += len(shortest) + len(paired) + len(fullest)
        for cases, has_new_words in ((shortest, True), (paired, False), (fullest, True)):
            for case in cases:
                summary = summarize(case.journey, country)
                broken = (*_parts_missing(questionnaire, summary, constant), *_topics_broken(case, summary, constant))
                for file, where, wrong, remedy in (*broken, *(_unchecked(summary, known) if has_new_words else ())):
                    fault = Fault(where, f"{wrong} Shortest way to see this: {case.answers}.", remedy)
                    findings.setdefault(wrong, Finding(file, fault))
    return count, list(findings.values())


def _real_cases(questionnaire: Questionnaire, trails: Iterable[Trail]) -> Iterator[Case]:
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


def _synthetic_options(questionnaire: Questionnaire) -> tuple[Option, ...]:
    """Return an option for each topic, and one for each question that comes along without its topic."""
    references = {
        reference
        for question in questionnaire.questions
        for option in question.options
        for reference in option.questions
    }
    explained = (Option(f"topic {topic.id}", topic.title, topics=(topic.id,)) for topic in questionnaire.topics)
    asked = (
        Option(f"question {reference}", questionnaire.to_take(reference), questions=(reference,))
        for reference in sorted(references)
    )
    return (*explained, *asked)


def _synthetic_cases(
    questionnaire: Questionnaire, parts: tuple[Option, ...], together: Iterable[tuple[Option, ...]]
) -> Iterator[Case]:
    question = Question("made-up", "made-up", "", "", (), parts, many=True)
    asking = replace(questionnaire, sections=(Section("made-up", "", (question,)),))
    for chosen in together:
        answers = {question.id: tuple(option.id for option in chosen)}
        in_words = "choose options that bring " + " and ".join(f'"{option.say}"' for option in chosen)
        yield Case(Journey(asking, answers), in_words, _topics(chosen))


def _constant(questionnaire: Questionnaire, country: str) -> Constant:
    topics = [_shown(explain_topic(questionnaire, topic, country)) for topic in questionnaire.topics if topic.always]
    return Constant(topics, _box(worth_knowing(questionnaire, country)))


def _parts_missing(questionnaire: Questionnaire, summary: Summary, constant: Constant) -> Iterator[BrokenGuarantee]:
    referral, fixed = summary.referral, questionnaire.ask_always
    questions = [taken.say for taken in summary.questions]
    if referral != questionnaire.referral or not (any(referral.opens) and any(referral.closes)):
        yield "topics", ("referral",), "A summary does not open and close with its referral.", PROGRAM_BUG
    if _box(summary.worth_knowing) != constant.box:
        yield "topics", ("box",), "Answers change the box, which must be the same for everyone.", PROGRAM_BUG
    if summary.finding != questionnaire.finding or summary.governance != questionnaire.governance:
        wrong = "Answers change how to find a professional, or who is responsible for the words."
        yield "topics", ("finding",), wrong, PROGRAM_BUG
    if not set(fixed) <= set(questions):
        yield "topics", ("ask_always",), "A summary is missing a question from ask_always.", PROGRAM_BUG
    if len(questions) > MAX_QUESTIONS:
        yield "topics", ("topics",), f"A summary has more than {MAX_QUESTIONS} questions to take along.", PROGRAM_BUG
    for number, question in enumerate(fixed):
        if fixed.count(question) > 1:
            wrong = f'"{question}" appears twice among the questions that everyone takes along.'
            yield "topics", ("ask_always", number), wrong, "Keep one."


def _topics_broken(case: Case, summary: Summary, constant: Constant) -> Iterator[BrokenGuarantee]:
    """Check that all picked topics have their cards in order, that the constant topics are unchanged, and all whole."""
    all_topics = case.journey.questionnaire.topics
    if not constant.topics or [_shown(explained) for explained in summary.constant] != constant.topics:
        yield "topics", ("topics",), "Answers change the topics that everyone must read.", PROGRAM_BUG
    picked = [topic for topic in all_topics if topic.id in case.topics and not topic.always]
    first = [topic for topic in picked if topic.id in case.first]
    expected = [*first, *(topic for topic in picked if topic not in first)]
    if [explained.topic for explained in summary.cards] != expected:
        wrong = "A summary explains the wrong topics, or explains them in the wrong order."
        yield "topics", ("topics",), wrong, PROGRAM_BUG
    for topic in (explained.topic for explained in summary.topics):
        for key, paragraphs in (("says", topic.says), ("warns", topic.warns), ("unknown", topic.unknown)):
            if not paragraphs:
                wrong = f'"{topic.id}" is one-sided: "{key}" is empty.'
                remedy = "Add text, or say that the articles are silent."
                yield "topics", ("topics", all_topics.index(topic)), wrong, remedy


def _shown(explained: Explained) -> Shown:
    """Return a topic as it is shown, in a form that can be compared between summaries."""
    return explained.topic, _cited(explained.citations), _facts(explained.outside), _facts(explained.on_card)


def _box(shown: WorthKnowing | None) -> Shown | None:
    if shown is None:
        return None
    return shown.box, shown.asks, _cited(shown.citations), _facts(shown.outside)


def _facts(facts: Iterable[tuple[Fact, Iterable[Citation]]]) -> list[Shown]:
    return [(fact, _cited(citations)) for fact, citations in facts]


def _cited(citations: Iterable[Citation]) -> list[Shown]:
    return [(citation.source, citation.headings) for citation in citations]


def _unchecked(summary: Summary, known: frozenset[str]) -> Iterator[BrokenGuarantee]:
    """Yield texts that bypassed the wording list, since they are not in the parts of the files that it reads."""
    for text in _words(summary):
        if text not in known:
            wrong = f'A summary shows "{text}", which was not checked with the wording list.'
            yield "topics", ("topics",), wrong, PROGRAM_BUG


def _words(summary: Summary) -> Iterator[str]:
    """Yield every text of a summary except its citations, which quote others."""
    yield from (*summary.referral.opens, *summary.referral.closes, *(taken.say for taken in summary.questions))
    yield from (summary.finding.title, *summary.finding.bring, *(paragraph.say for paragraph in summary.finding.say))
    if summary.worth_knowing:
        yield from (statement.say for statement in summary.worth_knowing.box.statements)
        yield from (asked for asked in summary.worth_knowing.asks if asked)
        yield from (fact.say for fact, _ in summary.worth_knowing.outside)
    if by := summary.governance:
        yield from filter(None, (by.written_by, by.reviewed_by, by.paid_by, by.interest))
    for explained in summary.topics:
        topic = explained.topic
        yield topic.title
        yield from (paragraph.say for paragraph in (*topic.says, *topic.warns, *topic.unknown))
        yield from (fact.say for fact, _ in (*explained.outside, *explained.on_card))
        if topic.card:
            yield from filter(None, (topic.card.help, *(statement.say for statement in topic.card.statements)))
    for item in (*summary.matters, *(item for _, answers in summary.answers for item in answers)):
        yield from (text for text in (item.question.ask, *item.chosen_texts) if text)
    for section, _ in summary.answers:
        if section.title:
            yield section.title
