"""Figures of four-week blocks for everyone with an account, drawn so that they identify nobody.

Every count gets random noise and is then rounded, once, when someone first looks at the block. Rounding alone is not
enough, because anyone can share: ten made-up answers to each choice would reveal every count exactly. The noise is
stored nowhere. What viewers read is computed from these cells alone.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from statistics import median
from typing import NamedTuple

from sqlalchemy.orm import Session

from screening.questionnaire.packing import NotPacked
from screening.statistics.disclosure import cells_of, shown_cells, suppress_disclosive
from screening.storage import published_figures, questionnaire_versions, tallies, weeks
from screening.storage.published_figures import Block, Figures

# A week is busy above three times the usual number, and above 20, because a small clinic has quiet weeks.
TIMES_AS_MANY, MIN_BUSY = 3, 20


class BusyWeek(NamedTuple):
    """A week in which unusually many people shared: how many, and the median of the other weeks (`usual`)."""

    week: int
    number: int
    usual: int


def blocks_to_publish(session: Session, now: datetime, retention_days: int) -> list[int]:
    """List the first weeks of the blocks that can be published: over, fully stored, and not published yet."""
    retained = weeks.retained_weeks(now, retention_days)
    published = published_figures.published_blocks(session)
    blocks = {weeks.block_of(week) for week in retained}
    return sorted(
        block[0]
        for block in blocks
        if block[0] in retained and weeks.is_closed(block[-1], now) and block[0] not in published
    )


def block_figures(session: Session, first: int, now: datetime) -> Block:
    """Return the figures of the block that begins with week `first`. Draws them on first use, then stores them.

    Commits.

    Raises:
        NotPacked: a submission cannot be read. Figures without it would stay so for good.
    """
    known = published_figures.drawn_figures(session, first)
    return published_figures.keep_drawn(session, first, _draw(session, first, now)) if known is None else known


def busy_weeks(session: Session, first: int, now: datetime, retention_days: int) -> list[BusyWeek]:
    """List the weeks of a block in which more than three times the usual number shared. Commits."""
    numbers = tallies.row_counts(session, weeks.readable_weeks(now, retention_days), now)
    # The site may not have been open before the first share.
    start = min((week for week, number in numbers.items() if number), default=first)
    busy = []
    for week in weeks.block_of(first):
        usual = round(median([numbers[other] for other in numbers if week != other >= start] or [0]))
        if numbers.get(week, 0) > max(TIMES_AS_MANY * usual, MIN_BUSY):
            busy.append(BusyWeek(week, numbers[week], usual))
    return busy


def add_noise(count: int) -> int:
    """Add discrete Laplace noise: n with probability (2/3)^|n| / 5. The result can be negative.

    The published value is at most 1.5 times as likely for one count as for the next (differential privacy).
    """
    return count + _geometric() - _geometric()


def _geometric() -> int:
    """Draw a geometric number that goes on with probability 2/3, from the system's secure random source."""
    number = 0
    while secrets.randbelow(3):
        number += 1
    return number


def _draw(session: Session, first: int, now: datetime) -> Block:
    block: dict[str, Figures] = {}
    # Raises if submissions belong to a version that cannot be read.
    tallies.versions_in(session, weeks.block_of(first), now)
    # All versions get noise: otherwise the presence of one would reveal that someone answered it.
    for version in reversed(questionnaire_versions.all_versions(session)):
        figures = _figures(session, version.version, first, now)
        if figures:
            block[version.version] = figures
    return block


def digest(block: Block) -> str:
    """Hash figures, to tell whether they are still the ones that were looked at."""
    return hashlib.sha256(published_figures.format_block(block).encode()).hexdigest()


def _figures(session: Session, version: str, first: int, now: datetime) -> Figures | None:
    tallied = tallies.read_tallies(session, version, weeks.block_of(first), now)
    if any(week.unreadable for week in tallied):
        raise NotPacked
    submissions = shown_cells(add_noise(sum(week.number for week in tallied)))
    if submissions is None:
        return None
    questionnaire = questionnaire_versions.load_version(session, version)
    options = sum(len(question.options) for question in questionnaire.questions)
    counts = [add_noise(sum(week.chosen[option].bit_count() for week in tallied)) for option in range(options)]
    return Figures(submissions, suppress_disclosive(questionnaire, submissions, cells_of(questionnaire, counts)))
