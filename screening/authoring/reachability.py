"""Which answers lead to a question: an exact walk over merged states, with the shortest answers to each.

A question's condition has one part for each earlier question that it names, and rests on the conditions of those
questions too. The walk goes through the questions that it rests on, in the file's order, with every answer that the
form takes: a skip, any one option, any options together that are not `alone`. Answers are told apart only by the rules
that they meet, and states only by the parts that can no longer hold: none, a single one, or more than one, which no
proof here needs to tell apart. Nothing is left out by that: conditions are positive, so whatever rests on a rule that
is not met is lost, and a part of which nothing is lost holds.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from screening.questionnaire.model import Question, Questionnaire

# Sets of rules that answers to one question can meet. Fourteen options never make more; beyond it, the proof is told
# to be missing.
MOST_STATES = 20_000

_Kind = TypeVar("_Kind", bound=Hashable)
Chosen: TypeAlias = tuple[str, ...]
Trail: TypeAlias = tuple[tuple[str, Chosen], ...]
"""Question id and chosen option ids, in the file's order; every other question is skipped."""

Lost: TypeAlias = frozenset[str]
"""The parts of a condition that can no longer hold."""

# Two, so that whatever joins it makes more than one again; no id is like these.
MORE_THAN_ONE: Lost = frozenset({"", "..."})


class Rule(NamedTuple):
    """One of these options must be chosen, or the parts are lost."""

    wanted: frozenset[str]
    parts: Lost


@dataclass(frozen=True)
class Reach:
    """The shortest answers with which a question is asked, if there are any, and those that miss just one part of its
    condition; `states` counts the merged states of the walk.
    """

    asked: Trail | None
    missing_one: Mapping[str, Trail]
    states: int


class TooMany(Exception):
    """A proof would need more states than `MOST_STATES`; the question whose answers make them so many."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.id)
        self.question = question


def reachable_states(questionnaire: Questionnaire, question: Question) -> Reach:
    """Walk to a question.

    Raises:
        TooMany: the walk would exceed its limit of states.
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
    """Question id -> the rules about it on which a question's condition rests, near or far."""
    rules = {name: [Rule(wanted, frozenset({name}))] for name, wanted in question.ask_if.needs}
    for earlier in reversed(questionnaire.questions):
        if earlier.id in rules:
            resting = frozenset[str]().union(*(rule.parts for rule in rules[earlier.id]))
            for name, wanted in earlier.ask_if.needs:
                rules.setdefault(name, []).append(Rule(wanted, resting))
    return rules


def _after(states: Mapping[Lost, Trail], question: Question, answers: Mapping[Lost, Chosen]) -> dict[Lost, Trail]:
    """The states after a question, each with its shortest answers."""
    after: dict[Lost, Trail] = {}
    for lost, trail in states.items():
        for losing, chosen in answers.items():
            state = _merged(lost | losing)
            longer = (*trail, (question.id, chosen)) if chosen else trail
            if state not in after or trail_length(longer) < trail_length(after[state]):
                after[state] = longer
    return after


def trail_length(trail: Trail) -> tuple[int, int]:
    """How long answers are: fewer questions answered first, then fewer options chosen."""
    return len(trail), sum(len(chosen) for _, chosen in trail)


def _answers(question: Question, rules: list[Rule]) -> dict[Lost, Chosen]:
    """What answers to a question can lose, and the shortest answer for each."""
    meets = {
        option.id: frozenset(number for number, rule in enumerate(rules) if option.id in rule.wanted)
        for option in question.options
    }
    met: dict[frozenset[int], Chosen] = {frozenset(): ()}
    for option in question.options:
        if question.many and not option.alone:
            for before, chosen in list(met.items()):
                keep_shortest(met, before | meets[option.id], (*chosen, option.id))
            if len(met) > MOST_STATES:
                raise TooMany(question)
    # After those that others can join: what is chosen alone cannot be joined.
    for option in question.options:
        keep_shortest(met, meets[option.id], (option.id,))
    answers: dict[Lost, Chosen] = {}
    for numbers, chosen in met.items():
        missed = (rule.parts for number, rule in enumerate(rules) if number not in numbers)
        keep_shortest(answers, _merged(frozenset[str]().union(*missed)), chosen)
    return answers


def keep_shortest(shortest: dict[_Kind, Chosen], kind: _Kind, chosen: Chosen) -> None:
    """Keep an answer of a kind if it is the shortest so far."""
    if kind not in shortest or len(chosen) < len(shortest[kind]):
        shortest[kind] = chosen


def _merged(lost: Lost) -> Lost:
    return lost if len(lost) < 2 else MORE_THAN_ONE


def answers_in_words(questionnaire: Questionnaire, trail: Trail) -> str:
    """Answers as an author can give them: in the words of the questions."""
    if not trail:
        return "skip every question"
    told = (_said(questionnaire.by_id[name], chosen) for name, chosen in trail)
    return f"{'; '.join(told)}; skip the rest"


def _said(question: Question, chosen: Chosen) -> str:
    return f'to "{question.ask}" answer ' + " and ".join(f'"{option.say}"' for option in question.chosen(chosen))
