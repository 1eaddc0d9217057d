"""Every word of the interface goes through gettext, except the content of the question files."""

from __future__ import annotations

import copy
import dataclasses
import random
import re
from collections.abc import Iterator
from pathlib import Path

import flask_babel
import pytest

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.storage import patient_codes
from screening.storage.alembic_setup import migrations
from tests.support.page_checker import Page
from tests.support.settings import TestConfig
from tests.support.sharing_patient import Sharer

LETTERS = re.compile(r"[^\W\d_]+")
TRANSLATED = re.compile(r"«[^«»]*»")


class Marking:
    """A language that puts every sentence in «marks»."""

    def ugettext(self, words: str) -> str:
        return f"«{words}»"

    def ungettext(self, one: str, several: str, number: int) -> str:
        return f"«{one if number == 1 else several}»"


@pytest.fixture
def content(collection: Collection) -> list[str]:
    """Return every text of the question files, longest first."""
    questionnaire = collection.questionnaires[0]
    texts = {*strings(dataclasses.asdict(questionnaire)), *strings(dataclasses.asdict(collection.support["US"]))}
    # Numbers in a help sentence are words of the interface.
    texts |= {part.strip() for text in texts for part in re.split(r"\{talk\}|\{emergency\}", text)}
    return sorted(texts, key=len, reverse=True)


def strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield " ".join(data.split())
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from strings(value)


def test_every_word_of_the_interface_goes_through_gettext(
    monkeypatch: pytest.MonkeyPatch, collection: Collection, content: list[str], tmp_path: Path
) -> None:
    marking = Marking()
    monkeypatch.setattr(flask_babel.Domain, "get_translations", lambda _self: marking)
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    with app.app_context():
        migrations().upgrade()
    patient = Sharer(app, collection)
    patient.is_strict = False
    for page in every_page(patient):
        assert untranslated(page, content) == [], page.path


def every_page(patient: Sharer) -> Iterator[Page]:
    for path in ("/", "/help", "/privacy", "/accessibility", "/nowhere"):
        yield patient.open(path)
    for page in ("topics", "topics/7", "paper"):
        yield patient.open(f"/reflection/{page}")
    yield patient._arrive(patient.client.get("/leave", headers={"Sec-Purpose": "prefetch"}))
    patient.open("/")
    yield patient.press("«Start»")
    yield patient.press("«Continue»")
    dice = random.Random(4)
    while not patient.page.path.endswith("/check"):
        if patient.page.path.endswith("/pause"):
            yield patient.follow("«Keep going»")
        else:
            patient.choose(dice.choice(list(patient.page.choices)))
            yield patient.press("«Continue»")
    yield patient.open("/reflection/summary")
    yield patient.open("/reflection/later")
    yield patient.press("«Save, and clear my answers here»")
    saved = patient.code
    for typed in ("", "ABC", patient_codes.make_code(), patient_codes.make_code(patient_codes.CodeKind.RETURN), saved):
        patient.open("/return")
        yield patient.type("code", typed).press("«Clear what is here, and go on with what I saved»")
    yield patient.open("/return")
    yield patient.open("/reflection/share")
    yield patient.open("/reflection/later")
    yield patient.open("/reflection/share")
    yield patient.press("«Share, and clear my answers here»")
    code = patient.code
    yield patient.press("«I have written it down. Clear the code here»")
    for typed in ("", "ABC", patient_codes.make_code(), patient_codes.make_code(patient_codes.CodeKind.RETURN), code):
        patient.open("/code")
        yield patient.type("code", typed).press("«See what I shared»")
    yield patient.follow("«Delete what I shared»")
    yield patient.press("«Yes, delete it»")


def untranslated(page: Page, content: list[str]) -> list[str]:
    """Return words of a page that are neither translated nor content."""
    left: list[str] = []
    tree = copy.deepcopy(page.tree)
    for word in tree.find_class("unseen"):
        # A sentence may be visible in part; it is translated as a whole.
        word.drop_tag()
    for node in tree.xpath("//body//text()[not(ancestor::*[@translate='no'])] | //title/text() | //@aria-label"):
        text = " ".join(str(node).split())
        while TRANSLATED.search(text):
            # The parts of a composed sentence have their own marks.
            text = TRANSLATED.sub("", text)
        for words in content:
            text = text.replace(words, "")
        left += LETTERS.findall(text)
    # Dates follow the language's own rules.
    return [word for word in left if word not in ("November", "October", "August", "https")]
