"""Samples for tests of figures: a small questionnaire in two versions, and bulk submissions to it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from flask import Flask
from sqlalchemy import delete, insert

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack
from screening.statistics import publishing
from screening.storage import published_figures, questionnaire_versions, weeks
from screening.storage.database import db
from screening.storage.tables import Drawn, Published, Submission, Tally
from tests.support.made_questionnaires import made, question
from tests.support.page_checker import Page, text_of

NOW = datetime.now(UTC)
RETENTION_DAYS = 250
Answers: TypeAlias = Mapping[str, tuple[str, ...]]
Shared: TypeAlias = tuple[int, int, Answers]
"""Week, place of the version, answers."""


def small(third: str = "other") -> Questionnaire:
    """Build a single choice, a multiple choice with an exclusive option, and a question that depends on the first."""
    return made(
        [
            question("who", {"myself": {}, "someone": {}, third: {}}, kind="one"),
            question("what", {"bread": {}, "cheese": {}, "none": {"alone": "true"}}),
            question("more", {"apples": {}, "pears": {}}, {"who": ["myself"]}),
        ]
    )


VERSIONS = (small(), small("nobody"))


def blocks() -> list[tuple[int, ...]]:
    """Return the four-week blocks that can be published, oldest first."""
    kept = weeks.retained_weeks(NOW, RETENTION_DAYS)
    found = sorted({weeks.block_of(week) for week in kept})
    return [block for block in found if block[0] in kept and weeks.is_closed(block[-1], NOW)]


def empty(app: Flask) -> None:
    """Delete all submissions, tallies and figures."""
    with app.app_context():
        for table in (Tally, Drawn, Published, Submission):
            db.session.execute(delete(table))
        db.session.commit()


def fill(app: Flask, shared: Iterable[Shared]) -> list[bytes]:
    """Store submissions, and return their refs."""
    with app.app_context():
        known = [questionnaire_versions.store_version(db.session, one, NOW.date()) for one in VERSIONS]
        rows = [
            {
                "week": week,
                "ref": os.urandom(16),
                "version": known[version],
                "state": 0,
                "answers": pack(Journey(VERSIONS[version], answers)),
            }
            for week, version, answers in shared
        ]
        if rows:
            db.session.execute(insert(Submission), rows)
        db.session.commit()
    return [row["ref"] for row in rows]  # type: ignore[misc]


def publish(app: Flask, *firsts: int) -> None:
    """Publish these blocks as they are now."""
    with app.app_context():
        for first in firsts:
            assert published_figures.publish_block(db.session, first, publishing.block_figures(db.session, first, NOW))


def bars(page: Page, name: str) -> list[str]:
    """Return what a chart says, row by row."""
    return [text_of(row) for row in page.find(f"//section[@aria-labelledby='{name}']/ul/li")]


def rows(page: Page, name: str) -> list[str]:
    """Return the rows of a question's table.

    On a page of published figures, the section's name includes the version.
    """
    is_its = f"@aria-labelledby='{name}' or substring-after(@aria-labelledby, '-')='{name}'"
    found = page.find(f"//section[{is_its}]//tbody/tr")
    return [" ".join(text_of(cell) for cell in row.xpath("./*")).strip() for row in found]
