"""What tests of the site share: the real questions, applications that serve them, databases, and a patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache
from passlib.totp import AppWallet
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from screening.app import create_app
from screening.authoring.loader import Collection, load_collection
from screening.authoring.site_constraints import QuestionnaireLimits
from screening.staff.auth.sign_in import SECURITY_SETTINGS
from screening.storage.alembic_setup import migrations
from screening.storage.database import db
from screening.web.compression import SMALLEST
from screening.web.languages import _catalog
from screening.web.questionnaire_limits import LIMITS
from tests.support.databases import EmptiedDatabase, SQLiteTemplate
from tests.support.page_checker import Patient
from tests.support.postgresql import PostgreSQL, postgresql_server
from tests.support.settings import TestConfig
from tests.support.shared_apps import SharedApps
from tests.support.staff_client import Staff

pytest_plugins = ("tests.support.core_fixtures",)

# `make test-all` chooses the full profile. A test that needs more or fewer examples asks for a multiple of these.
settings.register_profile("quick", max_examples=15)
settings.register_profile("full", max_examples=100)
settings.load_profile("quick")

# The folders whose tests run on PostgreSQL in `make test-all` alone: what pages do with it, storage does too.
TWINS = ("patient", "staff", "web", "commands")
# The folders whose single tests take longest: at the end they would keep one process busy while the others wait.
STARTED_FIRST = {"soak": 0, "browser": 1}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what repeats a page's test on PostgreSQL, and put the tests that take longest first."""
    for item in items:
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if "postgresql" in (parameters.get("database_url"), parameters.get("kind")) and _room(item) in TWINS:
            item.add_marker(pytest.mark.twin)
    items.sort(key=lambda item: STARTED_FIRST.get(_room(item), len(STARTED_FIRST)))


def _room(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).parts[0]


@pytest.fixture(scope="session")
def collection() -> Collection:
    return load_collection(TestConfig.questions, LIMITS)


@pytest.fixture(scope="session", autouse=True)
def made_once(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What takes most of making an application is done once for all of them.

    The real questions are read and proved, templates and translations compiled, static files compressed.
    """

    def load(folder: Path, limits: QuestionnaireLimits) -> Collection:
        return collection if folder == TestConfig.questions else load_collection(folder, limits)

    compiled = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("compiled")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screening.app.load_collection", load)
        patch.setattr("screening.web.languages._catalog", cache(_catalog))
        patch.setitem(Flask.jinja_options, "bytecode_cache", compiled)
        patch.setattr("screening.web.static_files.SMALLEST", {name: cache(pack) for name, pack in SMALLEST.items()})
        yield


@pytest.fixture(scope="session", autouse=True)
def least_hashes() -> Iterator[None]:
    """Most tests sign somebody in: passwords cost as little as they can, but where `in_earnest` is asked for."""
    least = {"argon2__rounds": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
    with pytest.MonkeyPatch.context() as patch:
        # What encrypts the secrets of authenticators.
        patch.setattr(AppWallet, "encrypt_cost", 1)
        patch.setitem(SECURITY_SETTINGS, "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", least)
        yield


@pytest.fixture(scope="session", autouse=True)
def seeded_sessions() -> Iterator[None]:
    """Most tests sign somebody in without the pages for it. A folder about them has a fixture of this name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Staff, "is_seeded", True)
        yield


@pytest.fixture(scope="session", autouse=True)
def connections_for_tests() -> Iterator[None]:
    """Tests hold sessions of their own while pages use theirs. Servers that tests start have as many as always."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("screening.storage.database.POOL_SIZE", 10)
        yield


# The fixtures that upgrade the database of `database_url`.
UPGRADED = {"site", "either_clinic"}
APPS = SharedApps()
TEMPLATE = SQLiteTemplate()


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


@pytest.fixture(scope="session")
def emptied(postgresql: PostgreSQL) -> Iterator[EmptiedDatabase]:
    """A PostgreSQL database that tests use one after the other."""
    database = EmptiedDatabase(postgresql)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of either kind: empty, or, for a test that asks for an application on it too, upgraded."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'screening.sqlite'}"
    elif UPGRADED.isdisjoint(request.fixturenames):
        with request.getfixturevalue("postgresql").empty_database() as url:
            yield url
    else:
        yield request.getfixturevalue("emptied").emptied()


@pytest.fixture
def site(database_url: str) -> Iterator[Flask]:
    """The application on an upgraded database, with its context open."""
    for app in opened(database_url):
        with app.app_context():
            yield app
            db.session.close()


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Flask]:
    """The application on an upgraded SQLite, as a server runs it: each request has a context of its own."""
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}")


@pytest.fixture
def own_clinic(tmp_path: Path) -> Iterator[Flask]:
    """The same, made for one test, which may add pages to it."""
    yield from opened(f"sqlite:///{tmp_path / 'screening.sqlite'}", replace(TestConfig(), instance=tmp_path))


@pytest.fixture
def either_clinic(database_url: str) -> Iterator[Flask]:
    """The same, on either database."""
    yield from opened(database_url)


def opened(url: str, config: TestConfig | None = None) -> Iterator[Flask]:
    """An application on an upgraded database; of its own for a test that configures it."""
    file = make_url(url).database if url.startswith("sqlite") else None
    if file and not Path(file).exists():
        TEMPLATE.copy(Path(file))
    if config is None:
        with APPS.lent(url) as app:
            yield app
        return
    app = create_app(replace(config, database_url=url))
    with app.app_context():
        migrations().upgrade()
    yield app
    with app.app_context():
        db.engine.dispose()
