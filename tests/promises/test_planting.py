"""An adversary who plants made-up submissions and reads the figures cannot tell what a real person answered.

They know everyone's answers but one person's, and plant enough of their own to bring each count to a rounding step. Two
populations differ in that one person, who picked everything or nothing, so each cell differs by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import insert

from screening.app import create_app
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Answers, Questionnaire
from screening.questionnaire.packing import pack
from screening.storage import questionnaire_versions, weeks
from screening.storage.accounts import MANAGER, VIEWER
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.storage.tables import Submission
from tests.support.figure_samples import NOW, RETENTION_DAYS, blocks, empty
from tests.support.figure_samples import rows as rows_of
from tests.support.made_questionnaires import made, question
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

OPTIONS = 8


def wide(name: str) -> Questionnaire:
    """Build eight questions with eight choices each, any of which everyone may pick."""
    return made(
        [question(f"{name}-{number}", {f"option-{place}": {} for place in range(OPTIONS)}) for number in range(8)]
    )


# In one block, the target picked nothing of the first and everything of the second.
NOTHING, EVERYTHING = wide("nothing"), wide("everything")
# Enough empty submissions that the planted ones are counted at all.
SKIPPING = 60
# The highest allowed probability that a guess is right.
BEST = Fraction(3, 5)


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    url = f"sqlite:///{Path(tmp_path_factory.mktemp('planting')) / 'screening.sqlite'}"
    app = create_app(TestConfig(database_url=url, retention_days=RETENTION_DAYS))
    with app.app_context():
        migrations().upgrade()
    manager = Staff(app)
    manager.sign_in(MANAGER)
    yield manager
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def viewer(manager: Staff) -> Staff:
    viewer = Staff(manager.app)
    viewer.sign_in(VIEWER)
    return viewer


def picked_by(questionnaire: Questionnaire, picks: Iterator[bool]) -> Answers:
    return {one.id: tuple(option.id for option in one.options if next(picks)) for one in questionnaire.questions}


def population(questionnaire: Questionnaire, others: int, chance: Random) -> tuple[list[Answers], list[int]]:
    """Return everyone but the target, including planted submissions, and how many picked each option."""
    cells = sum(len(one.options) for one in questionnaire.questions)
    real = [[chance.random() < 0.4 for _ in range(cells)] for _ in range(others)]
    counts = [sum(each) for each in zip(*real, strict=True)] if real else [0] * cells
    # At 10, 14, 24 and so on, one more is published as the next number.
    planted = [next(number for number in (10, *range(14, 99, 10)) if number >= count) - count for count in counts]
    made_up = [[number > place for number in planted] for place in range(max(planted))]
    skipping = [[False] * cells] * SKIPPING
    everyone = [picked_by(questionnaire, iter(picks)) for picks in real + made_up + skipping]
    return everyone, [count + number for count, number in zip(counts, planted, strict=True)]


def store(week: int, questionnaire: Questionnaire, everyone: list[Answers], chance: Random) -> None:
    version = questionnaire_versions.store_version(db.session, questionnaire, NOW.date())
    rows = [
        {
            "week": week,
            "ref": chance.randbytes(16),
            "version": version,
            "state": 0,
            "answers": pack(Journey(questionnaire, one)),
        }
        for one in everyone
    ]
    db.session.execute(insert(Submission), rows)
    db.session.commit()


def published_cells(viewer: Staff, week: int, questionnaire: Questionnaire) -> list[int]:
    """Return a version's cells in one block as a viewer reads them; 0 if fewer than 11."""
    day = weeks.format_week(week)
    page = viewer.open(f"/staff/figures?from={day}&to={day}&version={questionnaire.version[:12]}")
    # Where each choice has fewer than 11, one sentence says so.
    every = [rows_of(page, one.id) or ["fewer than 11"] * len(one.options) for one in questionnaire.questions]
    found = [re.search(r"about (\d+)", row) for rows in every for row in rows]
    return [int(number[1]) if number else 0 for number in found]


@pytest.mark.parametrize("real", [1, 3, 10, 40])
def test_who_plants_answers_guesses_no_better_than_chance_lets_them(manager: Staff, viewer: Staff, real: int) -> None:
    chance = Random(real)
    # For each population: how many cells read as before the step, and as after it.
    found = {NOTHING: [0, 0], EVERYTHING: [0, 0]}
    empty(manager.app)
    for block in blocks():
        before: dict[Questionnaire, list[int]] = {}
        with manager.app.app_context():
            for questionnaire in found:
                everyone, before[questionnaire] = population(questionnaire, real - 1, chance)
                person = picked_by(questionnaire, iter([questionnaire is EVERYTHING] * 8 * OPTIONS))
                store(block[0], questionnaire, [*everyone, person], chance)
        manager.open(f"/staff/publish/{weeks.format_week(block[0])}")
        assert "The figures are published." in manager.press("Publish these figures").text
        for questionnaire, counts in before.items():
            cells = published_cells(viewer, block[0], questionnaire)
            assert len(cells) == len(counts)
            for cell, count in zip(cells, counts, strict=True):
                found[questionnaire][cell >= count] += 1
    cells_read = sum(found[NOTHING])
    spread = 4.5 * sqrt(BEST * (1 - BEST) / cells_read)
    low, high = found[NOTHING][0] / cells_read, found[EVERYTHING][0] / cells_read
    # For counts that differ by one, these chances are exact. Their ratio is 1.5, and no more can be learned.
    assert abs(low - BEST) < spread
    assert abs(high - (1 - BEST)) < spread
