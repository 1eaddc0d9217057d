"""A running server's twin in this process, which puts a state into the cookie or the database directly."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from unittest import mock

from cryptography.fernet import Fernet
from flask import abort
from sqlalchemy import delete, text, update
from werkzeug.test import TestResponse

from config import Config
from screening.app import create_app
from screening.patient.draft import Draft
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.site import site_of
from screening.staff.auth.access import SIGNING_IN, allowed
from screening.storage.database import db
from screening.storage.submissions import ReviewState, Submitted
from screening.storage.tables import Submission
from tests.browser.noting import note
from tests.support.sample_submissions import CLOSED_WEEK, Shelf
from tests.support.server import Server, settings
from tests.support.staff_client import Staff

Picks = Callable[[Question], tuple[str, ...]]


class Clinic:
    """An application in this process with the same keys and database as a server."""

    def __init__(self, server: Server) -> None:
        self.origin = server.address
        self.config = Config.from_environment(settings(server.instance, **server.environment))
        self.app = create_app(self.config)
        self.noted = server.instance / "noted"
        note(self.app, self.noted)
        self.signed_in: dict[str, Staff] = {}
        self.is_stocked = False

    @property
    def rendered(self) -> str:
        """The template rendered last, by the server or in this process."""
        return self.noted.read_text().splitlines()[-1]

    def questionnaire(self, slug: str) -> Questionnaire:
        served: tuple[Questionnaire, ...] = site_of(self.app).questionnaires
        return next(one for one in served if one.slug == slug)

    def draft(self, slug: str, picks: Picks, until: str = "", **more: Any) -> dict[str, Any]:
        """Return the cookie's content for someone who answered like this, up to a question."""
        questionnaire = self.questionnaire(slug)
        answers: dict[str, tuple[str, ...]] = {}
        while (asked := Journey(questionnaire, answers).first_open) and asked.id != until:
            answers[asked.id] = picks(asked)
        held: dict[str, Any] = {}
        Draft(questionnaire, answers, **more).write(held)
        return held

    def sealed(self, held: Mapping[str, Any], seconds_ago: float = 0) -> str:
        """Encrypt this content as a draft cookie."""
        plain = json.dumps({"at": int(time.time() - seconds_ago), **held}).encode()
        return Fernet(self.config.draft_keys[0]).encrypt(plain).decode()

    def put(
        self, week: int = CLOSED_WEEK, code: str = "", state: ReviewState = ReviewState.UNREAD, slug: str = "reflection"
    ) -> Submitted:
        """Store a submission that picks the first choice of every question."""
        questionnaire = self.questionnaire(slug)
        picked = {question.id.replace("-", "_"): question.options[0].id for question in questionnaire.questions}
        shelf = Shelf(self.app, questionnaire)
        record = shelf.put(week, code, self.config.code_keys[0], **picked)
        if state:
            shelf.mark(record, state)
        return record

    def damage(self, record: Submitted) -> None:
        """Overwrite a submission's answers with bytes that are not text."""
        with self.app.app_context():
            db.session.execute(update(Submission).where(Submission.ref == record.ref).values(answers=text("x'61ff62'")))
            db.session.commit()

    def remove(self, record: Submitted) -> None:
        """Delete a submission of a closed week, so that no other test opens it from the list."""
        with self.app.app_context():
            db.session.execute(delete(Submission).where(Submission.ref == record.ref))
            db.session.commit()

    def staff(self, role: str) -> Staff:
        """Return a signed-in member of staff of this role."""
        if role not in self.signed_in:
            self.signed_in[role] = Staff(self.app)
            self.signed_in[role].sign_in(role)
        return self.signed_in[role]

    def in_trouble(self, path: str, endpoint: str, code: int, language: str) -> TestResponse:
        """Return this page as it would be if its view failed with this status code."""
        fails = allowed(SIGNING_IN)(lambda **_: abort(code))
        with mock.patch.dict(self.app.view_functions, {endpoint: fails}):
            return self.app.test_client().get(path, headers={"Accept-Language": language})


def nothing(asked: Question) -> tuple[str, ...]:
    """Skip."""
    return ()


def first(asked: Question) -> tuple[str, ...]:
    """Pick the first choice."""
    return (asked.options[0].id,)


def everything(asked: Question) -> tuple[str, ...]:
    """Pick all choices that go together."""
    return tuple(option.id for option in asked.options if not option.alone) if asked.many else first(asked)
