"""The promises to the patient, each under its own name."""

from __future__ import annotations

import hashlib
import logging
import random
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import text

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.storage import patient_codes, questionnaire_versions
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from tests.support.page_checker import Patient
from tests.support.saving_patient import SAVE, Saver
from tests.support.settings import TestConfig
from tests.support.sharing_patient import WRITTEN

JOURNEYS = 10 * settings().max_examples
REFERRAL = (
    "Thank you for taking the time to think this over. "
    "This page cannot tell you if ketamine therapy is right for you. No form can."
)
CLOSING = "You can take these questions to any qualified professional."
CONSTANT = ("No single answer for everyone", "A full evaluation first", "What is not known in the long run")


def test_every_path_ends_at_a_summary_that_opens_and_closes_with_the_referral(
    app: Flask, collection: Collection
) -> None:
    dice = random.Random(2026)
    lengths, boxes = set(), set()
    for number in range(JOURNEYS):
        # Every page keeps the house style; checking each one a thousand times would add nothing.
        patient = Patient(app, collection.wording, is_strict=number % 50 == 0)
        lengths.add(walk_at_random(patient, dice))
        summary = patient.open("/reflection/summary")
        assert summary.status == 200
        main = summary.text.removeprefix("Back Your summary ")
        assert main.startswith(REFERRAL)
        assert main.endswith(CLOSING)
        # The box and the full constant topics are the same for every reader.
        constant = summary.find("//section[@aria-labelledby='worth-knowing']")
        boxes.add(constant[0].text_content())
        assert tuple(str(heading.text) for heading in constant[0].xpath(".//h3"))[:3] == CONSTANT
    assert len(boxes) == 1
    assert (min(lengths), max(lengths)) == (3, 10)


def walk_at_random(patient: Patient, dice: random.Random) -> int:
    """Answer, skip and err at random until the check page; return how many questions were answered."""
    page = patient.start()
    answered = 0
    while not page.path.endswith("/check"):
        assert page.status == 200
        if page.path.endswith("/pause"):
            page = patient.follow("Keep going")
            continue
        before = page.question
        labels = list(page.choices)
        chosen = dice.sample(labels, dice.randint(1, len(labels)))
        page = patient.skip() if dice.random() < 0.3 else patient.answer(*chosen)
        if page.title.startswith("Error: "):
            # Too many choices, or an exclusive one with others: the choices are kept, and a single choice is always
            # valid.
            page = patient.answer(dice.choice(labels))
        assert page.path.endswith(("/check", "/pause")) or page.question != before
        answered += 1
    return answered


def test_nothing_is_kept_until_you_ask(tmp_path: Path, collection: Collection) -> None:
    file = tmp_path / "screening.sqlite"
    app = create_app(TestConfig(database_url=f"sqlite:///{file}"))
    with app.app_context():
        migrations().upgrade()
        questionnaire_versions.store_version(db.session, collection.questionnaires[0], date(2026, 11, 21))
        db.session.close()
        before = checkpointed(file)
        walk_at_random(Patient(app, collection.wording), random.Random(1))
        assert checkpointed(file) == before
        db.engine.dispose()


def checkpointed(file: Path) -> str:
    """Hash a database file after a WAL checkpoint."""
    with db.engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_no_patient_page_opens_a_database_session(patient: Patient) -> None:
    with pytest.raises(AssertionError, match="opened a database session"), patient.client.application.app_context():
        db.session.execute(text("SELECT 1"))
    walk_at_random(patient, random.Random(2))
    here = ("later", "summary", "topics", "topics/1", "paper")
    for path in (*(f"/reflection/{page}" for page in here), "/return", "/help", "/privacy", "/leave"):
        assert patient.client.get(path).status_code < 400


def test_we_do_not_ask_who_you_are(tmp_path: Path, collection: Collection, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}", proxy_hops=1))
    with app.app_context():
        migrations().upgrade()
    marks = {
        "User-Agent": "mark-agent",
        "Referer": "https://mark-referrer.test/",
        "Accept-Language": "mark-language",
        "X-Forwarded-For": "203.0.113.77",
        "X-Request-Id": "mark-request",
    }
    patient = Saver(app, collection)
    patient.client.environ_base |= {"HTTP_" + name.upper().replace("-", "_"): mark for name, mark in marks.items()}
    patient.client.environ_base["REMOTE_ADDR"] = "203.0.113.78"
    with caplog.at_level(logging.DEBUG):
        walk_at_random(patient, random.Random(3))
        patient.open("/reflection/summary?mark-query")
        patient.open("/mark-path")
        patient.open("/reflection/share?mark-query")
        code = patient.share()
        patient.press(WRITTEN)
        patient.look_up("mark-typed")
        patient.look_up(code)
        walk_at_random(patient, random.Random(5))
        patient.open("/reflection/later?mark-query")
        patient.press(SAVE)
        back = patient.code
        patient.press(WRITTEN)
        patient.come_back("mark-typed")
        patient.come_back(back)
        patient.open("/reflection/later")
        patient.press(SAVE)
    assert caplog.records == []
    with app.app_context():
        assert db.session.scalar(text("SELECT count(*) FROM submission")) == 1
        assert db.session.scalar(text("SELECT count(*) FROM saved_draft")) == 1
        for table in ("notice", "audit_entry", "staff_session"):
            assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
        db.engine.dispose()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    kept += app.test_client().get("/metrics").data
    given = (code, back, patient.code, patient_codes.parse_code(code), patient_codes.parse_code(back, CodeKind.RETURN))
    for mark in (*marks.values(), "203.0.113.78", "mark-query", "mark-path", "mark-typed", *given):
        assert mark.encode() not in kept


def test_the_address_bar_tells_little(patient: Patient, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    telling = {option.id for question in questionnaire.questions for option in question.options} | {"ketamine"}
    patient.start()
    while not patient.page.path.endswith("/check"):
        assert patient.page.path.removeprefix("/reflection/") in {str(n) for n in range(1, 12)} | {"pause"}
        sections = {section.title for section in questionnaire.sections} | {"A moment to pause"}
        assert patient.page.title in sections
        patient.step()
    rules = [rule.rule for rule in patient.client.application.url_map.iter_rules()]
    addresses = {address for rule in rules if not rule.startswith("/staff") for address in rule.split("/")}
    assert not addresses & telling


def test_help_is_one_step_away_even_on_an_error_page_and_without_a_database(collection: Collection) -> None:
    app = create_app(TestConfig(database_url="sqlite:////no/such/folder/screening.sqlite"))
    patient = Patient(app, collection.wording)
    for path in ("/", "/nowhere", "/reflection/topics/99", "/help"):
        page = patient.open(path)
        assert page.links["call 911"] == "tel:911"
        assert page.links["call 988"] == "tel:988"
        assert page.links["More help"] == "/help"
