"""How the figures of four weeks are drawn for everyone who works here, so that they give nobody away.

Every count is moved by chance and then rounded, once, when somebody first looks at the block. Anyone can share, so
rounding alone would not do: who adds ten made-up answers to each choice would read off every single one.
How far each count was moved is stored nowhere. What viewers read is computed from these cells alone.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from statistics import median
from typing import NamedTuple

from sqlalchemy.orm import Session

from screening.questionnaire.packing import NotPacked
from screening.statistics.disclosure import cells_of, shown_cells, without_what_tells
from screening.storage import published_figures, questionnaire_versions, tallies, weeks
from screening.storage.published_figures import Block, Figures

# A week is busy with more than three times as many as usual, and 20 at least: a small clinic has quiet weeks.
TIMES_AS_MANY, LEAST_BUSY = 3, 20


class BusyWeek(NamedTuple):
    """A week in which unusually many shared: how many, and how many do in a week in the middle of the others."""

    week: int
    number: int
    usual: int


def blocks_to_publish(session: Session, now: datetime, retention_days: int) -> list[int]:
    """The first weeks of the blocks that can be published: over, all of it still stored, and not published yet."""
    kept = weeks.retained_weeks(now, retention_days)
    done = published_figures.published_blocks(session)
    found = {weeks.block_of(week) for week in kept}
    return sorted(
        block[0] for block in found if block[0] in kept and weeks.is_closed(block[-1], now) and block[0] not in done
    )


def block_figures(session: Session, first: int, now: datetime) -> Block:
    """The figures of the block that begins with a week: drawn when they are first asked for, then always the same.

    Commits.

    Raises:
        NotPacked: some of it cannot be read. Its figures would stay without those for good.
    """
    known = published_figures.drawn_figures(session, first)
    return published_figures.keep_drawn(session, first, _draw(session, first, now)) if known is None else known


def busy_weeks(session: Session, first: int, now: datetime, retention_days: int) -> list[BusyWeek]:
    """The weeks of a block in which unusually many shared: more than three times as many as usual. Commits."""
    numbers = tallies.row_counts(session, weeks.readable_weeks(now, retention_days), now)
    # Before the first share the site may not have been there.
    start = min((week for week, number in numbers.items() if number), default=first)
    found = []
    for week in weeks.block_of(first):
        usual = round(median([numbers[other] for other in numbers if week != other >= start] or [0]))
        if numbers.get(week, 0) > max(TIMES_AS_MANY * usual, LEAST_BUSY):
            found.append(BusyWeek(week, numbers[week], usual))
    return found


def moved_by_chance(count: int) -> int:
    """A count, moved by chance: by n with probability (2/3)^|n| / 5, so that it can become negative.

    What is published of it is at most 1.5 times as likely for one count as for the next.
    """
    return count + _up_to_a_stop() - _up_to_a_stop()


def _up_to_a_stop() -> int:
    """How often it goes on, which it does two times in three. The source is the system's: nobody can foretell it."""
    number = 0
    while secrets.randbelow(3):
        number += 1
    return number


def _draw(session: Session, first: int, now: datetime) -> Block:
    block: dict[str, Figures] = {}
    # Refuses where something was answered to a version that cannot be read.
    tallies.versions_in(session, weeks.block_of(first), now)
    # Of every version there is: that one was named must not tell that anybody answered it.
    for version in reversed(questionnaire_versions.all_versions(session)):
        figures = _figures(session, version.version, first, now)
        if figures:
            block[version.version] = figures
    return block


def digest(block: Block) -> str:
    """What tells figures that were looked at from others."""
    return hashlib.sha256(published_figures.format_block(block).encode()).hexdigest()


def _figures(session: Session, version: str, first: int, now: datetime) -> Figures | None:
    counted = tallies.read_tallies(session, version, weeks.block_of(first), now)
    if any(week.unreadable for week in counted):
        raise NotPacked
    submissions = shown_cells(moved_by_chance(sum(week.number for week in counted)))
    if submissions is None:
        return None
    questionnaire = questionnaire_versions.load_version(session, version)
    options = sum(len(question.options) for question in questionnaire.questions)
    counts = [moved_by_chance(sum(week.chosen[place].bit_count() for week in counted)) for place in range(options)]
    return Figures(submissions, without_what_tells(questionnaire, submissions, cells_of(questionnaire, counts)))
