"""What somebody can work out from rounded figures who knows the questions, and adds and subtracts.

Figures hang together: whoever is asked a question picked what opens it, and of the options of a question with one
choice nobody picks two. So a figure that is not told lies between bounds that the others give. Every bound here holds
whatever people answered; what the figures tell beyond simple sums is not looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from screening.questionnaire.model import Question, Questionnaire
from screening.storage.published import Cell, Cells

FEWER_THAN = 11


@dataclass
class Range:
    """How few and how many it can be."""

    low: int
    high: int

    def narrow(self, low: int, high: int) -> None:
        """Take over what else is known."""
        self.low, self.high = max(self.low, low), min(self.high, high)


def shown(number: int) -> Cell:
    """A count as it is published: rounded once to a multiple of 10, and not told below 11."""
    return None if number < FEWER_THAN else (number + 5) // 10 * 10


def behind(cell: Cell) -> Range:
    """The counts that are published as this cell."""
    if cell is None:
        return Range(0, FEWER_THAN - 1)
    return Range(max(FEWER_THAN, cell - 5), cell + 4)


def tells_too_much(questionnaire: Questionnaire, submissions: int, cells: Cells) -> bool:
    """Whether a small count can be narrowed down: one that is at most 10 must be able to be anything from 0 to 10."""
    bounds = Bounds(questionnaire, submissions, cells)
    bounds.work_out()
    few = FEWER_THAN - 1
    return any(one.high < few or (one.high == few and one.low) for one in bounds.chosen.values())


@dataclass
class Bounds:
    """The ranges of everything that the figures of a version are about: each is narrowed by the others."""

    questionnaire: Questionnaire
    submissions: int
    cells: Cells
    everyone: Range = field(init=False)
    answered: dict[str, Range] = field(init=False)
    chosen: dict[tuple[str, str], Range] = field(init=False)

    def __post_init__(self) -> None:
        self.everyone = behind(self.submissions)
        most = self.everyone.high
        self.answered = {question.id: Range(0, most) for question in self.questionnaire.questions}
        self.chosen = {}
        for question in self.questionnaire.questions:
            told = self.cells.get(question.id)
            for option in question.options:
                self.chosen[question.id, option.id] = Range(0, most) if told is None else behind(told[option.id])

    def work_out(self) -> None:
        """Narrow everything until nothing gets narrower."""
        before = None
        while before != (now := repr(self.chosen)):
            before = now
            for question in self.questionnaire.questions:
                self._within(question)
                self._opened(question)

    def _within(self, question: Question) -> None:
        """Those who answered are those who picked an option; of options that stand alone they picked one."""
        answered = self.answered[question.id]
        alone: list[Range] = []
        together: list[Range] = []
        for option in question.options:
            (alone if option.alone or not question.many else together).append(self.chosen[question.id, option.id])
        others = Range(max((one.low for one in together), default=0), sum(one.high for one in together))
        parts = [*alone, others]
        answered.narrow(sum(one.low for one in parts), min(self.everyone.high, sum(one.high for one in parts)))
        self.everyone.narrow(answered.low, self.everyone.high)
        for part in parts:
            rest = [one for one in parts if one is not part]
            part.narrow(answered.low - sum(one.high for one in rest), answered.high - sum(one.low for one in rest))
        for one in together:
            one.narrow(0, others.high)
        _cover(together, others.low)

    def _opened(self, question: Question) -> None:
        """Whoever answered picked, of each question that this one waits for, something that opens it."""
        answered = self.answered[question.id]
        for needed, wanted in question.ask_if.needs:
            openers = [self.chosen[needed, option] for option in wanted]
            answered.narrow(0, min(sum(one.high for one in openers), self.answered[needed].high))
            self.answered[needed].narrow(answered.low, self.answered[needed].high)
            _cover(openers, answered.low)


def _cover(several: list[Range], low: int) -> None:
    """Narrow each of several that together reach at least so many."""
    for one in several:
        one.narrow(low - sum(other.high for other in several if other is not one), one.high)


def cells_of(questionnaire: Questionnaire, counts: Iterable[int]) -> dict[str, dict[str, Cell]]:
    """Counts for each option, in the file's order, as cells."""
    following = iter(counts)
    return {
        question.id: {option.id: shown(next(following)) for option in question.options}
        for question in questionnaire.questions
    }


def without_what_tells(
    questionnaire: Questionnaire, submissions: int, cells: Mapping[str, Mapping[str, Cell]]
) -> dict[str, Mapping[str, Cell] | None]:
    """The cells with whole questions left out, the later ones first, until they do not tell too much."""
    kept: dict[str, Mapping[str, Cell] | None] = dict.fromkeys(cells)
    for question, told in cells.items():
        if not tells_too_much(questionnaire, submissions, kept | {question: told}):
            kept[question] = told
    return kept
