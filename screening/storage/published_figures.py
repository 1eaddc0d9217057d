"""Published and waiting figures: frozen once they are drawn, whatever is deleted or counted later.

How they are drawn is not known here. `Figures` are all that viewers see of a block, and all that is stored of the draw:
neither an exact count nor its random offset is stored.
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
    """The figures of one version in one four-week block, published or waiting to be."""

    submissions: int
    cells: PublishedCells


Block: TypeAlias = Mapping[str, Figures]
"""Version (hash in hex) -> its figures, the oldest first. A version with a drawn number under 11 is left out."""


def format_block(block: Block) -> str:
    """Serialize a block's figures for storage."""
    return json.dumps(block)


def parse_block(stored: str) -> Block:
    """Parse a block's stored figures.

    Raises:
        ValueError: the text is not a result of `format_block`.
    """
    try:
        block = {version: Figures(*figures) for version, figures in json.loads(stored).items()}
        is_valid = all(_is_valid(version, figures) for version, figures in block.items())
    except (AttributeError, TypeError, RecursionError) as error:
        raise ValueError from error
    if not is_valid:
        raise ValueError
    return block


def _is_valid(version: str, figures: Figures) -> bool:
    """Whether these can be published figures of a version."""
    cells = [cell for options in figures.cells.values() if options is not None for cell in options.values()]
    return len(bytes.fromhex(version)) == HASH_BYTES and all(map(_is_cell, cells)) and _is_cell(figures.submissions)


def _is_cell(cell: object) -> bool:
    return cell is None or (isinstance(cell, int) and cell > 0 and cell % ROUNDED_TO == 0)


def drawn_figures(session: Session, week: int) -> Block | None:
    """Return the figures of the block that begins with a week, published or not; None if missing or damaged."""
    for table in (Published, Drawn):
        figures = session.scalar(select(table.figures).where(table.week == week))
        if figures is not None and (block := _read(session, week, figures)) is not None:
            return block
    return None


def keep_drawn(session: Session, week: int, block: Block) -> Block:
    """Store newly drawn figures, unless others were stored meanwhile; return the stored ones. Commits."""
    _begin_exclusive_write(session)
    stored = drawn_figures(session, week)
    if stored is None:
        session.execute(delete(Drawn).where(Drawn.week == week))
        session.execute(insert(Drawn).values(week=week, figures=format_block(block)))
    session.commit()
    return block if stored is None else stored


def publish_block(session: Session, week: int, block: Block) -> bool:
    """Publish the block that begins with a week. Commits. Returns False if it was published before."""
    _begin_exclusive_write(session)
    is_new = session.scalar(select(Published.week).where(Published.week == week)) is None
    if is_new:
        session.execute(insert(Published).values(week=week, figures=format_block(block)))
        session.execute(delete(Drawn).where(Drawn.week == week))
    commit_deletion(session)
    return is_new


def _begin_exclusive_write(session: Session) -> None:
    """Begin a transaction that excludes other draws and publications."""
    session.commit()
    write_alone(session, Drawn.__tablename__)


def published_blocks(session: Session) -> dict[int, Block | None]:
    """Return every published block by its first week, the latest first; None for a damaged one."""
    rows = session.execute(select(Published.week, Published.figures).order_by(Published.week.desc()))
    return {week: _read(session, week, figures) for week, figures in rows}


def _read(session: Session, week: int, stored: str) -> Block | None:
    try:
        block = parse_block(stored)
        if week != weeks.block_of(week)[0]:
            return None
    except ValueError:
        return None
    return block if all(_fits(session, version, figures.cells) for version, figures in block.items()) else None


def _fits(session: Session, version: str, cells: PublishedCells) -> bool:
    """Whether cells match the questions and options of their version; true if the version is damaged."""
    try:
        questions = questionnaire_versions.load_version(session, version).questions
    except questionnaire_versions.DamagedVersion:
        return True
    except KeyError:
        return False
    published = {name: options.keys() if options is not None else None for name, options in cells.items()}
    known = {question.id: {option.id for option in question.options} for question in questions}
    return published.keys() == known.keys() and all(
        options in (None, known[name]) for name, options in published.items()
    )
