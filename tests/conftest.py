"""What tests of the site share: the real questions, applications that serve them, databases, and a patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import TestConfig
from screening.app import create_app
from screening.questionnaire.loader import Collection, load_collection
from screening.storage.database import db, migrations
from tests.pages import Patient
from tests.postgresql import PostgreSQL, postgresql_server


@pytest.fixture(scope="session")
def collection() -> Collection:
    return load_collection(TestConfig.questions)


@pytest.fixture(scope="session", autouse=True)
def read_once(collection: Collection) -> Iterator[None]:
    """The real questions are read and proved once for all applications: that takes most of what making one takes."""

    def load(folder: Path) -> Collection:
        return collection if folder == TestConfig.questions else load_collection(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screening.app.load_collection", load)
        yield


class Never(Session):
    """A database session that nobody may open: most pages are a patient's."""

    def __init__(self, **_: object) -> None:
        raise AssertionError("a patient's page opened a database session")


@pytest.fixture(scope="session")
def app() -> Flask:
    app = create_app(TestConfig())
    app.testing = True
    with app.app_context():
        db.sessionmaker.class_ = Never
    return app


@pytest.fixture
def patient(app: Flask, collection: Collection) -> Patient:
    return Patient(app, collection.wording)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL that ends with the tests."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'screening.sqlite'}"
        return
    with request.getfixturevalue("postgresql").empty_database() as url:
        yield url


@pytest.fixture
def site(database_url: str) -> Iterator[Flask]:
    """The application on an upgraded database, with its context open."""
    app = create_app(TestConfig(database_url=database_url))
    with app.app_context():
        migrations.upgrade()
        yield app
        db.session.close()
        db.engine.dispose()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Flask]:
    """The application on an upgraded SQLite, as a server runs it: each request has a context of its own."""
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}")


@pytest.fixture
def either_clinic(database_url: str) -> Iterator[Flask]:
    """The same, on either database."""
    yield from opened(database_url)


def opened(url: str, config: TestConfig | None = None) -> Iterator[Flask]:
    """An application on an upgraded database."""
    app = create_app(replace(config or TestConfig(), database_url=url))
    with app.app_context():
        migrations.upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()
