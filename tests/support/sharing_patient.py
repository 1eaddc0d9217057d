"""A patient who has reached the summary, on a site with a database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.fernet import Fernet, MultiFernet
from flask import Flask
from sqlalchemy import select

from screening.authoring.loader import Collection
from screening.patient import shared_record, sharing
from screening.questionnaire.packing import PACKING_DIGITS
from screening.site import site_of
from screening.storage import questionnaire_versions
from screening.storage.database import db
from screening.storage.tables import Submission
from tests.support.page_checker import Page, Patient
from tests.support.settings import TestConfig

SHARE = "Share, and clear my answers here"
WRITTEN = "I have written it down. Clear the code here"
SEE = "See what I shared"


class Sharer(Patient):
    """A patient who answers for themselves, picks cravings, and skips the rest."""

    def __init__(self, app: Flask, collection: Collection) -> None:
        super().__init__(app, collection.wording)
        self.app = app
        with app.app_context():
            questionnaire_versions.store_version(db.session, site_of(app).questionnaires[0], datetime.now(UTC).date())

    def finish(self, *interests: str) -> Page:
        """Walk to the page for sharing."""
        self.start()
        self.answer("Myself")
        self.answer(*(interests or ("Cravings and recovery",)))
        while not self.page.path.endswith("/check"):
            self.step()
        return self.open("/reflection/share")

    def skip_everything(self) -> Page:
        """Walk to the page for sharing without an answer."""
        self.start()
        while not self.page.path.endswith("/check"):
            self.step()
        return self.open("/reflection/share")

    @property
    def held(self) -> dict[str, Any]:
        """The content of the draft cookie."""
        box = MultiFernet([Fernet(key) for key in TestConfig.draft_keys])
        held: dict[str, Any] = json.loads(box.decrypt(self.cookie))
        return held

    def share(self) -> str:
        """Press Share, and return the code."""
        self.press(SHARE)
        return self.code

    @property
    def code(self) -> str:
        """The code on this page."""
        return str(self.page.find("//p[@class='code']")[0].text_content())

    def look_up(self, typed: str) -> Page:
        """Enter a code on its page."""
        self.open("/code")
        return self.type("code", typed).press(SEE)

    @property
    def cookie(self) -> str:
        """The draft cookie's value, or "" without one."""
        cookie = self.client.get_cookie("draft")
        return cookie.value if cookie else ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.client.set_cookie("draft", value)

    def killed_before_its_answer(self) -> None:
        """Press Share and lose the response: the record is stored, and the browser keeps its earlier cookie."""
        before = self.cookie
        data = {
            str(field.get("name")): str(field.get("value")) for field in self.page.find("//form//input[@type='hidden']")
        }
        assert self.client.post("/reflection/share", data=data).status_code == 303
        self.cookie = before

    def rows(self) -> list[dict[str, object]]:
        """Return every stored submission, column by column."""
        with self.app.app_context():
            names = Submission.__table__.columns.keys()
            return [dict(zip(names, row, strict=True)) for row in db.session.execute(select(Submission.__table__))]


def slip(code: str) -> str:
    """Change the last character of a code, so that it is not a valid code of any kind."""
    return code[:-1] + PACKING_DIGITS[PACKING_DIGITS.index(code[-1]) ^ 1]


Clock = Callable[[datetime], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the clock of sharing and of the code's page."""

    def set_to(moment: datetime) -> None:
        class Then(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return moment

        monkeypatch.setattr(sharing, "datetime", Then)
        monkeypatch.setattr(shared_record, "datetime", Then)

    return set_to
