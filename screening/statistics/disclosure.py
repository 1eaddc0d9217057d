"""What somebody can work out from published figures who knows the questions, and adds and subtracts.

Figures hang together: whoever is asked a question picked what opens it, and of the options of a question with one
choice nobody picks two. So a figure that is not told lies between bounds that the others give. Every bound here holds
whatever people answered, as long as no count lies further from what was drawn for it than `REACH`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from screening.questionnaire.model import Option, Question, Questionnaire
from screening.storage.published_figures import PublishedCell, PublishedCells

FEWER_THAN = 11
# Of the counts that are drawn (see `publishing`), 99 % lie no further from what was drawn.
REACH = 11


@dataclass
class Range:
    """How few and how many it can be."""

    low: int
    high: int

    def narrow(self, low: int, high: int) -> None:
        """Take over what else is known."""
        self.low, self.high = max(self.low, low), min(self.high, high)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left: chance moved what this rests on so far that it does not go together."""
        return self.low > self.high


def shown_cells(number: int) -> PublishedCell:
    """What was drawn for a count as it is published: rounded once to a multiple of 10, and not told below 11."""
    return None if number < FEWER_THAN else (number + 5) // 10 * 10


def possible_counts(cell: PublishedCell, reach: int = REACH) -> Range:
    """The counts that a cell can stand for, if what was drawn lies at most so far from the count."""
    low, high = (0, FEWER_THAN - 1) if cell is None else (max(FEWER_THAN, cell - 5), cell + 4)
    return Range(max(0, low - reach), high + reach)


def tells_too_much(questionnaire: Questionnaire, submissions: int, cells: PublishedCells, reach: int = REACH) -> bool:
    """Whether a small count can be narrowed down: one that is at most 10 must be able to be anything from 0 to 10."""
    bounds = Bounds(questionnaire, submissions, cells, reach)
    return not bounds.work_out() or any(bounds.is_narrowed(*place) for place in bounds.chosen)


@dataclass
class Bounds:
    """The ranges of everything that the figures of a version are about: each is narrowed by the others.

    `everyone`: who shared. `answered`: by question. `chosen`: by question and option.
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
            told = self.cells.get(question.id)
            for option in question.options:
                known = Range(0, most) if told is None else possible_counts(told[option.id], self.reach)
                self.chosen[question.id, option.id] = known

    def work_out(self) -> bool:
        """Narrow everything until nothing gets narrower. False, and nothing is known, if figures do not go together."""
        before = None
        while before != (now := self._state()):
            before = now
            for question in self.questionnaire.questions:
                self._within(question)
                self._opened(question)
            if any(one.is_empty for one in self._ranges()):
                return False
        return True

    def is_narrowed(self, question: str, option: str) -> bool:
        """Whether a count, if it is small, is known more closely than from 0 to 10."""
        one, few = self.chosen[question, option], FEWER_THAN - 1
        is_told = (self.cells.get(question) or {}).get(option) is not None
        # Of one that is told as larger, what was drawn for it may already say that it is not 0.
        return one.high < few or (one.low > 0 and (one.high == few if is_told else one.low <= few))

    def _ranges(self) -> Iterator[Range]:
        yield self.everyone
        yield from self.answered.values()
        yield from self.chosen.values()

    def _state(self) -> list[tuple[int, int]]:
        return [(one.low, one.high) for one in self._ranges()]

    def _within(self, question: Question) -> None:
        """Those who answered are those who picked an option; of options that stand alone they picked one."""
        answered = self.answered[question.id]
        alone: list[Range] = []
        together: list[Range] = []
        for option in question.options:
            (alone if self._is_alone(question.id, option) else together).append(self.chosen[question.id, option.id])
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
        """Whoever answered picked something that opens it wherever that is needed, and so nothing that rules it out."""
        answered = self.answered[question.id]
        for needed, several in self.needs[question.id].items():
            alone = {option.id for option in self.questionnaire.by_id[needed].options if self._is_alone(needed, option)}
            # Nothing else is picked beside it, so by itself it must do for everything that is needed.
            excluding = alone - frozenset.intersection(*several)
            for wanted in several:
                openers = [self.chosen[needed, option] for option in wanted - excluding]
                answered.narrow(0, sum(one.high for one in openers))
                _cover(openers, answered.low)
            _share([answered, *(self.chosen[needed, option] for option in excluding)], self.answered[needed])

    def _is_alone(self, question: str, option: Option) -> bool:
        return option.alone or not self.questionnaire.by_id[question].many


def _needs(questionnaire: Questionnaire) -> dict[str, dict[str, set[frozenset[str]]]]:
    """What each question needs, and what those that it waits for need: by question, one of each of several sets."""
    needs: dict[str, dict[str, set[frozenset[str]]]] = {}
    for question in questionnaire.questions:
        of_this: dict[str, set[frozenset[str]]] = {}
        for needed, wanted in question.ask_if.needs:
            for earlier, several in {**needs[needed], needed: {wanted}}.items():
                of_this.setdefault(earlier, set()).update(several)
        needs[question.id] = of_this
    return needs


def _cover(several: list[Range], low: int) -> None:
    """Narrow each of several that together reach at least so many."""
    for one in several:
        one.narrow(low - sum(other.high for other in several if other is not one), one.high)


def _share(several: list[Range], whole: Range) -> None:
    """Narrow several of which nobody is in two, and the whole of which they are parts."""
    whole.narrow(sum(one.low for one in several), whole.high)
    for one in several:
        one.narrow(0, whole.high - sum(other.low for other in several if other is not one))


def cells_of(questionnaire: Questionnaire, counts: Iterable[int]) -> dict[str, dict[str, PublishedCell]]:
    """Counts for each option, in the file's order, as cells."""
    following = iter(counts)
    return {
        question.id: {option.id: shown_cells(next(following)) for option in question.options}
        for question in questionnaire.questions
    }


def without_what_tells(
    questionnaire: Questionnaire, submissions: int, cells: Mapping[str, Mapping[str, PublishedCell]], reach: int = REACH
) -> dict[str, Mapping[str, PublishedCell] | None]:
    """The cells with whole questions left out, the later ones first, until they do not tell too much."""
    kept: dict[str, Mapping[str, PublishedCell] | None] = dict.fromkeys(cells)
    for question, told in cells.items():
        if not tells_too_much(questionnaire, submissions, kept | {question: told}, reach):
            kept[question] = told
    return kept
