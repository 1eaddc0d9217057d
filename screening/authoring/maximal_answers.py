"""The largest cases, which are answers with maximal sets of effects; and the shortest answers with given effects.

The *effects* of an option are topics, questions or any other hashable items. Each part of a condition that the option
meets is an effect too. The effects of any answers are a subset of those of a largest case.

Conditions are positive: choosing more adds effects, and never removes a question. Only choices that exclude one another
make several cases: questions with a single choice, and options that are `alone`. After each question, a case whose
effects are a subset of another one's is dropped: whatever can follow it can follow the other one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import TypeAlias, TypeVar

from screening.authoring.reachability import MAX_STATES, Chosen, ProofTooLarge, Trail, keep_shortest, trail_length
from screening.questionnaire.model import Option, Question, Questionnaire

# Cases are compared pairwise, so the time grows with the square of their number.
MAX_CASES = 1_000

_Answers = TypeVar("_Answers")
EffectsOf: TypeAlias = Callable[[Question, Option], Collection[Hashable] | None]
"""Return the effects of an option; None if it must not be chosen."""
Pick: TypeAlias = tuple[str, str]
"""The ids of a question and of an option."""
CoverState: TypeAlias = tuple[int, int]
"""A bitmask of effects, and how many of the effects that are only counted."""


def find_maximal_answers(
    questionnaire: Questionnaire, effects_of: EffectsOf, needed: Pick | None = None
) -> list[Trail]:
    """Return the answers with maximal sets of effects, if `needed` is given only those with that option.

    Questions and options that add no effect are skipped.

    Raises:
        ProofTooLarge: there are more than `MAX_CASES`.
    """
    index = _EffectIndex(questionnaire, effects_of, [needed] if needed else [])
    cases: list[tuple[int, Trail]] = [(0, ())]
    for question in index.questions:
        answers = index.maximal_answers(question)
        extended: list[tuple[int, Trail]] = []
        for effects, trail in cases:
            for added, chosen in answers if index.is_asked(question, effects) else [(0, ())]:
                extended.append((effects | added, _extend(trail, question, chosen)))
        cases = _maximal(extended)
        if len(cases) > MAX_CASES:
            raise ProofTooLarge(question)
    return [trail for effects, trail in cases if index.has_needed(effects)]


def shortest_answers(
    questionnaire: Questionnaire, effects_of: EffectsOf, minimum: int = 0, needed: Iterable[Pick] = ()
) -> Trail | None:
    """Return the shortest answers with all `needed` options and a `minimum` of effects; None if there are none.

    Raises:
        ProofTooLarge: there are more than `MAX_STATES`.
    """
    occurrences = Counter(
        effect
        for question in questionnaire.questions
        for option in question.options
        for effect in set(effects_of(question, option) or ())
    )
    # An effect of a single option cannot occur twice, so counting it is enough: that keeps the states few.
    unique = frozenset(effect for effect, times in occurrences.items() if times == 1)
    index = _EffectIndex(questionnaire, effects_of, needed, unique, minimum)
    states: dict[CoverState, Trail] = {(0, 0): ()}
    for question in index.questions:
        answers, after = index.shortest_by_effects(question), dict[CoverState, Trail]()
        for (effects, count), trail in states.items():
            for (added, plus), chosen in answers.items() if index.is_asked(question, effects) else [((0, 0), ())]:
                state, extended = (effects | added, min(count + plus, minimum)), _extend(trail, question, chosen)
                if state not in after or trail_length(extended) < trail_length(after[state]):
                    after[state] = extended
        states = after
        if len(states) > MAX_STATES:
            raise ProofTooLarge(question)
    matching = (trail for (effects, count), trail in states.items() if index.is_enough(effects, count))
    return min(matching, key=trail_length, default=None)


class _EffectIndex:
    """The questions that can contribute effects, with the effects of their options as bitmasks."""

    def __init__(
        self,
        questionnaire: Questionnaire,
        effects_of: EffectsOf,
        needed: Iterable[Pick],
        counted: Collection[Hashable] = (),
        minimum: int = 0,
    ) -> None:
        self._bit: dict[Hashable, int] = {}
        self._minimum = minimum
        needed = set(needed)
        effects_by_pick = {
            (question.id, option.id): effects
            for question in questionnaire.questions
            for option in question.options
            if (effects := effects_of(question, option)) is not None
        }
        relevant = {name for (name, _), effects in effects_by_pick.items() if effects} | {name for name, _ in needed}
        for question in reversed(questionnaire.questions):
            if question.id in relevant:
                relevant |= {name for name, _ in question.ask_if.needs}
        self.questions = tuple(question for question in questionnaire.questions if question.id in relevant)
        self._condition: dict[str, int] = {}
        met: dict[Pick, int] = {}
        for question in self.questions:
            self._condition[question.id] = 0
            for part in question.ask_if.needs:
                self._condition[question.id] |= self._mask([part])
                for option in part[1]:
                    met[part[0], option] = met.get((part[0], option), 0) | self._mask([part])
        self._effects = self._mask(
            effect for effects in effects_by_pick.values() for effect in effects if effect not in counted
        )
        self._needed = self._mask(("needed", pick) for pick in needed)
        self._state_of: dict[Pick, CoverState] = {}
        for pick, effects in effects_by_pick.items():
            marker = self._mask([("needed", pick)]) if pick in needed else 0
            mask = self._mask(effect for effect in effects if effect not in counted) | met.get(pick, 0) | marker
            self._state_of[pick] = mask, sum(effect in counted for effect in set(effects))

    def _mask(self, effects: Iterable[Hashable]) -> int:
        mask = 0
        for effect in effects:
            mask |= 1 << self._bit.setdefault(effect, len(self._bit))
        return mask

    def is_asked(self, question: Question, effects: int) -> bool:
        return self._condition[question.id] & ~effects == 0

    def has_needed(self, effects: int) -> bool:
        return self._needed & ~effects == 0

    def is_enough(self, effects: int, count: int) -> bool:
        return self.has_needed(effects) and (effects & self._effects).bit_count() + count >= self._minimum

    def maximal_answers(self, question: Question) -> list[tuple[int, Chosen]]:
        """Return the answers to a question whose effects are not a subset of another answer's."""
        combined, together, answers = 0, list[str](), list[tuple[int, Chosen]]()
        for option in question.options:
            if (question.id, option.id) in self._state_of:
                effects, _ = self._state_of[question.id, option.id]
                if option.alone or not question.many:
                    answers.append((effects, (option.id,)))
                elif effects & ~combined:
                    together.append(option.id)
                    combined |= effects
        return _maximal([(combined, tuple(together)), *answers])

    def shortest_by_effects(self, question: Question) -> dict[CoverState, Chosen]:
        """Return the shortest answer to a question for each set of effects that its answers can have."""
        shortest: dict[CoverState, Chosen] = {(0, 0): ()}
        allowed = [option for option in question.options if (question.id, option.id) in self._state_of]
        for option in allowed:
            if question.many and not option.alone:
                added, plus = self._state_of[question.id, option.id]
                for (effects, count), chosen in list(shortest.items()):
                    keep_shortest(shortest, (effects | added, min(count + plus, self._minimum)), (*chosen, option.id))
                if len(shortest) > MAX_STATES:
                    raise ProofTooLarge(question)
        # Single options come last, so that the loop above does not add options to those that are `alone`.
        for option in allowed:
            added, plus = self._state_of[question.id, option.id]
            keep_shortest(shortest, (added, min(plus, self._minimum)), (option.id,))
        return shortest


def _extend(trail: Trail, question: Question, chosen: Chosen) -> Trail:
    return (*trail, (question.id, chosen)) if chosen else trail


def _maximal(cases: Iterable[tuple[int, _Answers]]) -> list[tuple[int, _Answers]]:
    """Drop each case whose effects are a subset of another one's. Of equal ones, the first remains."""
    maximal: list[tuple[int, _Answers]] = []
    # In descending order of size, no later case can be a superset of an earlier one.
    for effects, answers in sorted(cases, key=lambda case: -case[0].bit_count()):
        if not any(effects & ~larger == 0 for larger, _ in maximal):
            maximal.append((effects, answers))
    return maximal
