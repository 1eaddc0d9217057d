"""Submissions stored directly, without walking through the questionnaire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import inspect, text

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack
from screening.storage import audit, patient_codes, questionnaire_versions, submissions, weeks
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import ReviewState, Submitted
from screening.storage.tables import AuditEntry
from tests.support.settings import TestConfig

NOW = datetime.now(UTC)
OPEN_WEEK = weeks.week_of(NOW)
CLOSED_WEEK = weeks.newest_closed(NOW)
WEEK_BEFORE = weeks.week_of(weeks.monday(CLOSED_WEEK) - timedelta(weeks=1))


class Shelf:
    """The submissions of one clinic, and the audit trail of who read them."""

    def __init__(self, app: Flask, questionnaire: Questionnaire) -> None:
        self.app = app
        self.questionnaire = questionnaire

    def put(self, week: int = CLOSED_WEEK, code: str = "", key: str = "", **picked: str) -> Submitted:
        """Store a submission of this week: the ids of picked options by question, and skips for the rest."""
        answers = {question.id: () for question in self.questionnaire.questions} | {
            name.replace("_", "-"): tuple(ids.split()) for name, ids in picked.items()
        }
        ref = patient_codes.code_refs(code or patient_codes.make_code(), [key or TestConfig.code_keys[0]])[0]
        record = Submitted(week, ref, self.questionnaire.version, pack(Journey(self.questionnaire, answers)))
        with self.app.app_context():
            questionnaire_versions.store_version(db.session, self.questionnaire, NOW.date())
            submissions.add_submission(db.session, record)
        return record

    def found(self, record: Submitted) -> Submitted:
        """Return a submission as it is stored now."""
        with self.app.app_context():
            found = submissions.find_stored(db.session, [record.week], [record.ref])
            assert found
            return found

    def state(self, record: Submitted) -> ReviewState:
        return self.found(record).state

    def mark(self, record: Submitted, state: ReviewState) -> None:
        """Set the state of a submission, as another member of staff would meanwhile."""
        with self.app.app_context():
            assert submissions.set_review_state(db.session, record, state)

    @contextmanager
    def new_entries(self) -> Iterator[list[AuditEntry]]:
        """Collect the audit entries of the block; the list is filled when the block ends."""
        written: list[AuditEntry] = []
        with self.app.app_context():
            before = audit.chain_head(db.session).number
        yield written
        with self.app.app_context():
            written += db.session.query(AuditEntry).filter(AuditEntry.number > before).order_by("number")
            assert audit.verify_chain(db.session, TestConfig.audit_key) is None

    def everything_but(self, *tables: str) -> bytes:
        """Return every value of all other tables, with bytes both raw and in hex."""
        values: list[object] = []
        with self.app.app_context():
            for table in set(inspect(db.engine).get_table_names()) - set(tables):
                values += [value for row in db.session.execute(text(f'SELECT * FROM "{table}"')) for value in row]
        raw = [bytes(value) for value in values if isinstance(value, bytes | memoryview)]
        return b"\n".join([*raw, *(value.hex().encode() for value in raw), *(str(value).encode() for value in values)])


def path(record: Submitted) -> str:
    """Return the address of a submission's page."""
    return f"/staff/submissions/{weeks.format_week(record.week)}/{record.ref.hex()}"


def actions(entries: list[AuditEntry]) -> list[Action]:
    return [Action(entry.action) for entry in entries]
