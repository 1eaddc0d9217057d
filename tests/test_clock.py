"""The real server, restarted on a machine whose clock is wrong."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from config import Config, make_secrets
from screening.app import create_app
from screening.authoring.loader import Collection
from screening.storage import expiry, weeks
from screening.storage.database import db
from screening.storage.tables import Installation
from tests.storage.test_expiry import HELD, left
from tests.support.databases import postgresql_takes_long
from tests.support.sample_submissions import Shelf
from tests.support.server import SECONDS, Server, get, served, settings

SHIFTED = "tests.support.shifted_clock_app"


def wait_for(server: Server, words: str) -> None:
    """Wait until the server's output contains this."""
    last = time.monotonic() + SECONDS
    while words not in server.output:
        assert time.monotonic() < last, server.output
        time.sleep(0.05)


def wait_for_purge(app: Flask) -> None:
    """Wait until the server has purged, which makes today the day of the last purge."""
    last = time.monotonic() + SECONDS
    with app.app_context():
        while expiry.last_purge(db.session) != datetime.now(UTC).date():
            assert time.monotonic() < last, "the server purges when it starts"
            db.session.rollback()
            time.sleep(0.05)


@postgresql_takes_long
@pytest.mark.parametrize("days", [120, pytest.param(-120, marks=pytest.mark.long)])
def test_a_server_started_with_a_wrong_clock_deletes_nothing_until_it_is_right(
    tmp_path: Path, database_url: str, collection: Collection, days: int
) -> None:
    instance = tmp_path / "instance"
    make_secrets(instance)
    environment = {"DATABASE_URL": database_url, "CLOCK_DAYS": str(days)}
    # This upgrades the database.
    Server(instance, False, SHIFTED, **environment)
    app = create_app(Config.from_environment(settings(instance, **environment)))
    shelf = Shelf(app, collection.questionnaires[0])
    for ago in range(20):
        shelf.put(weeks.week_of(datetime.now(UTC) - timedelta(weeks=ago)))
    with served(instance, False, SHIFTED, **environment) as server:
        wait_for(server, HELD)
        assert get(f"{server.address}/help") == 200
        assert get(f"{server.address}/healthz/ready") == 200
    assert left(app).submissions == 20
    with app.app_context():
        db.session.execute(update(Installation).values(purged_on=datetime.now(UTC).date() - timedelta(days=3)))
        db.session.commit()
    with served(instance, False, **environment):
        wait_for_purge(app)
    assert 10 < left(app).submissions < 14
    with app.app_context():
        db.session.close()
        db.engine.dispose()
