"""An adversary with a solver: works out exactly what published cells leave possible, by integer programming.

It knows only the questions and, for each number, its minimum and maximum. People are sorted into kinds by what opens
questions for them. Unknown are how many of each kind there are, and what each of them picked. Every solution is a
population that can have answered so, and the reverse. So a reader of the cells knows exactly what no solution allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple, TypeAlias

import highspy

from screening.questionnaire.model import Question, Questionnaire

Place: TypeAlias = tuple[str, str]
"""Question and option."""

Interval: TypeAlias = tuple[int, int]

Group: TypeAlias = frozenset[str]
"""Options of one question that open the same."""

Kind: TypeAlias = dict[str, frozenset[Group]]
"""For each question that opens others, of which groups of its options somebody picked any; empty without an answer."""

MAX_TOLD = 10


class Groups(NamedTuple):
    """A question's options: at most one of the first group is picked, and then none of the second."""

    alone: tuple[Group, ...]
    together: tuple[Group, ...]

    def picked(self) -> Iterator[frozenset[Group]]:
        """Yield every way to answer, including a skip."""
        yield frozenset()
        yield from (frozenset({one}) for one in self.alone)
        for number in range(1, len(self.together) + 1):
            yield from map(frozenset, combinations(self.together, number))


class Adversary:
    """The populations that are possible if each number is within its bounds."""

    def __init__(self, questionnaire: Questionnaire, everyone: Interval, known: Mapping[Place, Interval]) -> None:
        self.solver = highspy.Highs()  # type: ignore[no-untyped-call]  # it has types elsewhere
        for name, value in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self.solver.setOptionValue(name, value)
        self.most = everyone[1]
        self.counts: dict[Place, Any] = {
            (question.id, option.id): self._number(*known.get((question.id, option.id), (0, self.most)))
            for question in questionnaire.questions
            for option in question.options
        }
        self.few: dict[Place, Any] = {}
        kinds = [(kind, self._number(0, self.most)) for kind in kinds_of(questionnaire)]
        self._between(sum(number for _, number in kinds), *everyone)
        for question in questionnaire.questions:
            self._answer(question, groups_of(questionnaire, question), kinds)

    def narrowed(self, small: Collection[Place]) -> set[Place]:
        """Return the counts that cannot take every value from 0 to 10."""
        return self._beyond(small, 0) | self._beyond(small, MAX_TOLD)

    def _answer(self, question: Question, groups: Groups, kinds: list[tuple[Kind, Any]]) -> None:
        """Model how many of the people asked picked something of each group, and so each option."""
        asked = [(kind, number) for kind, number in kinds if is_asked(question, kind)]
        picked = {group: self._number(0, self.most) for group in groups.alone + groups.together}
        for group, number in picked.items():
            several = [self.counts[question.id, option] for option in group]
            if group in groups.alone:
                self._between(sum(several) - number, 0, 0)
                continue
            self._between(sum(several) - number, 0, self.most * len(several))
            for one in several:
                self._between(number - one, 0, self.most)
        if any(question.id in kind for kind, _ in kinds):
            for group, number in picked.items():
                self._between(sum([one for kind, one in asked if group in kind[question.id]]) - number, 0, 0)
        elif picked:
            self._between(sum(one for _, one in asked) - sum(picked.values()), 0, self.most)

    def _beyond(self, small: Collection[Place], bound: int) -> set[Place]:
        """Return the counts that cannot reach 0, or 10. One solution settles many at once."""
        open_, beyond = set(small), set[Place]()
        while open_:
            found = self._pushed(open_, bound)
            shown = {place for place in open_ if found[place] == bound}
            if not shown:
                one = min(open_)
                shown = {one}
                if self._pushed(shown, bound)[one] != bound:
                    beyond.add(one)
            open_ -= shown
        return beyond

    def _pushed(self, places: Collection[Place], bound: int) -> dict[Place, int]:
        """Solve for these counts pushed together as far as possible, cut off at the bound."""
        if bound:
            for place in places:
                if place not in self.few:
                    self.few[place] = self._number(0, bound)
                    self._between(self.counts[place] - self.few[place], 0, self.most)
            pushed = {place: self.few[place] for place in places}
            self.solver.maximize(sum(pushed.values()))
        else:
            pushed = {place: self.counts[place] for place in places}
            self.solver.minimize(sum(pushed.values()))
        assert self.solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return {place: round(self.solver.variableValue(one)) for place, one in pushed.items()}

    def _number(self, low: int, high: int) -> Any:
        return self.solver.addIntegral(low, high)

    def _between(self, expression: Any, low: int, high: int) -> None:
        if not isinstance(expression, int):
            self.solver.addConstr(low <= expression <= high)


def groups_of(questionnaire: Questionnaire, question: Question) -> Groups:
    """Group a question's options by what they open."""
    wanted = [
        options for later in questionnaire.questions for needed, options in later.ask_if.needs if needed == question.id
    ]
    sorted_: dict[tuple[bool, ...], set[str]] = {}
    for option in question.options:
        is_alone = option.alone or not question.many
        sorted_.setdefault((is_alone, *(option.id in one for one in wanted)), set()).add(option.id)
    return Groups(
        tuple(frozenset(group) for (is_alone, *_), group in sorted_.items() if is_alone),
        tuple(frozenset(group) for (is_alone, *_), group in sorted_.items() if not is_alone),
    )


def kinds_of(questionnaire: Questionnaire) -> list[Kind]:
    """Return every kind of person, as far as it decides who is asked what."""
    opening = {needed for question in questionnaire.questions for needed, _ in question.ask_if.needs}
    kinds: list[Kind] = [{}]
    for question in questionnaire.questions:
        if question.id in opening:
            answers = list(groups_of(questionnaire, question).picked())
            kinds = [
                kind | {question.id: picked}
                for kind in kinds
                for picked in (answers if is_asked(question, kind) else answers[:1])
            ]
    return kinds


def is_asked(question: Question, kind: Kind) -> bool:
    """Return whether people of a kind are asked a question."""
    return all(any(group & wanted for group in kind[needed]) for needed, wanted in question.ask_if.needs)
