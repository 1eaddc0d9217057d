"""A patient who saves answers for later, and continues on another device."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from screening.patient import resuming, saving
from screening.storage import saved_drafts
from screening.storage.database import db
from screening.storage.tables import SavedDraft
from tests.support.page_checker import Page, text_of
from tests.support.sharing_patient import WRITTEN, Clock, Sharer

LINK = "Save for later"
SAVE = "Save, and clear my answers here"
GO_ON = "Go on with what I saved"
INSTEAD = "Clear what is here, and go on with what I saved"
LATER = "/reflection/later"
AGAIN = "Your answers are here again"

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Saver(Sharer):
    """A patient who answers for themselves and saves a draft."""

    def begin(self, *interests: str) -> Page:
        """Answer two questions and ask to save."""
        self.start()
        self.answer("Myself")
        self.answer(*(interests or ("Low mood",)))
        return self.follow(LINK)

    def save(self) -> str:
        """Press Save, and return the return code."""
        self.press(SAVE)
        assert self.page.heading == "Your answers are saved"
        return self.code

    def save_and_go(self, *interests: str) -> str:
        """Save, clear the device, and return the return code."""
        self.begin(*interests)
        code = self.save()
        self.press(WRITTEN)
        return code

    def come_back(self, typed: str, button: str = GO_ON) -> Page:
        """Enter a return code on its page."""
        self.open("/return")
        return self.type("code", typed).press(button)

    @property
    def error(self) -> str:
        """The error shown at the field."""
        return text_of(self.page.find("//p[@id='error']")[0])

    @property
    def notice(self) -> str:
        """The notice on this page."""
        return text_of(self.page.find("//*[@role='status']")[0])

    def sends(self) -> None:
        """Press the page's button, and lose the response."""
        before = self.cookie
        fields = self.page.find("//form//input[@name]")
        data = {str(field.get("name")): str(field.get("value") or "") for field in fields} | self.typed
        address = self.page.find("//form")[0].get("action") or self._address
        assert self.client.post(address, data=data).status_code == 303
        self.cookie = before

    def saved(self) -> list[dict[str, object]]:
        """Return every saved draft, column by column."""
        with self.app.app_context():
            names = SavedDraft.__table__.columns.keys()
            return [dict(zip(names, row, strict=True)) for row in db.session.execute(select(SavedDraft.__table__))]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make key stretching cheap."""
    monkeypatch.setattr(saved_drafts, "COST", 2)


@pytest.fixture
def later_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Sets the clock of saving and resuming."""

    def set_to(moment: datetime) -> None:
        class Then(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return moment

        monkeypatch.setattr(saving, "datetime", Then)
        monkeypatch.setattr(resuming, "datetime", Then)

    return set_to
