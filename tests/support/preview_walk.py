"""Questionnaire versions on a clinic's shelf, and staff who preview one by sending forms as a browser does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from flask import Flask
from werkzeug.datastructures import MultiDict

from screening.questionnaire.model import Answers, Questionnaire
from screening.storage import questionnaire_versions
from screening.storage.accounts import REVIEWER
from screening.storage.database import db
from tests.support.page_checker import Page, text_of
from tests.support.staff_client import Staff

FIRST_DAY = date(2026, 3, 1)
# XPaths of the parts of every summary.
PARTS = " | ".join(
    [
        *(
            f"//section[@class='{name}']"
            for name in ("referral", "help-now", "worth-knowing", "cards", "told", "limits")
        ),
        "//section[@aria-labelledby='questions']/ol",
        "//section[@class='finding']",
        # The second dd is the link to change it.
        "//section[@aria-labelledby='matters']//dd[1]",
    ]
)


def keep(app: Flask, *several: Questionnaire) -> None:
    """Store these versions in turn, each from one day later."""
    with app.app_context():
        for number, questionnaire in enumerate(several):
            questionnaire_versions.store_version(db.session, questionnaire, FIRST_DAY + timedelta(days=number))


def reader(app: Flask, *several: Questionnaire) -> Staff:
    """Sign in someone who may read questionnaires, at a clinic that has served these."""
    keep(app, *several)
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    return staff


def address(questionnaire: Questionnaire, page: str = "") -> str:
    return f"/staff/questionnaires/{questionnaire.version[:12]}{page}"


def summary_of(page: Page) -> list[str]:
    """Return the text of each part of a summary."""
    return [text_of(part) for part in page.find(PARTS)]


class Previewer:
    """Walks through a version with the buttons of its preview."""

    def __init__(self, staff: Staff, questionnaire: Questionnaire, language: str = "en") -> None:
        self.staff = staff
        staff.open(address(questionnaire, "/preview"))
        if language != "en":
            self.press("Show", language=language)

    @property
    def page(self) -> Page:
        return self.staff.page

    @property
    def question(self) -> str:
        """The id of the current question, or "" if there is none."""
        asked = self.page.find("//input[@name='question']")
        return str(asked[0].get("value")) if asked else ""

    @property
    def carried(self) -> dict[str, tuple[str, ...]]:
        """The answers in the last form of the page."""
        held: dict[str, list[str]] = {}
        for field in self.page.find("(//form[.//input[@name='csrf_token']])[last()]//input[starts-with(@name, 'q.')]"):
            held.setdefault(str(field.get("name"))[2:], []).append(str(field.get("value")))
        return {name: tuple(filter(None, values)) for name, values in held.items()}

    def press(self, words: str, choice: Iterable[str] = (), **fields: str) -> Page:
        """Choose options by id, and press the first button with this text."""
        buttons = [button for button in self.page.find("//main//form//button") if text_of(button) == words]
        form = next(buttons[0].iterancestors("form"))
        data = [(field.get("name"), field.get("value")) for field in form.xpath(".//input[@type='hidden']")]
        data += [("choice", option) for option in choice]
        if buttons[0].get("name"):
            data.append((buttons[0].get("name"), buttons[0].get("value")))
        return self.send(str(form.get("action")), MultiDict([*data, *fields.items()]))

    def send(self, action: str, data: MultiDict[str, str]) -> Page:
        return self.staff._arrive(self.staff.client.post(action, data=data))

    def answer(self, answers: Answers, go_on: str = "Continue", keep_going: str = "Keep going") -> Page:
        """Answer one question after another, skip those without an answer, and stop at the check page."""
        while self.question or self.page.find("//div[@class='buttons stacked']"):
            if not self.question:
                self.press(keep_going)
                continue
            chosen = answers.get(self.question, ())
            page = self.press(go_on, chosen) if chosen else self.skip()
            assert not page.title.startswith("Error"), page.text
        return self.page

    def skip(self) -> Page:
        button = self.page.find("//button[@name='skip']")[0]
        return self.press(text_of(button))
