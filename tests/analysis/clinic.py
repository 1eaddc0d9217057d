"""A clinic with made-up submissions to two versions of the real questions, what Insights counts, and its kits."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy import delete, insert

from screening.authoring.builder import rebuild_questionnaire
from screening.commands.demo import simulate_journey
from screening.exports.formats import Level
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack
from screening.site import site_of
from screening.storage import questionnaire_versions, weeks
from screening.storage.accounts import REVIEWER
from screening.storage.database import db
from screening.storage.tables import QuestionnaireVersion, Submission
from tests.bench.journey import served
from tests.bench.storing import REAL
from tests.support.code_rules import asked
from tests.support.export_reader import kit_files_of
from tests.support.figure_samples import rows
from tests.support.staff_client import Staff

NUMBER = 400


class Counted(NamedTuple):
    """An option: who picked it, who answered its question, who was asked it, and all."""

    picked: int
    answered: int
    asked: int
    all: int


Counts = dict[tuple[str, str], Counted]
"""Version (short; "" for all together) and name of the column -> counts."""


class Clinic(NamedTuple):
    """`kits`: level -> files of the kit. `insights`: what its pages show of each version."""

    versions: list[Questionnaire]
    kits: dict[Level, dict[str, bytes]]
    insights: Counts


@contextmanager
def clinic() -> Iterator[Clinic]:
    """Fill a clinic, download both kits, and read all of Insights."""
    with served(REAL) as app:
        new = site_of(app).questionnaires[0]
        versions = [new, older(new)]
        was_asked = _fill(app, versions)
        staff = Staff(app)
        staff.sign_in(REVIEWER)
        kits = {level: _kit(staff, level) for level in Level}
        yield Clinic(versions, kits, _insights(staff, versions, was_asked))


def older(version: Questionnaire) -> Questionnaire:
    """Return a version with a question, an option and a condition fewer, another option more, and other words."""
    files: Any = json.loads(version.content)
    files.pop("translations")
    questionnaire = files["questionnaire"]
    questionnaire["sections"] = [one for one in questionnaire["sections"] if one["id"] != "your-questions"]
    items = {item["id"]: item for section in questionnaire["sections"] for item in section["items"] if "id" in item}
    del items["bring-up"]["choose_any"]["seizures"]
    items["bring-up"]["choose_any"]["sleep"] = {"say": "Sleep"}
    items["triggers"]["ask_if"] = {"interests": ["cravings"]}
    items["interests"]["ask"] = "What do you want to read about?"
    return rebuild_questionnaire(json.dumps(files))


def column(question: str, option: str) -> str:
    return f"{question}__{option}".replace("-", "_")


def _fill(app: Flask, versions: list[Questionnaire]) -> Counter[tuple[str, str]]:
    """Store submissions, and return how many were asked each option: short version and column."""
    chance, was_asked = Random(20), Counter[tuple[str, str]]()
    with app.app_context():
        now = datetime.now(UTC)
        # The newest version is stored last. `served` has stored it already.
        db.session.execute(delete(QuestionnaireVersion))
        ids = [questionnaire_versions.store_version(db.session, one, now.date()) for one in versions[::-1]]
        kept = weeks.readable_weeks(now, site_of(app).retention_days)
        for _ in range(NUMBER):
            place = chance.randrange(2)
            version = versions[::-1][place]
            journey = simulate_journey(version, chance)
            row = {
                "week": chance.choice(kept),
                "ref": os.urandom(16),
                "version": ids[place],
                "state": chance.randint(0, 2),
            }
            db.session.execute(insert(Submission).values(answers=pack(journey), **row))
            picks = frozenset((name, option) for name, several in journey.answers.items() for option in several)
            offered = asked(version, picks)
            was_asked.update((short(version), column(name, one)) for name in offered for one in offered[name])
        db.session.commit()
    return was_asked


def short(version: Questionnaire) -> str:
    return f"v{version.version[:12]}"


def _kit(staff: Staff, level: Level) -> dict[str, bytes]:
    staff.open(f"/staff/export?level={level.value}")
    answer = staff.client.post("/staff/export", data=staff.hidden("For R, SPSS or Python") | {"format": "kit"})
    assert answer.headers["Content-Disposition"] == f"attachment; filename=ketamine-therapy-{level.value}.zip"
    assert answer.content_length == len(answer.data)
    return kit_files_of(answer.data)


def _insights(staff: Staff, versions: list[Questionnaire], was_asked: Counter[tuple[str, str]]) -> Counts:
    """Read the page of each version; how many were asked is not on it."""
    found: Counts = {}
    for version in versions:
        page = staff.open(f"/staff/insights?version={version.version[:12]}")
        for question in version.questions:
            (section,) = page.find(f"//section[@aria-labelledby='{question.id}']")
            ((answered, everyone),) = re.findall(r"(\d+) of (\d+) answered", section.text_content())
            for option, told in zip(question.options, rows(page, question.id), strict=True):
                picked = int(told.removeprefix(option.say).split()[0])
                key = short(version), column(question.id, option.id)
                found[key] = Counted(picked, int(answered), was_asked[key], int(everyone))
    return found


def unpacked(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files of a kit to a folder."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder
