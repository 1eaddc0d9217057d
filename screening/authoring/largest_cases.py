"""The largest cases: answers that hold as much as can be chosen together, so that all other answers hold less than one
of them. And the shortest answers that hold what a proof asks for.

What an option brings are *things*: topics, questions, anything that can be told apart. So is each part of a condition
that it meets. Conditions are positive: whoever chooses more brings more things, and is asked no fewer questions. Only
what excludes one another makes several cases: questions of which one option is chosen, and options that are `alone`.
Question by question, what brings no more things than another case is left out: whatever follows it follows there too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import TypeAlias, TypeVar

from screening.authoring.reachability import MOST_STATES, Chosen, TooMany, Trail, keep_shortest, trail_length
from screening.questionnaire.model import Option, Question, Questionnaire

# Cases are compared with one another, which takes the square of their number.
MOST_CASES = 1_000

_Label = TypeVar("_Label")
Brings: TypeAlias = Callable[[Question, Option], Collection[Hashable] | None]
"""The things that an option brings; None where it is not to be chosen."""
Pick: TypeAlias = tuple[str, str]
"""The ids of a question and of an option."""
CoverState: TypeAlias = tuple[int, int]
"""A set of things, one bit each, and how many there are of those that are only counted."""


def find_largest_cases(questionnaire: Questionnaire, brings: Brings, needed: Pick | None = None) -> list[Trail]:
    """The largest cases; only those with one option, if it is `needed`. What adds nothing to them is skipped.

    Raises:
        TooMany: there are more than `MOST_CASES`.
    """
    ways = _Ways(questionnaire, brings, [needed] if needed else [])
    cases: list[tuple[int, Trail]] = [(0, ())]
    for question in ways.questions:
        answers = ways.fullest(question)
        longer: list[tuple[int, Trail]] = []
        for things, trail in cases:
            for more, chosen in answers if ways.is_asked(question, things) else [(0, ())]:
                longer.append((things | more, _and(trail, question, chosen)))
        cases = _largest(longer)
        if len(cases) > MOST_CASES:
            raise TooMany(question)
    return [trail for things, trail in cases if ways.has_needed(things)]


def shortest_answers(
    questionnaire: Questionnaire, brings: Brings, enough: int = 0, needed: Iterable[Pick] = ()
) -> Trail | None:
    """The shortest answers that bring `enough` things, with all options that are `needed`; None if there are none.

    Raises:
        TooMany: the walk would exceed its limit of states.
    """
    held = Counter(
        thing
        for question in questionnaire.questions
        for option in question.options
        for thing in set(brings(question, option) or ())
    )
    # What only one option brings need not be told apart from others of its kind.
    ways = _Ways(questionnaire, brings, needed, frozenset(thing for thing, times in held.items() if times == 1), enough)
    states: dict[CoverState, Trail] = {(0, 0): ()}
    for question in ways.questions:
        answers, after = ways.every(question), dict[CoverState, Trail]()
        for (things, number), trail in states.items():
            for (more, plus), chosen in answers.items() if ways.is_asked(question, things) else [((0, 0), ())]:
                state, longer = (things | more, min(number + plus, enough)), _and(trail, question, chosen)
                if state not in after or trail_length(longer) < trail_length(after[state]):
                    after[state] = longer
        states = after
        if len(states) > MOST_STATES:
            raise TooMany(question)
    ending = (trail for (things, number), trail in states.items() if ways.is_enough(things, number))
    return min(ending, key=trail_length, default=None)


class _Ways:
    """The questions that matter to some things, and what their options bring."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        brings: Brings,
        needed: Iterable[Pick],
        counted: Collection[Hashable] = (),
        enough: int = 0,
    ) -> None:
        self._bit: dict[Hashable, int] = {}
        self._enough = enough
        needed = set(needed)
        brought = {
            (question.id, option.id): things
            for question in questionnaire.questions
            for option in question.options
            if (things := brings(question, option)) is not None
        }
        matter = {name for (name, _), things in brought.items() if things} | {name for name, _ in needed}
        for question in reversed(questionnaire.questions):
            if question.id in matter:
                matter |= {name for name, _ in question.ask_if.needs}
        self.questions = tuple(question for question in questionnaire.questions if question.id in matter)
        self._asked: dict[str, int] = {}
        met: dict[Pick, int] = {}
        for question in self.questions:
            self._asked[question.id] = 0
            for part in question.ask_if.needs:
                self._asked[question.id] |= self._of([part])
                for option in part[1]:
                    met[part[0], option] = met.get((part[0], option), 0) | self._of([part])
        self._things = self._of(thing for things in brought.values() for thing in things if thing not in counted)
        self._needed = self._of(("needed", pick) for pick in needed)
        self._brought: dict[Pick, CoverState] = {}
        for pick, things in brought.items():
            also = self._of([("needed", pick)]) if pick in needed else 0
            mask = self._of(thing for thing in things if thing not in counted) | met.get(pick, 0) | also
            self._brought[pick] = mask, sum(thing in counted for thing in set(things))

    def _of(self, things: Iterable[Hashable]) -> int:
        found = 0
        for thing in things:
            found |= 1 << self._bit.setdefault(thing, len(self._bit))
        return found

    def is_asked(self, question: Question, things: int) -> bool:
        return self._asked[question.id] & ~things == 0

    def has_needed(self, things: int) -> bool:
        return self._needed & ~things == 0

    def is_enough(self, things: int, number: int) -> bool:
        return self.has_needed(things) and (things & self._things).bit_count() + number >= self._enough

    def fullest(self, question: Question) -> list[tuple[int, Chosen]]:
        """The answers to a question, without those that bring less than another one."""
        everything, together, answers = 0, list[str](), list[tuple[int, Chosen]]()
        for option in question.options:
            if (question.id, option.id) in self._brought:
                things, _ = self._brought[question.id, option.id]
                if option.alone or not question.many:
                    answers.append((things, (option.id,)))
                elif things & ~everything:
                    together.append(option.id)
                    everything |= things
        return _largest([(everything, tuple(together)), *answers])

    def every(self, question: Question) -> dict[CoverState, Chosen]:
        """The shortest answer to a question for all that answers to it can bring."""
        found: dict[CoverState, Chosen] = {(0, 0): ()}
        known = [option for option in question.options if (question.id, option.id) in self._brought]
        for option in known:
            if question.many and not option.alone:
                more, plus = self._brought[question.id, option.id]
                for (things, number), chosen in list(found.items()):
                    keep_shortest(found, (things | more, min(number + plus, self._enough)), (*chosen, option.id))
                if len(found) > MOST_STATES:
                    raise TooMany(question)
        # After those that others can join: what is chosen alone cannot be joined.
        for option in known:
            more, plus = self._brought[question.id, option.id]
            keep_shortest(found, (more, min(plus, self._enough)), (option.id,))
        return found


def _and(trail: Trail, question: Question, chosen: Chosen) -> Trail:
    return (*trail, (question.id, chosen)) if chosen else trail


def _largest(cases: Iterable[tuple[int, _Label]]) -> list[tuple[int, _Label]]:
    """Without those of which all is in another one; of equal ones, the first is kept."""
    kept: list[tuple[int, _Label]] = []
    # The fuller ones first: nothing that comes later holds one of those.
    for things, told in sorted(cases, key=lambda case: -case[0].bit_count()):
        if not any(things & ~more == 0 for more, _ in kept):
            kept.append((things, told))
    return kept
