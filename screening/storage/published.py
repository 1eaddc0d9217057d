"""Figures that were published: frozen when that was done, whatever is deleted or counted later.

Knows nothing of how they are made. `Figures` are all that is ever shown of a block to viewers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage.tables import Published

Cell: TypeAlias = int | None
"""A multiple of 10, or None: fewer than 11."""

Cells: TypeAlias = Mapping[str, Mapping[str, Cell] | None]
"""Question id -> option id -> cell; None in place of a question that is not shown."""


class Figures(NamedTuple):
    """What is published of one version in one block."""

    submissions: int
    cells: Cells


Block: TypeAlias = Mapping[str, Figures]
"""Version (hash in hex) -> its figures, the oldest first. A version that fewer than 11 answered is not there."""


def text(block: Block) -> str:
    """The figures of a block as they are stored."""
    return json.dumps(block)


def read(stored: str) -> Block:
    """The figures of a block from their text."""
    return {version: Figures(*figures) for version, figures in json.loads(stored).items()}


def add(session: Session, week: int, block: Block) -> bool:
    """Publish the figures of the block that begins with a week. Commits. False where it was published before."""
    try:
        session.execute(insert(Published).values(week=week, figures=text(block)))
        session.commit()
    except IntegrityError:
        session.rollback()
        return False
    return True


def blocks(session: Session) -> dict[int, Block]:
    """Every published block by its first week, the latest first."""
    rows = session.execute(select(Published.week, Published.figures).order_by(Published.week.desc()))
    return {week: read(figures) for week, figures in rows}
