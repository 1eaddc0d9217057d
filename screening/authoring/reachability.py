"""Exact reachability: which answers lead to a question, as a search over merged states that keeps the shortest answers.

A question's condition has one part for each earlier question that it names, and depends on the conditions of those
questions too. The search covers the questions that it depends on, in the file's order, with every answer that the form
accepts: a skip, any one option, any combination of options that are not `alone`.

Answers that meet the same rules are merged. States are merged by the parts that can no longer hold: none, a single one,
or more than one, which no proof here distinguishes. The merging is exact because conditions are positive. Whatever
depends on an unmet rule is lost, and a part holds if nothing that it depends on is lost.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from screening.questionnaire.model import Question, Questionnaire

# The most sets of rules that answers to one question may meet. Fourteen options never exceed it (2^14 is 16,384).
# Beyond it, a finding says that the proof is missing.
MAX_STATES = 20_000

_Kind = TypeVar("_Kind", bound=Hashable)
Chosen: TypeAlias = tuple[str, ...]
Trail: TypeAlias = tuple[tuple[str, Chosen], ...]
"""Pairs of a question id and its chosen option ids, in the file's order. Every other question is skipped."""

Lost: TypeAlias = frozenset[str]
"""The parts of a condition that can no longer hold."""

# Two members, so that a union with any other set has more than one too. No id looks like these.
MORE_THAN_ONE: Lost = frozenset({"", "..."})


class Rule(NamedTuple):
    """A rule on the answer to one question: the parts are lost unless one of the `wanted` options is chosen."""

    wanted: frozenset[str]
    parts: Lost


@dataclass(frozen=True)
class Reach:
    """How a question is reached.

    `asked` is the shortest answers with which it is asked, if any. `missing_one` maps each part of its condition to the
    shortest answers that miss only that part. `states` counts the merged states of the search.
    """

    asked: Trail | None
    missing_one: Mapping[str, Trail]
    states: int


class ProofTooLarge(Exception):
    """A proof would exceed a limit, such as `MAX_STATES`. `question` is the one whose answers exceed it."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.id)
        self.question = question


def reachable_states(questionnaire: Questionnaire, question: Question) -> Reach:
    """Find the shortest answers with which a question is asked, and those that miss one part of its condition.

    Raises:
        ProofTooLarge: the search would exceed `MAX_STATES`.
    """
    rules = _rules(questionnaire, question)
    states: dict[Lost, Trail] = {frozenset(): ()}
    covered = 1
    for earlier in questionnaire.questions:
        if earlier.id in rules:
            states = _after(states, earlier, _answers(earlier, rules[earlier.id]))
            covered += len(states)
    missing_one = {part: states[lost] for part, _ in question.ask_if.needs if (lost := frozenset({part})) in states}
    return Reach(states.get(frozenset()), missing_one, covered)


def _rules(questionnaire: Questionnaire, question: Question) -> dict[str, list[Rule]]:
    """Return the rules on which a question's condition depends, directly or indirectly, by question id."""
    rules = {name: [Rule(wanted, frozenset({name}))] for name, wanted in question.ask_if.needs}
    for earlier in reversed(questionnaire.questions):
        if earlier.id in rules:
            dependent = frozenset[str]().union(*(rule.parts for rule in rules[earlier.id]))
            for name, wanted in earlier.ask_if.needs:
                rules.setdefault(name, []).append(Rule(wanted, dependent))
    return rules


def _after(states: Mapping[Lost, Trail], question: Question, answers: Mapping[Lost, Chosen]) -> dict[Lost, Trail]:
    """Return the states after a question, each with its shortest answers."""
    after: dict[Lost, Trail] = {}
    for lost, trail in states.items():
        for losing, chosen in answers.items():
            state = _merged(lost | losing)
            extended = (*trail, (question.id, chosen)) if chosen else trail
            if state not in after or trail_length(extended) < trail_length(after[state]):
                after[state] = extended
    return after


def trail_length(trail: Trail) -> tuple[int, int]:
    """Return a sort key: the number of questions answered, then the number of options chosen."""
    return len(trail), sum(len(chosen) for _, chosen in trail)


def _answers(question: Question, rules: list[Rule]) -> dict[Lost, Chosen]:
    """Return the shortest answer for each set of parts that answers to a question can lose."""
    meets = {
        option.id: frozenset(number for number, rule in enumerate(rules) if option.id in rule.wanted)
        for option in question.options
    }
    met: dict[frozenset[int], Chosen] = {frozenset(): ()}
    for option in question.options:
        if question.many and not option.alone:
            for before, chosen in list(met.items()):
                keep_shortest(met, before | meets[option.id], (*chosen, option.id))
            if len(met) > MAX_STATES:
                raise ProofTooLarge(question)
    # Single options come last, so that the loop above does not add options to those that are `alone`.
    for option in question.options:
        keep_shortest(met, meets[option.id], (option.id,))
    answers: dict[Lost, Chosen] = {}
    for numbers, chosen in met.items():
        missed = (rule.parts for number, rule in enumerate(rules) if number not in numbers)
        keep_shortest(answers, _merged(frozenset[str]().union(*missed)), chosen)
    return answers


def keep_shortest(shortest: dict[_Kind, Chosen], kind: _Kind, chosen: Chosen) -> None:
    """Store an answer of a kind if it is the shortest so far."""
    if kind not in shortest or len(chosen) < len(shortest[kind]):
        shortest[kind] = chosen


def _merged(lost: Lost) -> Lost:
    return lost if len(lost) < 2 else MORE_THAN_ONE


def answers_in_words(questionnaire: Questionnaire, trail: Trail) -> str:
    """Describe answers in the words of the questions, so that an author can enter them."""
    if not trail:
        return "skip every question"
    answers = (_answer_in_words(questionnaire.by_id[name], chosen) for name, chosen in trail)
    return f"{'; '.join(answers)}; skip the rest"


def _answer_in_words(question: Question, chosen: Chosen) -> str:
    return "answer " + " and ".join(f'"{option.say}"' for option in question.chosen(chosen)) + f' to "{question.ask}"'
