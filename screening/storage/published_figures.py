"""Figures that were published, or wait for it: frozen once they are drawn, whatever is deleted or counted later.

Knows nothing of how they are drawn. `Figures` are all that is ever shown of a block to viewers, and all that is ever
kept of how it was drawn: no count lies here, and not how far chance moved it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from screening.storage import questionnaire_versions, weeks
from screening.storage.database import write_alone
from screening.storage.secure_delete import commit_deletion
from screening.storage.tables import Drawn, Published

ROUNDED_TO = 10
HASH_BYTES = 32

PublishedCell: TypeAlias = int | None
"""A multiple of 10, or None: fewer than 11."""

PublishedCells: TypeAlias = Mapping[str, Mapping[str, PublishedCell] | None]
"""Question id -> option id -> cell; None in place of a question that is not shown."""


class Figures(NamedTuple):
    """What is published of one version in one block."""

    submissions: int
    cells: PublishedCells


Block: TypeAlias = Mapping[str, Figures]
"""Version (hash in hex) -> its figures, the oldest first. A version for which fewer than 11 were drawn is not there."""


def format_block(block: Block) -> str:
    """The figures of a block as they are stored."""
    return json.dumps(block)


def parse_block(stored: str) -> Block:
    """The figures of a block from their text.

    Raises:
        ValueError: it is not what `text` makes.
    """
    try:
        block = {version: Figures(*figures) for version, figures in json.loads(stored).items()}
        is_whole = all(_is_whole(version, figures) for version, figures in block.items())
    except (AttributeError, TypeError, RecursionError) as error:
        raise ValueError from error
    if not is_whole:
        raise ValueError
    return block


def _is_whole(version: str, figures: Figures) -> bool:
    """Whether the figures of a version can have been published."""
    cells = [cell for told in figures.cells.values() if told is not None for cell in told.values()]
    return len(bytes.fromhex(version)) == HASH_BYTES and all(map(_is_cell, cells)) and _is_cell(figures.submissions)


def _is_cell(cell: object) -> bool:
    return cell is None or (isinstance(cell, int) and cell > 0 and cell % ROUNDED_TO == 0)


def drawn_figures(session: Session, week: int) -> Block | None:
    """The figures of the block that begins with a week, published or not; None if none were drawn, or are damaged."""
    for table in (Published, Drawn):
        figures = session.scalar(select(table.figures).where(table.week == week))
        if figures is not None and (block := _read(session, week, figures)) is not None:
            return block
    return None


def keep_drawn(session: Session, week: int, block: Block) -> Block:
    """Keep figures that were just drawn, unless others were kept meanwhile; return those that are kept. Commits."""
    _alone(session)
    kept = drawn_figures(session, week)
    if kept is None:
        session.execute(delete(Drawn).where(Drawn.week == week))
        session.execute(insert(Drawn).values(week=week, figures=format_block(block)))
    session.commit()
    return block if kept is None else kept


def publish_block(session: Session, week: int, block: Block) -> bool:
    """Publish the figures of the block that begins with a week. Commits. False where it was published before."""
    _alone(session)
    is_new = session.scalar(select(Published.week).where(Published.week == week)) is None
    if is_new:
        session.execute(insert(Published).values(week=week, figures=format_block(block)))
        session.execute(delete(Drawn).where(Drawn.week == week))
    commit_deletion(session)
    return is_new


def _alone(session: Session) -> None:
    """Begin a transaction in which nobody else draws or publishes."""
    session.commit()
    write_alone(session, Drawn.__tablename__)


def published_blocks(session: Session) -> dict[int, Block | None]:
    """Every published block by its first week, the latest first; None in place of one that is damaged."""
    rows = session.execute(select(Published.week, Published.figures).order_by(Published.week.desc()))
    return {week: _read(session, week, figures) for week, figures in rows}


def _read(session: Session, week: int, figures: str) -> Block | None:
    try:
        block = parse_block(figures)
        if week != weeks.block_of(week)[0]:
            return None
    except ValueError:
        return None
    return block if all(_fits(session, version, one.cells) for version, one in block.items()) else None


def _fits(session: Session, version: str, cells: PublishedCells) -> bool:
    """Whether cells are of the questions and options of their version, as far as that can be read."""
    try:
        questions = questionnaire_versions.load_version(session, version).questions
    except questionnaire_versions.DamagedVersion:
        return True
    except KeyError:
        return False
    told = {name: options.keys() if options is not None else None for name, options in cells.items()}
    asked = {one.id: {option.id for option in one.options} for one in questions}
    return told.keys() == asked.keys() and all(options in (None, asked[name]) for name, options in told.items())
