"""Published figures in words and charts. It sees published cells alone, so that pages reveal nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.questionnaire.model import Question
from screening.staff.figures.charts import Bar, ChartRow, in_order
from screening.storage import questionnaire_versions
from screening.storage.database import db
from screening.storage.published_figures import Figures, PublishedCell

FEWER = "fewer than 11"
# Submissions. From this number on, rounding to tens hardly changes a share.
ENOUGH_FOR_SHARES = 100


class BlockSum(NamedTuple):
    """A version's figures over a number of blocks. Blocks without figures had fewer than 11 submissions."""

    several: Sequence[Figures]
    blocks: int

    @property
    def few(self) -> list[PublishedCell]:
        """A cell for each block without figures."""
        return [None] * (self.blocks - len(self.several))

    @property
    def whole(self) -> int:
        """The published numbers of submissions, added."""
        return sum(figures.submissions for figures in self.several)

    @property
    def words(self) -> str:
        """The number of submissions."""
        return _words([figures.submissions for figures in self.several] + self.few)

    def shows(self, question: Question) -> bool:
        """Whether every block has figures of a question: a sum over the others would look like a sum over all."""
        return all(figures.cells[question.id] is not None for figures in self.several)

    def bar(self, question: Question, option: str) -> Bar:
        """Return the bar of an option of a question that is shown."""
        shown = [cells[option] for figures in self.several if (cells := figures.cells[question.id]) is not None]
        return _bar(shown + self.few, self.whole)


class PublishedQuestion(NamedTuple):
    """A question with its figures, or without rows if it is not shown."""

    question: Question
    rows: Sequence[ChartRow]

    @property
    def is_few(self) -> bool:
        """Whether all cells are suppressed, so that one sentence says them."""
        return bool(self.rows) and not any(bar.length for row in self.rows for bar in row.bars)


class PublishedVersion(NamedTuple):
    """The figures of a version, formatted for a page. `submissions`: the number for each sum."""

    title: str
    version: str
    submissions: Sequence[str]
    asked: Sequence[PublishedQuestion]


def describe_figures(version: str, sums: Sequence[BlockSum], order: str = "") -> PublishedVersion:
    """Describe a version's figures: of one sum, or of two to compare. If one has no figures, no question is shown."""
    questionnaire = questionnaire_versions.load_version(db.session, version)
    asked = [_describe_question(one, sums, order) for one in questionnaire.questions if all(of.several for of in sums)]
    return PublishedVersion(questionnaire.title, version, [of.words for of in sums], asked)


def _describe_question(question: Question, sums: Sequence[BlockSum], order: str) -> PublishedQuestion:
    options = question.options if all(of.shows(question) for of in sums) else ()
    rows = [ChartRow(option.say, [of.bar(question, option.id) for of in sums]) for option in options]
    return PublishedQuestion(question, in_order(rows, order))


def _bar(cells: Sequence[PublishedCell], whole: int) -> Bar:
    # Random noise can push a choice above the number of submissions.
    known = min(sum(cell or 0 for cell in cells), whole)
    has_share = whole >= ENOUGH_FOR_SHARES and None not in cells
    share = f"about {(20 * known + whole) // (2 * whole) * 10}%" if has_share else ""
    return Bar(known / whole, _words(cells), share)


def _words(cells: Sequence[PublishedCell]) -> str:
    """Describe the sum of cells without claiming more precision than they have."""
    known = sum(cell or 0 for cell in cells)
    if None not in cells:
        return f"about {known}"
    if known:
        return f"about {known} or more"
    return FEWER if len(cells) == 1 else f"{FEWER} each time"
