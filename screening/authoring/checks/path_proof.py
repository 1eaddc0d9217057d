"""Every path ends at a summary: proved for the very files that are served, before anyone sees them.

- *No dead end.* The file's order is finite and every question takes a skip. `Journey` itself is walked, answer by
  answer, to the end: for each question along the shortest answers with which it is asked, and for each part of its
  condition along those that miss that part alone. Whether a question is asked or passed over depends on its condition
  and on nothing else, so each step is seen to lead on in both ways.
- *Nothing that nobody can reach.* Each question is asked with some answers; with it its section, and each of its
  options, since any one option can be chosen alone. Each topic is explained with some answers.
- *No condition always or never true.* Some answers meet it. Every question can be skipped, so that none is always true
  as a whole; but each part of it must matter: some answers miss that part and meet all the others.

What its summaries promise is the matter of `pick_proof`, `balance`, `summary_length` and `summary_proof`; `proofs` puts
all of them together.

What only follows from another fault is not told beside it: it shows once that one is mended.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from screening.authoring.reachability import (
    MOST_STATES,
    Reach,
    TooMany,
    Trail,
    answers_in_words,
    reachable_states,
    trail_length,
)
from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault, Where
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire, Section, Step


class Paths(NamedTuple):
    """How each question is reached: the shortest answers by its id, how many merged states were gone through, and what
    is wrong.
    """

    ways: Mapping[str, Trail]
    states: int
    findings: tuple[Finding, ...]


def check(questionnaire: Questionnaire) -> Paths:
    """Go through all paths to each question, and see that each topic is brought."""
    findings: list[Finding] = []
    ways: dict[str, Trail] = {}
    states = 0
    for where, section, question in places(questionnaire):
        # A question that rests on one which nobody is asked, or of which that is not proved, is told of there.
        if all(name in ways for name, _ in question.ask_if.needs):
            found, wrong = _one(questionnaire, where, section, question)
            findings += wrong
            states += found.states
            if found.asked is not None:
                ways[question.id] = found.asked
    return Paths(ways, states, (*findings, *_never_explained(questionnaire)))


def _one(
    questionnaire: Questionnaire, where: Where, section: Section, question: Question
) -> tuple[Reach, list[Finding]]:
    """How one question is reached, and what is wrong with that."""
    try:
        found = reachable_states(questionnaire, question)
    except TooMany as error:
        return Reach(None, {}, 0), [_unproved(where, error.question)]
    if found.asked is None:
        return found, [_never(questionnaire, where, section, question, found)]
    always = _always(questionnaire, where, question, found.asked, found.missing_one)
    return found, [*always, *_dead_ends(questionnaire, where, question, found)]


def places(questionnaire: Questionnaire) -> Iterator[tuple[Where, Section, Question]]:
    """Every question with its section and its position in questionnaire.yaml."""
    for number, section in enumerate(questionnaire.sections):
        for place, step in enumerate(section.steps):
            if isinstance(step, Question):
                yield ("sections", number, "items", place), section, step


def _unproved(where: Where, question: Question) -> Finding:
    wrong = f'Who is asked this cannot be proved: answers to "{question.id}" meet too many sets of conditions.'
    remedy = f"Let conditions tell fewer of its options apart (at most {MOST_STATES:,} sets are gone through)."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _never(questionnaire: Questionnaire, where: Where, section: Section, question: Question, found: Reach) -> Finding:
    wrong = f'Nobody is ever asked "{question.id}"'
    if section.steps == (question,):
        wrong += f', and nobody sees the section "{section.id}"'
    wrong += ": its conditions cannot hold together."
    for part, trail in sorted(found.missing_one.items(), key=lambda one: trail_length(one[1]))[:1]:
        wrong += f' Nearest answers: {answers_in_words(questionnaire, trail)}; then only "{part}" is in its way.'
    remedy = "Change what it asks for, or what the questions before it do."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _always(
    questionnaire: Questionnaire, where: Where, question: Question, asked: Trail, missing_one: Container[str]
) -> Iterator[Finding]:
    for part, _ in question.ask_if.needs:
        if part not in missing_one:
            wrong = (
                f'"{part}" is always met where the rest is. Shortest answers: {answers_in_words(questionnaire, asked)}.'
            )
            yield Finding("questionnaire", Fault((*where, "ask_if", part), wrong, "Take it away.", at_key=True))


def _dead_ends(questionnaire: Questionnaire, where: Where, question: Question, found: Reach) -> Iterator[Finding]:
    ways = [(trail, False) for trail in found.missing_one.values()]
    if found.asked is not None:
        ways.append((found.asked, True))
    for trail, is_asked in sorted(ways, key=lambda way: trail_length(way[0])):
        walked = _walked(questionnaire, trail)
        if walked is None or (question in walked) is not is_asked:
            wrong = f"This leads to no summary. Shortest answers: {answers_in_words(questionnaire, trail)}."
            remedy = "The program is at fault, not the file: tell its makers."
            yield Finding("questionnaire", Fault(where, wrong, remedy))
            return


def _walked(questionnaire: Questionnaire, trail: Trail) -> tuple[Step, ...] | None:
    """The steps that somebody who gives these answers, one by one, comes by; None if they do not lead to the end."""
    answers, given = dict(trail), dict[str, tuple[str, ...]]()
    journey = Journey(questionnaire, given)
    for _ in questionnaire.questions:
        if journey.first_open is None:
            break
        given[journey.first_open.id] = answers.get(journey.first_open.id, ())
        journey = Journey(questionnaire, given)
    walked = list(journey.path[:1])
    for _ in questionnaire.steps:
        following = journey.next(walked[-1])
        if following is None:
            break
        walked.append(following)
    in_order = [step for step in questionnaire.steps if step in walked]
    is_whole = journey.is_complete and journey.next(walked[-1]) is None and list(journey.path) == walked == in_order
    return tuple(walked) if is_whole and all(map(journey.can_visit, walked)) else None


def _never_explained(questionnaire: Questionnaire) -> Iterator[Finding]:
    """A topic that only unreachable options bring is passed over here: those have their own complaint."""
    brought = {topic for question in questionnaire.questions for option in question.options for topic in option.topics}
    for number, topic in enumerate(questionnaire.topics):
        if not topic.always and topic.id not in brought:
            wrong = f'No summary ever explains "{topic.id}": no option brings it.'
            remedy = "Name it under the topics of an option, or take it away."
            yield Finding("topics", Fault(("topics", number, "id"), wrong, remedy))
