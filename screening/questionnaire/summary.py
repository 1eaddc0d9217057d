"""The summary that ends a journey. Answers choose its topics and its questions to take along, and nothing else.

A `Summary` requires a referral, and its constant parts are the same in all summaries. No topic that a pick brings is
cut off. Questions have 12 places, which go first to what a person may have to bring up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from weakref import WeakKeyDictionary

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import (
    ALWAYS,
    Citation,
    ConstantBox,
    Fact,
    FindProfessional,
    Governance,
    Option,
    Question,
    Questionnaire,
    Referral,
    Section,
    Topic,
)

MAX_QUESTIONS = 12
MAX_PUT_FIRST = 3
# The priority of questions whose every pick owns a place among the questions to take along.
OWNS = 1
PRIORITIES = (OWNS, 2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A topic with its number in the file (from 1), its citations, and the outside facts of one country with theirs.
    Created once per country and compared by identity, so that rendered pages can be cached.
    """

    topic: Topic
    number: int
    citations: tuple[Citation, ...]
    outside: tuple[tuple[Fact, tuple[Citation, ...]], ...]
    on_card: tuple[tuple[Fact, tuple[Citation, ...]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WorthKnowing:
    """The constant box in one country: the questions that end its paragraphs, its citations and its facts there.
    Created once per country, like `Explained`.
    """

    box: ConstantBox
    asks: tuple[str, ...]
    citations: tuple[Citation, ...]
    outside: tuple[tuple[Fact, tuple[Citation, ...]], ...]


@dataclass(frozen=True, slots=True)
class TakenQuestion:
    """A question to take along. `is_asked`: everyone takes it, and an answer asked for it as well."""

    reference: str
    say: str
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """A question and the texts of the chosen options, none if it was skipped."""

    question: Question
    chosen_texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The parts of a summary. Support lines are not among them: pages always show today's.

    `put_first`: how many of `questions` the reader put first. `matters`: what the reader may want to bring up. `cards`:
    the topics that picks bring. `constant`: the topics of every summary. `answers`: by section.
    """

    referral: Referral
    questions: tuple[TakenQuestion, ...]
    put_first: int
    matters: tuple[SummaryItem, ...]
    worth_knowing: WorthKnowing | None
    cards: tuple[Explained, ...]
    constant: tuple[Explained, ...]
    answers: tuple[tuple[Section, tuple[SummaryItem, ...]], ...]
    finding: FindProfessional
    governance: Governance | None

    @property
    def topics(self) -> tuple[Explained, ...]:
        """Every topic, the picked ones first."""
        return (*self.cards, *self.constant)


def summarize(journey: Journey, country: str, first: Sequence[str] = ()) -> Summary:
    """Make the summary of a journey, with the outside facts of one country (two capital letters).

    `first`: references of the questions that the reader put first; questions that do not come along are ignored.

    Raises:
        KeyError, IndexError, ValueError: one of `first` names no question.
    """
    questionnaire = journey.questionnaire
    questions = questions_to_take(journey)
    wanted = {questionnaire.to_take(reference) for reference in first}
    put_first = [taken for taken in questions if taken.say in wanted]
    return Summary(
        referral=questionnaire.referral,
        questions=(*put_first, *(taken for taken in questions if taken not in put_first)),
        put_first=len(put_first),
        matters=tuple(relevant_topics(journey)),
        worth_knowing=worth_knowing(questionnaire, country),
        cards=tuple(explain_topic(questionnaire, topic, country) for topic in picked_topics(journey)),
        constant=tuple(explain_topic(questionnaire, topic, country) for topic in questionnaire.topics if topic.always),
        answers=tuple(summary_items(journey)),
        finding=questionnaire.finding,
        governance=questionnaire.governance,
    )


def picked_topics(journey: Journey) -> tuple[Topic, ...]:
    """Return the topics that picks bring, in the file's order; those of priority-1 picks come first."""
    owned = {topic for option in _picks(journey, OWNS) for topic in option.topics}
    brought = {topic for option in _picks(journey) for topic in option.topics}
    picked = [topic for topic in journey.questionnaire.topics if topic.id in brought and not topic.always]
    return tuple(sorted(picked, key=lambda topic: topic.id not in owned))


def questions_to_take(journey: Journey) -> tuple[TakenQuestion, ...]:
    """Return at most 12 distinct questions. The four that everyone takes come last, unless an answer asks for one.

    The other places go, in this order, to: picks of priority 1, then 2, then 3; questions that any pick names; the
    first question of each picked topic, then of each constant topic; the further questions of those topics.
    """
    questionnaire = journey.questionnaire
    fixed = {question: f"{ALWAYS}/{number}" for number, question in enumerate(questionnaire.ask_always, 1)}
    named = [reference for option in _picks(journey) for reference in option.questions]
    asked = {questionnaire.to_take(reference) for reference in named}
    places_left = MAX_QUESTIONS - len(fixed)
    taken: dict[str, str] = {}
    for reference in _by_need(journey, named):
        question = questionnaire.to_take(reference)
        if question in fixed:
            # Its place is reserved. An answer that asks for it moves it up.
            if question in asked:
                taken.setdefault(question, fixed[question])
        elif question not in taken and places_left:
            taken[question] = reference
            places_left -= 1
    return tuple(
        TakenQuestion(reference, question, is_asked=question in fixed and question in asked)
        for question, reference in (taken | {say: fixed[say] for say in fixed if say not in taken}).items()
    )


def _by_need(journey: Journey, named: Iterable[str]) -> Iterator[str]:
    """Yield references of all questions that may come along, the most needed first."""
    for priority in PRIORITIES:
        yield from (own for option in _picks(journey, priority) if (own := option.own_question))
    yield from named
    picked = picked_topics(journey)
    constant = [topic for topic in journey.questionnaire.topics if topic.always]
    yield from (topic.id for topic in (*picked, *constant))
    yield from _further_questions(picked)
    yield from _further_questions(constant)


def _further_questions(topics: Iterable[Topic]) -> Iterator[str]:
    """Take the second question of each topic, then the third of each, and so on (round-robin)."""
    rounds = zip_longest(*([f"{topic.id}/{n}" for n in range(2, len(topic.ask) + 1)] for topic in topics))
    return (reference for one_round in rounds for reference in one_round if reference is not None)


def relevant_topics(journey: Journey) -> Iterator[SummaryItem]:
    """Yield what the reader may want to bring up: picks of `recap` questions, without options such as "nothing"."""
    for question in journey.questions:
        if question.recap:
            chosen = question.chosen(journey.answers.get(question.id, ()))
            if said := tuple(option.say for option in chosen if not option.alone):
                yield SummaryItem(question, said)


# Memoized: the same for everyone in a language and country.
_boxes: WeakKeyDictionary[Questionnaire, dict[str, WorthKnowing]] = WeakKeyDictionary()
_explained: WeakKeyDictionary[Questionnaire, dict[tuple[Topic, str], Explained]] = WeakKeyDictionary()


def worth_knowing(questionnaire: Questionnaire, country: str) -> WorthKnowing | None:
    """Return the constant box as shown in a country; None in versions from before it existed."""
    box = questionnaire.box
    if box is None:
        return None
    boxes = _boxes.setdefault(questionnaire, {})
    if country in boxes:
        return boxes[country]
    asks = tuple(
        questionnaire.to_take(paragraph.question) if paragraph.question else "" for paragraph in box.paragraphs
    )
    references = tuple(dict.fromkeys(reference for statement in box.statements for reference in statement.sources))
    facts = _facts(questionnaire, box.outside, country)
    boxes[country] = WorthKnowing(box, asks, questionnaire.citations(references), facts)
    return boxes[country]


def explain_topic(questionnaire: Questionnaire, topic: Topic, country: str) -> Explained:
    """Return a topic of a questionnaire as shown in a country."""
    memo = _explained.setdefault(questionnaire, {})
    if (topic, country) not in memo:
        memo[topic, country] = Explained(
            topic,
            questionnaire.topics.index(topic) + 1,
            questionnaire.citations(topic.sources),
            _facts(questionnaire, topic.outside, country),
            _facts(questionnaire, topic.card.outside, country) if topic.card else (),
        )
    return memo[topic, country]


def _facts(
    questionnaire: Questionnaire, facts: Iterable[Fact], country: str
) -> tuple[tuple[Fact, tuple[Citation, ...]], ...]:
    return tuple((fact, questionnaire.citations(fact.sources)) for fact in facts if fact.country == country)


def summary_items(journey: Journey) -> Iterator[tuple[Section, tuple[SummaryItem, ...]]]:
    """Yield the answers on the path in words, by section."""
    for section in journey.sections:
        questions = (question for question in journey.questions if question.section == section.id)
        answered = tuple(
            SummaryItem(question, tuple(option.say for option in question.chosen(journey.answers[question.id])))
            for question in questions
            if question.id in journey.answers
        )
        if answered:
            yield section, answered


def _picks(journey: Journey, priority: int | None = None) -> Iterator[Option]:
    """Yield the picks in the file's order, optionally only those of questions of one priority."""
    for question in journey.questions:
        if priority in (None, question.priority):
            yield from question.chosen(journey.answers.get(question.id, ()))
