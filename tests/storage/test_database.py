"""The database: migrations, SQLite's PRAGMAs, and readiness."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from screening.app import create_app
from screening.authoring.loader import Collection
from screening.server import prepared
from screening.site import site_of
from screening.storage import questionnaire_versions
from screening.storage.alembic_setup import migrations
from screening.storage.database import db, unpooled_engine
from screening.storage.schema_revision import newest
from tests.support.settings import TestConfig
from tests.support.sharing_patient import Sharer


def test_migrations_make_exactly_the_tables_that_the_code_knows(site: Flask) -> None:
    assert migrations().compare_metadata() == []
    assert not migrations().needs_upgrade()


def test_migrations_can_be_taken_back(site: Flask) -> None:
    migrations().downgrade("base")
    with db.engine.connect() as connection:
        assert not connection.dialect.has_table(connection, "questionnaire_version")
    migrations().upgrade()
    assert migrations().compare_metadata() == []


def test_ready_means_the_database_answers_in_the_form_that_this_code_needs(database_url: str) -> None:
    app = create_app(TestConfig(database_url=database_url))
    client = app.test_client()
    assert client.get("/healthz/ready").status_code == 503
    assert client.get("/healthz/live").status_code == 200
    with create_app(TestConfig(database_url=database_url)).app_context():
        migrations().upgrade()
        db.engine.dispose()
    with app.app_context():
        assert client.get("/healthz/ready").status_code == 503
        questionnaire_versions.store_active_versions(unpooled_engine(), site_of(app).questionnaires)
        assert client.get("/healthz/ready").status_code == 200
        db.engine.dispose()


@pytest.mark.parametrize(("oldest_code", "fits"), [("0008", True), (newest(), True), ("9999", False)])
def test_a_newer_schema_is_used_if_it_admits_this_release(
    clinic: Flask, collection: Collection, capsys: pytest.CaptureFixture[str], oldest_code: str, fits: bool
) -> None:
    patient = Sharer(clinic, collection)
    with clinic.app_context():
        db.session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        db.session.execute(text("UPDATE installation SET oldest_code = :oldest"), {"oldest": oldest_code})
        db.session.commit()
    code, told = prepared(clinic, None), capsys.readouterr().err
    ready = clinic.test_client().get("/healthz/ready").status_code
    if fits:
        assert (code, told, ready) == (0, "", 200)
        patient.finish()
        patient.share()
        assert len(patient.rows()) == 1
    else:
        assert (code, ready) == (1, 503)
        assert told.startswith("Error: The database was upgraded by a newer release than this one.")
        assert len(told.splitlines()) == 1


def test_what_leaves_a_table_leaves_the_file_and_what_is_committed_outlives_a_power_cut(tmp_path: Path) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'screening.sqlite'}"))
    told = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "trusted_schema": 0}
    with app.app_context():

        @event.listens_for(db.engine, "connect", insert=True)
        def tell_the_opposite(connection: sqlite3.Connection, _record: object) -> None:
            # Some builds of SQLite have these defaults.
            for name in ("secure_delete = OFF", "foreign_keys = OFF", "trusted_schema = ON", "synchronous = OFF"):
                connection.execute(f"PRAGMA {name}")

        with db.engine.connect() as connection:
            found = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in told}
        db.engine.dispose()
    assert found == told


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_connection_sets_what_postgresql_must_do_whatever_the_database_says(site: Flask) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for setting in ("synchronous_commit = off", "statement_timeout = 1000", "lock_timeout = 1000"):
            connection.execute(text(f'ALTER DATABASE "{db.engine.url.database}" SET {setting}'))
    db.engine.dispose()
    for engine, expected in ((db.engine, ["on", "5s", "3s"]), (unpooled_engine(), ["on", "1s", "1s"])):
        with engine.connect() as connection:
            connection.rollback()
            names = ("synchronous_commit", "statement_timeout", "lock_timeout")
            assert [connection.scalar(text(f"SHOW {name}")) for name in names] == expected
            raw = connection.connection.driver_connection
            assert raw
            assert "options" not in raw.info.get_parameters(), "PgBouncer refuses them"


@pytest.mark.parametrize("path", ["/", "/help", "/privacy", "/reflection/topics", "/healthz/live"])
def test_pages_are_there_while_the_database_is_away(path: str, tmp_path: Path) -> None:
    app = create_app(TestConfig(database_url=f"sqlite:///{tmp_path / 'no-folder' / 'screening.sqlite'}"))
    assert app.test_client().get(path).status_code == 200
    assert app.test_client().get("/healthz/ready").status_code == 503
