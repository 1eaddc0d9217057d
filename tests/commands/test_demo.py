"""Made-up submissions on both databases: random walks, spread over retained weeks, never mixed with real ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from screening.app import create_app
from screening.commands import demo
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack, unpack
from screening.site import site_of
from screening.storage import submissions, weeks
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from screening.storage.tables import Submission
from tests.commands.test_cli import run
from tests.support.settings import TestConfig

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def config(site: Flask, database_url: str) -> Config:
    return TestConfig(database_url=database_url)


@pytest.fixture
def questionnaire(site: Flask) -> Questionnaire:
    found = site_of(site).questionnaires[0]
    assert isinstance(found, Questionnaire)
    return found


def fill(config: Config, questionnaire: Questionnaire, number: int = demo.DEMO_NUMBER) -> str:
    return demo.fill_with_demo(config, questionnaire, NOW, 1, number, lambda done: None)


def rows() -> list[Submission]:
    return list(db.session.scalars(select(Submission)))


def test_two_hundred_are_made_in_twelve_kept_weeks(config: Config, questionnaire: Questionnaire) -> None:
    told = fill(config, questionnaire)
    assert told.startswith("200 made-up submissions, 2026-W36 to 2026-W47: ")
    found = rows()
    spread = Counter(row.week for row in found)
    assert set(spread) == set(weeks.retained_weeks(NOW, config.retention_days)[-12:])
    assert max(spread.values()) >= 2 * min(spread.values())
    assert len({row.ref for row in found}) == 200


def test_each_is_a_whole_walk_and_they_differ(config: Config, questionnaire: Questionnaire) -> None:
    fill(config, questionnaire)
    walked = [row.answers for row in rows()]
    for answers in walked:
        journey = Journey(questionnaire, unpack(questionnaire, answers))
        assert pack(journey) == answers
    assert len(set(walked)) > 150
    given = Counter(option for packed in walked for one in unpack(questionnaire, packed).items() for option in one[1])
    offered = {option.id for question in questionnaire.questions for option in question.options}
    assert set(given) == offered
    assert any(not chosen for packed in walked for chosen in unpack(questionnaire, packed).values())


def test_what_somebody_leans_to_shows_in_several_answers(questionnaire: Questionnaire) -> None:
    walks = [demo.simulate_journey(questionnaire, Random(seed)).answers for seed in range(2_000)]
    walks = [walk for walk in walks if walk["asking-for"] == ("myself",)]

    def hoping(interested: bool) -> float:
        asked = [walk for walk in walks if ("mood" in walk["interests"]) is interested]
        return sum("mood" in walk["hopes"] for walk in asked) / len(asked)

    assert hoping(interested=True) > 1.2 * hoping(interested=False)


def test_older_weeks_are_mostly_reviewed_and_the_latest_wait(config: Config, questionnaire: Questionnaire) -> None:
    fill(config, questionnaire)
    latest = [row.state for row in rows() if row.week >= 202645]
    assert len(latest) > 10
    assert set(latest) == {ReviewState.UNREAD}
    older = Counter(row.state for row in rows() if row.week < 202645)
    assert older[ReviewState.REVIEWED] > 0.7 * older.total()
    assert 0 < older[ReviewState.SET_ASIDE] < older[ReviewState.REVIEWED] / 5


def made(questionnaire: Questionnaire, seed: int, number: int) -> list[tuple[int, str, ReviewState, bytes]]:
    kept = weeks.retained_weeks(NOW, 90)[-12:]
    made_up = demo._make_up(questionnaire, NOW, kept, number, Random(seed))
    return [(one.week, one.answers, one.state, one.ref) for one in made_up]


def test_a_seed_makes_the_same_answers_under_other_marks(
    questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MAX_SIMULATED", 20)
    first, again, other = (made(questionnaire, seed, 60) for seed in (3, 3, 4))
    assert [one[:3] for one in first] == [one[:3] for one in again] != [one[:3] for one in other]
    assert len({one[3] for one in first + again}) == 120


def test_of_very_many_the_first_are_walked_and_all_are_stored_batch_by_batch(
    config: Config, questionnaire: Questionnaire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MAX_SIMULATED", 150)
    monkeypatch.setattr(demo, "DEMO_BATCH", 200)
    told: list[int] = []
    assert demo.fill_with_demo(config, questionnaire, NOW, 1, 1_000, told.append).startswith(
        "1000 made-up submissions, "
    )
    assert told == [200, 400, 600, 800, 1_000]
    found = rows()
    assert len(found) == 1_000
    assert 100 < len({row.answers for row in found}) <= 150
    # The later weeks vary, since they draw from all walks.
    assert len({row.answers for row in found if row.week == 202645}) > 20


def test_short_retention_bounds_the_weeks(config: Config, questionnaire: Questionnaire) -> None:
    short = replace(config, retention_days=7)
    fill(short, questionnaire)
    assert {row.week for row in rows()} == set(weeks.retained_weeks(NOW, 7))


def test_a_database_that_holds_submissions_is_left_alone(config: Config, questionnaire: Questionnaire) -> None:
    fill(config, questionnaire)
    with pytest.raises(demo.DemoRefused, match=r"already holds submissions \(200\).*Set INSTANCE to a new folder"):
        fill(config, questionnaire)
    assert submissions.count_older(db.session, 202648) == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_it_did_and_refuses_in_production(site: Flask, config: Config) -> None:
    production = create_app(replace(config, is_production=True, country="US", trusted_hosts=("clinic.test",)))
    code, output = run(production, "demo")
    assert code == 1
    assert "must never mix with those of patients" in output
    code, output = run(site, "demo")
    assert code == 0
    assert output.startswith("200 made-up submissions")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_takes_a_number_and_tells_each_tenth(site: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(site, "demo", "--number", "0")[0] == 2
    monkeypatch.setattr(demo, "DEMO_BATCH", 3)
    code, output = run(site, "demo", "--number", "40")
    assert code == 0
    lines = output.splitlines()
    assert lines[:2] == ["6 of 40 …", "9 of 40 …"]
    assert len(lines) == 10
    assert lines[-1].startswith("40 made-up submissions, ")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_of_another_form_is_declined(database_url: str) -> None:
    code, output = run(create_app(TestConfig(database_url=database_url)), "demo")
    assert code == 1
    assert "Run flask --app wsgi database upgrade." in output
