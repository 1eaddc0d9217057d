"""What a journey ends with. Answers choose which topics are explained and which questions come along; nothing else.

A `Summary` cannot be made without its referral, and what stands in all of them is the same in each. Nothing that a pick
brings is cut off: topics have no limit, and the places among the questions go to what a person may have to bring up
first.
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
    FindingProfessional,
    Governance,
    Option,
    Question,
    Questionnaire,
    Referral,
    Section,
    Topic,
)

MOST_QUESTIONS = 12
MOST_PUT_FIRST = 3
# The priority of questions of which each pick owns a place among the questions to take along.
OWNS = 1
PRIORITIES = (OWNS, 2, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A topic with its number in the file (from 1), what it rests on, and the outside facts of one country with what
    they rest on. Made once for each country, and compared by identity, so that a page can be rendered once for all.
    """

    topic: Topic
    number: int
    citations: tuple[Citation, ...]
    outside: tuple[tuple[Fact, tuple[Citation, ...]], ...]
    on_card: tuple[tuple[Fact, tuple[Citation, ...]], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WorthKnowing:
    """The constant box in one country: its facts there, the questions that end its paragraphs, what it rests on. Made
    once, as `Explained` is.
    """

    box: ConstantBox
    asks: tuple[str, ...]
    citations: tuple[Citation, ...]
    outside: tuple[tuple[Fact, tuple[Citation, ...]], ...]


@dataclass(frozen=True, slots=True)
class TakenQuestion:
    """A question to take along. `is_asked`: everyone takes it, and an answer asked for it too."""

    reference: str
    say: str
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class SummaryItem:
    """An answered question in its own words; `said` is empty where it was skipped."""

    question: Question
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary's parts. The support lines beside it are always today's and are not part of it.

    `put_first`: how many of `questions` the reader put first. `matters`: what somebody may want to bring up. `cards`:
    the topics that picks bring; `constant`: those in every summary.
    """

    referral: Referral
    questions: tuple[TakenQuestion, ...]
    put_first: int
    matters: tuple[SummaryItem, ...]
    worth_knowing: WorthKnowing | None
    cards: tuple[Explained, ...]
    constant: tuple[Explained, ...]
    told: tuple[tuple[Section, tuple[SummaryItem, ...]], ...]
    finding: FindingProfessional
    governance: Governance | None

    @property
    def topics(self) -> tuple[Explained, ...]:
        """Every topic, the picked ones first."""
        return (*self.cards, *self.constant)


def summarize(journey: Journey, country: str, first: Sequence[str] = ()) -> Summary:
    """Make the summary of a journey for a country (two capital letters), whose outside facts alone are shown.

    `first`: references of the questions that the reader put first; those that do not come along are passed over.

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
        told=tuple(summary_items(journey)),
        finding=questionnaire.finding,
        governance=questionnaire.governance,
    )


def picked_topics(journey: Journey) -> tuple[Topic, ...]:
    """The topics that picks bring, in the file's order: first those of matters that each own a question."""
    owned = {topic for option in _chosen(journey, OWNS) for topic in option.topics}
    brought = {topic for option in _chosen(journey) for topic in option.topics}
    picked = [topic for topic in journey.questionnaire.topics if topic.id in brought and not topic.always]
    return tuple(sorted(picked, key=lambda topic: topic.id not in owned))


def questions_to_take(journey: Journey) -> tuple[TakenQuestion, ...]:
    """At most 12 questions, each once. The four that everyone takes are among them, last unless an answer asks for one.

    The other places go in turn to: each pick that owns a question; the picks of priorities 2 and 3; questions that
    other picks name; the first question of each picked topic, then of each constant one; and only then to their others.
    """
    questionnaire = journey.questionnaire
    fixed = {question: f"{ALWAYS}/{number}" for number, question in enumerate(questionnaire.ask_always, 1)}
    named = [reference for option in _chosen(journey) for reference in option.questions]
    asked = {questionnaire.to_take(reference) for reference in named}
    room = MOST_QUESTIONS - len(fixed)
    taken: dict[str, str] = {}
    for reference in _in_order(journey, named):
        question = questionnaire.to_take(reference)
        if question in fixed:
            # It has its place already; an answer that asks for it moves it up.
            if question in asked:
                taken.setdefault(question, fixed[question])
        elif question not in taken and room:
            taken[question] = reference
            room -= 1
    return tuple(
        TakenQuestion(reference, question, is_asked=question in fixed and question in asked)
        for question, reference in ({**taken, **{one: fixed[one] for one in fixed if one not in taken}}).items()
    )


def _in_order(journey: Journey, named: Iterable[str]) -> Iterator[str]:
    """References of all questions that may come along, the most needed first."""
    for priority in PRIORITIES:
        yield from (own for option in _chosen(journey, priority) if (own := option.own_question))
    yield from named
    picked = picked_topics(journey)
    constant = [topic for topic in journey.questionnaire.topics if topic.always]
    yield from (topic.id for topic in (*picked, *constant))
    yield from _others_in_turn(picked)
    yield from _others_in_turn(constant)


def _others_in_turn(several: Iterable[Topic]) -> Iterator[str]:
    rounds = zip_longest(*([f"{topic.id}/{n}" for n in range(2, len(topic.ask) + 1)] for topic in several))
    return (reference for one_round in rounds for reference in one_round if reference is not None)


def relevant_topics(journey: Journey) -> Iterator[SummaryItem]:
    """What somebody may want to bring up: the picks of questions that are repeated, but those that say "nothing"."""
    for question in journey.questions:
        if question.recap:
            chosen = question.chosen(journey.answers.get(question.id, ()))
            if said := tuple(option.say for option in chosen if not option.alone):
                yield SummaryItem(question, said)


# The same for everyone in a language and country.
_boxes: WeakKeyDictionary[Questionnaire, dict[str, WorthKnowing]] = WeakKeyDictionary()
_explained: WeakKeyDictionary[Questionnaire, dict[tuple[Topic, str], Explained]] = WeakKeyDictionary()


def worth_knowing(questionnaire: Questionnaire, country: str) -> WorthKnowing | None:
    """The constant box as it is shown in a country; None in versions from before there was one."""
    box = questionnaire.box
    if box is None:
        return None
    boxes = _boxes.setdefault(questionnaire, {})
    if country in boxes:
        return boxes[country]
    asks = tuple(
        questionnaire.to_take(paragraph.question) if paragraph.question else "" for paragraph in box.paragraphs
    )
    rests = tuple(dict.fromkeys(reference for statement in box.statements for reference in statement.sources))
    facts = _facts(questionnaire, box.outside, country)
    boxes[country] = WorthKnowing(box, asks, questionnaire.citations(rests), facts)
    return boxes[country]


def explain_topic(questionnaire: Questionnaire, topic: Topic, country: str) -> Explained:
    """A topic of a questionnaire as it is shown in a country."""
    made = _explained.setdefault(questionnaire, {})
    if (topic, country) not in made:
        made[topic, country] = Explained(
            topic,
            questionnaire.topics.index(topic) + 1,
            questionnaire.citations(topic.sources),
            _facts(questionnaire, topic.outside, country),
            _facts(questionnaire, topic.card.outside, country) if topic.card else (),
        )
    return made[topic, country]


def _facts(
    questionnaire: Questionnaire, facts: Iterable[Fact], country: str
) -> tuple[tuple[Fact, tuple[Citation, ...]], ...]:
    return tuple((fact, questionnaire.citations(fact.sources)) for fact in facts if fact.country == country)


def summary_items(journey: Journey) -> Iterator[tuple[Section, tuple[SummaryItem, ...]]]:
    """The answers on the path, by section, in the words of the questions."""
    for section in journey.sections:
        questions = (question for question in journey.questions if question.section == section.id)
        answered = tuple(
            SummaryItem(question, tuple(option.say for option in question.chosen(journey.answers[question.id])))
            for question in questions
            if question.id in journey.answers
        )
        if answered:
            yield section, answered


def _chosen(journey: Journey, priority: int | None = None) -> Iterator[Option]:
    """The picks, in the file's order; only those of questions of one priority, if it is given."""
    for question in journey.questions:
        if priority in (None, question.priority):
            yield from question.chosen(journey.answers.get(question.id, ()))
