"""A clinic with a row in every table, and SQL that damages one value at a time, which no page does."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

from flask import Flask
from sqlalchemy import inspect

from screening.statistics.disclosure import cells_of
from screening.storage import (
    accounts,
    notices,
    patient_codes,
    published_figures,
    questionnaire_versions,
    saved_drafts,
    weeks,
)
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.storage.published_figures import Figures
from tests.support.clock import today
from tests.support.figure_samples import VERSIONS, Shared, fill
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE
from tests.support.settings import TestConfig

BLOCK = weeks.block_of(WEEK_BEFORE)[0]
# Drawn when a manager looked at it, and not published.
WAITING = weeks.block_of(weeks.week_of(weeks.monday(BLOCK) - timedelta(weeks=4)))[0]
# A pick of the first version is damaged; picks of the second one are intact.
SHARED: list[Shared] = [
    (CLOSED_WEEK, 0, {"who": ("other",)}),
    (CLOSED_WEEK, 1, {"who": ("myself",), "what": ("bread",)}),
    (WEEK_BEFORE, 1, {"who": ("someone",)}),
]
# In order: not UTF-8; bytes; an empty string; an impossible day; an impossible week; a number too large; JSON of
# another shape.
VALUES = (
    "CAST(x'61ff62' AS TEXT)",
    "x'00ff'",
    "''",
    "'2026-99-99'",
    "202600",
    "999999999999",
    """'{"a": [1, {}]}'""",
)
# Table -> condition that selects the row to damage.
ROWS = {
    "questionnaire_version": "id = 1",
    "submission": "version = 1",
    "saved_draft": "true",
    "tally": "version = 1",
    "drawn": "true",
    "published": "true",
    "notice": "true",
    "account": "email = 'other@clinic.test'",
    "staff_session": "account_id = (SELECT id FROM account WHERE email = 'other@clinic.test')",
    "audit_entry": "number = 2",
}


def stock(app: Flask) -> list[bytes]:
    """Put a row into every table, and return the refs of the submissions."""
    refs = fill(app, SHARED)
    with app.app_context():
        assert [row.version for row in reversed(questionnaire_versions.all_versions(db.session))] == [
            one.version for one in VERSIONS
        ]
        of_code = saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), TestConfig.code_keys)
        saved_drafts.save_draft(db.session, of_code, b"{}", today() + saved_drafts.SAVED_FOR)
        notices.add_notice(db.session, CLOSED_WEEK, "sharing-paused")
        other = accounts.add_account(db.session, "other@clinic.test", "", accounts.REVIEWER, "A test.", today())
        accounts.begin_session(db.session, b"s" * 32, other.fs_uniquifier, b"sealed", today())
        cells = cells_of(VERSIONS[1], [20] * 9)
        assert published_figures.publish_block(db.session, BLOCK, {VERSIONS[1].version: Figures(20, cells)})
        published_figures.keep_drawn(db.session, WAITING, {VERSIONS[1].version: Figures(20, cells)})
    return refs


def columns(app: Flask, table: str) -> list[str]:
    with app.app_context():
        return [column["name"] for column in inspect(db.engine).get_columns(table)]


@contextmanager
def damaged(app: Flask, table: str, column: str, value: str) -> Iterator[bool]:
    """Set a column of a table's row to an SQL value for the block; yield whether SQLite accepted it."""
    with app.app_context():
        file = str(db.engine.url.database)
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(":memory:")) as before:
        live.backup(before)
        try:
            with live:
                changed = live.execute(f"UPDATE {table} SET {column} = {value} WHERE {ROWS[table]}")
            assert changed.rowcount > 0, table
            is_taken = True
        except sqlite3.IntegrityError:
            is_taken = False
        # Versions are cached once read.
        questionnaire_versions._rebuilt.clear()
        yield is_taken
        before.backup(live)
        questionnaire_versions._rebuilt.clear()
