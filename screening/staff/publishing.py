"""How the figures of four weeks are made for everyone who works here, so that they give nobody away.

Every count is rounded once, here. What viewers read is computed from these cells alone, and a block that was
published stays as it is.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from screening.questionnaire.packing import NotPacked
from screening.staff.inference import cells_of, shown, without_what_tells
from screening.storage import published, tallies, versions, weeks
from screening.storage.published import Block, Figures


def to_publish(session: Session, now: datetime, retention_days: int) -> list[int]:
    """The first weeks of the blocks that can be published: over, all of it still stored, and not published yet."""
    kept = weeks.kept(now, retention_days)
    done = published.blocks(session)
    found = {weeks.block(week) for week in kept}
    return sorted(
        block[0] for block in found if block[0] in kept and weeks.is_closed(block[-1], now) and block[0] not in done
    )


def block_figures(session: Session, first: int, now: datetime) -> Block:
    """What would be published of the block that begins with a week. Commits, since it counts.

    Raises:
        NotPacked: some of it cannot be read. Its figures would stay without those for good.
    """
    block: dict[str, Figures] = {}
    for version in tallies.versions_in(session, weeks.block(first), now):
        figures = _figures(session, version, first, now)
        if figures:
            block[version] = figures
    return block


def digest(block: Block) -> str:
    """What tells figures that were looked at from others."""
    return hashlib.sha256(published.text(block).encode()).hexdigest()


def _figures(session: Session, version: str, first: int, now: datetime) -> Figures | None:
    counted = tallies.read(session, version, weeks.block(first), now)
    if any(week.unreadable for week in counted):
        raise NotPacked
    submissions = shown(sum(week.number for week in counted))
    if submissions is None:
        return None
    counts = [sum(map(int.bit_count, option)) for option in zip(*(week.chosen for week in counted), strict=True)]
    questionnaire = versions.questionnaire(session, version)
    return Figures(submissions, without_what_tells(questionnaire, submissions, cells_of(questionnaire, counts)))
