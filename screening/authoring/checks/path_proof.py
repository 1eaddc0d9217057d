"""Every path ends at a summary: proved for the files that are served, before anyone sees them.

- *No dead end.* The file's order is finite, and every question can be skipped. The proof steps through `Journey` answer
  by answer, to the end. For each question it uses the shortest answers with which it is asked. For each part of its
  condition it uses those that miss only that part. Whether a question is asked depends on its condition alone, so
  this shows that each step leads on in both cases.
- *Nothing unreachable.* Each question is asked with some answers. So its section is reached, and each of its options,
  since any one option can be chosen alone. Each topic is explained with some answers.
- *No condition always or never true.* Some answers meet it. Every question can be skipped, so no condition is always
  true as a whole. But each part of it must matter: some answers miss that part and meet all the others.

The checks `no_pick_lost`, `balance`, `summary_length` and `summary_proof` prove what summaries guarantee. `proofs`
combines them all.

A fault that only follows from another one is not reported with it. It appears once the first one is fixed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from screening.authoring.reachability import (
    MAX_STATES,
    ProofTooLarge,
    Reach,
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
    """The shortest answers to each question by its id, the number of merged states searched, and the findings."""

    ways: Mapping[str, Trail]
    states: int
    findings: tuple[Finding, ...]


def check(questionnaire: Questionnaire) -> Paths:
    """Search all paths to each question, and check that each topic is brought."""
    findings: list[Finding] = []
    ways: dict[str, Trail] = {}
    states = 0
    for where, section, question in question_positions(questionnaire):
        # If an earlier question that this one needs is unreachable or unproved, that one already has a finding.
        if all(name in ways for name, _ in question.ask_if.needs):
            reach, faults = _check_question(questionnaire, where, section, question)
            findings += faults
            states += reach.states
            if reach.asked is not None:
                ways[question.id] = reach.asked
    return Paths(ways, states, (*findings, *_never_explained(questionnaire)))


def _check_question(
    questionnaire: Questionnaire, where: Where, section: Section, question: Question
) -> tuple[Reach, list[Finding]]:
    """Return how one question is reached, and the findings about it."""
    try:
        reach = reachable_states(questionnaire, question)
    except ProofTooLarge as error:
        return Reach(None, {}, 0), [_unproved(where, error.question)]
    if reach.asked is None:
        return reach, [_never_asked(questionnaire, where, section, question, reach)]
    redundant = _always_met(questionnaire, where, question, reach.asked, reach.missing_one)
    return reach, [*redundant, *_dead_ends(questionnaire, where, question, reach)]


def question_positions(questionnaire: Questionnaire) -> Iterator[tuple[Where, Section, Question]]:
    """Yield each question with its section and its position in questionnaire.yaml."""
    for section_number, section in enumerate(questionnaire.sections):
        for number, step in enumerate(section.steps):
            if isinstance(step, Question):
                yield ("sections", section_number, "items", number), section, step


def _unproved(where: Where, question: Question) -> Finding:
    wrong = (
        f'The check cannot prove who is asked this: answers to "{question.id}" meet too many combinations of '
        "conditions."
    )
    remedy = f"Name fewer of its options in conditions (the check covers at most {MAX_STATES:,} combinations)."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _never_asked(
    questionnaire: Questionnaire, where: Where, section: Section, question: Question, reach: Reach
) -> Finding:
    wrong = f'Nobody is ever asked "{question.id}"'
    if section.steps == (question,):
        wrong += f', and nobody sees the section "{section.id}"'
    wrong += ": its conditions can never all be met."
    for part, trail in sorted(reach.missing_one.items(), key=lambda item: trail_length(item[1]))[:1]:
        wrong += (
            f" Closest you can get: {answers_in_words(questionnaire, trail)}; then only the condition on "
            f'"{part}" is not met.'
        )
    remedy = "Change its conditions, or those of the questions before it."
    return Finding("questionnaire", Fault((*where, "ask_if"), wrong, remedy))


def _always_met(
    questionnaire: Questionnaire, where: Where, question: Question, asked: Trail, missing_one: Container[str]
) -> Iterator[Finding]:
    for part, _ in question.ask_if.needs:
        if part not in missing_one:
            wrong = (
                f'The condition on "{part}" changes nothing: it is met whenever the others are. Shortest way to see '
                f"this: {answers_in_words(questionnaire, asked)}."
            )
            yield Finding("questionnaire", Fault((*where, "ask_if", part), wrong, "Delete it.", at_key=True))


def _dead_ends(questionnaire: Questionnaire, where: Where, question: Question, reach: Reach) -> Iterator[Finding]:
    ways = [(trail, False) for trail in reach.missing_one.values()]
    if reach.asked is not None:
        ways.append((reach.asked, True))
    for trail, is_asked in sorted(ways, key=lambda way: trail_length(way[0])):
        steps = _steps_to_summary(questionnaire, trail)
        if steps is None or (question in steps) is not is_asked:
            wrong = f"This leads to no summary. Shortest way to see this: {answers_in_words(questionnaire, trail)}."
            remedy = "This is a bug in the program, not in the file. Report it to the developers."
            yield Finding("questionnaire", Fault(where, wrong, remedy))
            return


def _steps_to_summary(questionnaire: Questionnaire, trail: Trail) -> tuple[Step, ...] | None:
    """Give these answers one by one, and return the steps of the journey; None if they do not lead to the end."""
    answers, given = dict(trail), dict[str, tuple[str, ...]]()
    journey = Journey(questionnaire, given)
    for _ in questionnaire.questions:
        if journey.first_open is None:
            break
        given[journey.first_open.id] = answers.get(journey.first_open.id, ())
        journey = Journey(questionnaire, given)
    visited = list(journey.path[:1])
    for _ in questionnaire.steps:
        following = journey.next(visited[-1])
        if following is None:
            break
        visited.append(following)
    in_order = [step for step in questionnaire.steps if step in visited]
    is_whole = journey.is_complete and journey.next(visited[-1]) is None and list(journey.path) == visited == in_order
    return tuple(visited) if is_whole and all(map(journey.can_visit, visited)) else None


def _never_explained(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Yield each topic that no option brings. An unreachable option counts here: it has its own complaint."""
    brought = {topic for question in questionnaire.questions for option in question.options for topic in option.topics}
    for number, topic in enumerate(questionnaire.topics):
        if not topic.always and topic.id not in brought:
            wrong = f'No summary ever explains "{topic.id}", because no option brings it.'
            remedy = "List it under the topics of an option, or delete it."
            yield Finding("topics", Fault(("topics", number, "id"), wrong, remedy))
