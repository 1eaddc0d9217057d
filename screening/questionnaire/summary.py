"""What a journey ends with. Answers choose which topics are explained and which questions come along; nothing else.

A `Summary` cannot be made without its referral, and the topics that stand in all of them are the same in each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import (
    Citation,
    Fact,
    Finding,
    Option,
    Question,
    Questionnaire,
    Referral,
    Section,
    Topic,
)

MOST_QUESTIONS = 12
MOST_TOPICS_ON_PAPER = 6


@dataclass(frozen=True, slots=True)
class Explained:
    """A topic with what it rests on, and the outside facts of one country with what they rest on."""

    topic: Topic
    citations: tuple[Citation, ...]
    outside: tuple[tuple[Fact, tuple[Citation, ...]], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """An answered question in its own words; `said` is empty where it was skipped."""

    question: Question
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """The summary's parts. The support lines beside it are always today's and are not part of it."""

    referral: Referral
    questions: tuple[str, ...]
    topics: tuple[Explained, ...]
    told: tuple[tuple[Section, tuple[Told, ...]], ...]
    finding: Finding

    @property
    def only_named_on_paper(self) -> tuple[Explained, ...]:
        """The last of the chosen topics, where they are more than four pages hold. Constant ones are always printed."""
        chosen = [explained for explained in self.topics if not explained.topic.always]
        return tuple(chosen[max(0, MOST_TOPICS_ON_PAPER - len(self.topics) + len(chosen)) :])


def summarise(journey: Journey, country: str) -> Summary:
    """Make the summary of a journey for a country (two capital letters), whose outside facts alone are shown."""
    questionnaire = journey.questionnaire
    return Summary(
        referral=questionnaire.referral,
        questions=questions_to_take(journey),
        topics=tuple(explain(questionnaire, topic, country) for topic in topics(journey)),
        told=tuple(told(journey)),
        finding=questionnaire.finding,
    )


def topics(journey: Journey) -> tuple[Topic, ...]:
    """The chosen topics in the file's order, never by how often they were chosen; then the constant ones."""
    chosen = {topic for option in _chosen(journey) for topic in option.topics}
    everything = journey.questionnaire.topics
    picked = (topic for topic in everything if topic.id in chosen and not topic.always)
    return (*picked, *(topic for topic in everything if topic.always))


def questions_to_take(journey: Journey) -> tuple[str, ...]:
    """At most 12 questions: of picked themes first, then of chosen and of constant topics, the four fixed ones last.

    Topics take turns for the places, each with its first question before any gets a second, so that a long theme does
    not silence a chosen topic; and a place is kept for the first question of each constant topic, so that no one leaves
    without one on their own safety.
    """
    questionnaire, shown = journey.questionnaire, topics(journey)
    themes = {theme for option in _chosen(journey) for theme in option.themes}
    fixed = questionnaire.ask_always
    room = MOST_QUESTIONS - len(fixed)
    constant = [topic for topic in shown if topic.always]
    picked_first = [topic for topic in questionnaire.topics if topic.id in themes]
    chosen_next = [topic for topic in shown if not topic.always]
    firsts = {topic.ask[0] for topic in constant}.difference(fixed)
    picked: list[str] = []
    for question in dict.fromkeys(_in_turn((*picked_first, *chosen_next))):
        owed = firsts.difference(picked, [question])
        if question not in fixed and len(picked) + len(owed) < room:
            picked.append(question)
    picked.sort(key=lambda question: not any(question in topic.ask for topic in picked_first))
    others = [question for question in dict.fromkeys(_in_turn(constant)) if question not in (*picked, *fixed)]
    return (*picked, *others[: room - len(picked)], *fixed)


def explain(questionnaire: Questionnaire, topic: Topic, country: str) -> Explained:
    """A topic as it is shown in a country."""
    outside = ((fact, questionnaire.citations(fact.sources)) for fact in topic.outside if fact.country == country)
    return Explained(topic, questionnaire.citations(topic.sources), tuple(outside))


def told(journey: Journey) -> Iterator[tuple[Section, tuple[Told, ...]]]:
    """The answers on the path, by section, in the words of the questions."""
    for section in journey.sections:
        questions = (question for question in journey.questions if question.section == section.id)
        answered = tuple(
            Told(question, tuple(option.say for option in question.chosen(journey.answers[question.id])))
            for question in questions
            if question.id in journey.answers
        )
        if answered:
            yield section, answered


def _chosen(journey: Journey) -> Iterator[Option]:
    for question in journey.questions:
        yield from question.chosen(journey.answers.get(question.id, ()))


def _in_turn(group: Iterable[Topic]) -> Iterator[str]:
    rounds = zip_longest(*(topic.ask for topic in group))
    return (question for one_round in rounds for question in one_round if question is not None)
