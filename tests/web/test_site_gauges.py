"""Gauges for alarms: about the site and never about a patient, and of a database that is away, that it is away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from screening.app import create_app
from screening.settings.release import release
from screening.site import site_of
from screening.storage import schema_revision
from screening.storage.backups import Backups
from screening.storage.database import db
from screening.storage.tables import Installation
from tests.support.postgresql import PostgreSQL
from tests.support.settings import TestConfig
from tests.support.site_changes import change_site
from tests.web import test_health as states

TODAY = datetime.now(UTC).date()


def gauges(client: FlaskClient) -> dict[str, float]:
    """Return the gauges by name, without the prefix."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    found = (sample for family in families if family.type == "gauge" for sample in family.samples)
    return {sample.name.removeprefix("screening_"): sample.value for sample in found}


def info(client: FlaskClient) -> dict[str, str]:
    families = text_string_to_metric_families(client.get("/metrics").text)
    (labels,) = (sample.labels for family in families for sample in family.samples if sample.name == "screening_info")
    return labels


def set_purged(app: Flask, day: date) -> None:
    with app.app_context():
        db.session.execute(update(Installation).values(purged_on=day))
        db.session.commit()


def test_each_gauge_says_what_it_is_named_for(either_clinic: Flask, tmp_path: Path) -> None:
    client = either_clinic.test_client()
    change_site(either_clinic, backups=Backups(tmp_path / "backups", 30))
    sound = {"database_up": 1, "info": 1, "purge_age_days": 0, "purge_held": 0, "support_unconfirmed": 1}
    with either_clinic.app_context():
        standby = {} if db.engine.dialect.name == "sqlite" else {"synchronous_standby_missing": 0}
    assert gauges(client) == sound | standby
    set_purged(either_clinic, TODAY - timedelta(days=20))
    change_site(either_clinic, is_support_confirmed=True)
    (tmp_path / "backups").mkdir()
    for name in (f"{TODAY - timedelta(days=3)}-backup.sqlite", f"{TODAY}-replaced.sqlite", f"{TODAY}-backup.dump.part"):
        (tmp_path / "backups" / name).touch()
    metrics = site_of(either_clinic).metrics
    metrics.workers.change(lambda _: 2)
    metrics.restarts.add()
    assert (
        gauges(client)
        == {
            "backup_age_days": 3,
            "database_up": 1,
            "info": 1,
            "purge_age_days": 20,
            "purge_held": 1,
            "restarts": 1,
            "support_unconfirmed": 0,
            "workers": 2,
        }
        | standby
    )
    served = site_of(either_clinic).questionnaires[0].version[:12]
    assert info(client) == {"release": release(), "schema": schema_revision.newest(), "questions": served}


@pytest.fixture(params=["the file is not a database", "the server is not there", "the file is empty"])
def spoiled(request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgreSQL) -> Iterator[tuple[str, str]]:
    for url in states.STATES[request.param](tmp_path, postgresql):
        yield request.param, url


def test_a_database_that_is_away_is_reported_and_the_rest_is_there(spoiled: tuple[str, str]) -> None:
    state, url = spoiled
    app = create_app(replace(TestConfig(), database_url=url))
    found = gauges(app.test_client())
    assert found["database_up"] == (state == "the file is empty")
    assert found.keys() - {"synchronous_standby_missing"} == {"database_up", "info", "support_unconfirmed"}
    with app.app_context():
        db.engine.dispose()


def test_a_missing_synchronous_standby_is_reported(postgresql: PostgreSQL) -> None:
    with postgresql.empty_database() as url:
        base, _, host = states.upgraded(url).partition("?host=")
        app = create_app(replace(TestConfig(), database_url=f"{base}?host={host},{host}"))
        assert gauges(app.test_client())["synchronous_standby_missing"] == 1
        with app.app_context():
            db.engine.dispose()
