"""Small-cell suppression: what a reader who knows the questions can derive from published figures.

Figures depend on each other. Everyone who is asked a question picked an option that opens it, and nobody picks two
options of a single-choice question. So the other figures set bounds for a suppressed one. Every bound here holds for
any answers, as long as chance moved no count by more than `REACH`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from screening.questionnaire.model import Option, Question, Questionnaire
from screening.storage.published_figures import PublishedCell, PublishedCells

# Smaller figures are suppressed.
FEWER_THAN = 11
# Chance moves 99 % of the counts by no more than this (see `publishing`).
REACH = 11


@dataclass
class Range:
    """The smallest and the largest possible value of a count."""

    low: int
    high: int

    def narrow(self, low: int, high: int) -> None:
        """Intersect with another range."""
        self.low, self.high = max(self.low, low), min(self.high, high)

    @property
    def is_empty(self) -> bool:
        """Whether no value is possible: chance moved the figures so far that they contradict each other."""
        return self.low > self.high


def shown_cells(number: int) -> PublishedCell:
    """Round a count that chance has moved to a multiple of 10, or suppress it (None) below 11."""
    return None if number < FEWER_THAN else (number + 5) // 10 * 10


def possible_counts(cell: PublishedCell, reach: int = REACH) -> Range:
    """Return the counts that a cell can stand for, if chance moved its count by at most `reach`."""
    low, high = (0, FEWER_THAN - 1) if cell is None else (max(FEWER_THAN, cell - 5), cell + 4)
    return Range(max(0, low - reach), high + reach)


def is_disclosive(questionnaire: Questionnaire, submissions: int, cells: PublishedCells, reach: int = REACH) -> bool:
    """Say whether a reader can narrow down a small count. Any count up to 10 must stay possible from 0 to 10."""
    bounds = Bounds(questionnaire, submissions, cells, reach)
    return not bounds.propagate() or any(bounds.is_narrowed(*option) for option in bounds.chosen)


@dataclass
class Bounds:
    """The ranges of all counts of a version, each narrowed by the others (interval constraint propagation).

    `everyone`: people who shared. `answered`: people who answered, by question. `chosen`: by question and option.
    """

    questionnaire: Questionnaire
    submissions: int
    cells: PublishedCells
    reach: int = REACH
    needs: dict[str, dict[str, set[frozenset[str]]]] = field(init=False)
    everyone: Range = field(init=False)
    answered: dict[str, Range] = field(init=False)
    chosen: dict[tuple[str, str], Range] = field(init=False)

    def __post_init__(self) -> None:
        self.needs = _needs(self.questionnaire)
        self.everyone = possible_counts(self.submissions, self.reach)
        most = self.everyone.high
        self.answered = {question.id: Range(0, most) for question in self.questionnaire.questions}
        self.chosen = {}
        for question in self.questionnaire.questions:
            published = self.cells.get(question.id)
            for option in question.options:
                known = Range(0, most) if published is None else possible_counts(published[option.id], self.reach)
                self.chosen[question.id, option.id] = known

    def propagate(self) -> bool:
        """Narrow all ranges to a fixed point. False if figures contradict each other; then the ranges mean nothing."""
        before = None
        while before != (now := self._state()):
            before = now
            for question in self.questionnaire.questions:
                self._narrow_within(question)
                self._narrow_by_conditions(question)
            if any(one.is_empty for one in self._ranges()):
                return False
        return True

    def is_narrowed(self, question: str, option: str) -> bool:
        """Say whether a reader knows a small count more closely than 0 to 10."""
        count, few = self.chosen[question, option], FEWER_THAN - 1
        is_published = (self.cells.get(question) or {}).get(option) is not None
        # A published number may already say by itself that the count is not 0.
        return count.high < few or (count.low > 0 and (count.high == few if is_published else count.low <= few))

    def _ranges(self) -> Iterator[Range]:
        yield self.everyone
        yield from self.answered.values()
        yield from self.chosen.values()

    def _state(self) -> list[tuple[int, int]]:
        return [(one.low, one.high) for one in self._ranges()]

    def _narrow_within(self, question: Question) -> None:
        """Apply that people who answered picked an option, and that exclusive options exclude all others."""
        answered = self.answered[question.id]
        exclusive: list[Range] = []
        combinable: list[Range] = []
        for option in question.options:
            ranges = exclusive if self._is_exclusive(question.id, option) else combinable
            ranges.append(self.chosen[question.id, option.id])
        # People who picked any of the combinable options.
        any_combinable = Range(max((one.low for one in combinable), default=0), sum(one.high for one in combinable))
        parts = [*exclusive, any_combinable]
        answered.narrow(sum(one.low for one in parts), min(self.everyone.high, sum(one.high for one in parts)))
        self.everyone.narrow(answered.low, self.everyone.high)
        for part in parts:
            rest = [one for one in parts if one is not part]
            part.narrow(answered.low - sum(one.high for one in rest), answered.high - sum(one.low for one in rest))
        for one in combinable:
            one.narrow(0, any_combinable.high)
        _narrow_cover(combinable, any_combinable.low)

    def _narrow_by_conditions(self, question: Question) -> None:
        """Apply that people who answered picked an option that each condition needs, and none that rules it out."""
        answered = self.answered[question.id]
        for needed, conditions in self.needs[question.id].items():
            exclusive = {
                option.id for option in self.questionnaire.by_id[needed].options if self._is_exclusive(needed, option)
            }
            # An exclusive option is the only pick, so it rules the question out unless it meets every condition.
            excluding = exclusive - frozenset.intersection(*conditions)
            for options in conditions:
                openers = [self.chosen[needed, option] for option in options - excluding]
                answered.narrow(0, sum(one.high for one in openers))
                _narrow_cover(openers, answered.low)
            _narrow_disjoint([answered, *(self.chosen[needed, option] for option in excluding)], self.answered[needed])

    def _is_exclusive(self, question: str, option: Option) -> bool:
        return option.alone or not self.questionnaire.by_id[question].many


def _needs(questionnaire: Questionnaire) -> dict[str, dict[str, set[frozenset[str]]]]:
    """Collect the conditions of each question and, transitively, of the questions that they name.

    Question -> earlier question -> sets of options, one option of each of which is needed.
    """
    needs: dict[str, dict[str, set[frozenset[str]]]] = {}
    for question in questionnaire.questions:
        of_this: dict[str, set[frozenset[str]]] = {}
        for needed, options in question.ask_if.needs:
            for earlier, conditions in {**needs[needed], needed: {options}}.items():
                of_this.setdefault(earlier, set()).update(conditions)
        needs[question.id] = of_this
    return needs


def _narrow_cover(parts: list[Range], low: int) -> None:
    """Narrow parts whose sum is at least `low`."""
    for part in parts:
        part.narrow(low - sum(other.high for other in parts if other is not part), part.high)


def _narrow_disjoint(parts: list[Range], whole: Range) -> None:
    """Narrow disjoint parts of a whole, and the whole."""
    whole.narrow(sum(part.low for part in parts), whole.high)
    for part in parts:
        part.narrow(0, whole.high - sum(other.low for other in parts if other is not part))


def cells_of(questionnaire: Questionnaire, counts: Iterable[int]) -> dict[str, dict[str, PublishedCell]]:
    """Turn the counts of all options, in the file's order, into cells."""
    remaining = iter(counts)
    return {
        question.id: {option.id: shown_cells(next(remaining)) for option in question.options}
        for question in questionnaire.questions
    }


def suppress_disclosive(
    questionnaire: Questionnaire, submissions: int, cells: Mapping[str, Mapping[str, PublishedCell]], reach: int = REACH
) -> dict[str, Mapping[str, PublishedCell] | None]:
    """Suppress whole questions (None) until the cells are not disclosive. Earlier questions take precedence."""
    safe: dict[str, Mapping[str, PublishedCell] | None] = dict.fromkeys(cells)
    for question, published in cells.items():
        if not is_disclosive(questionnaire, submissions, safe | {question: published}, reach):
            safe[question] = published
    return safe
