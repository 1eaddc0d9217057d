"""What tests of the site share: the real questions, an application that serves them, and a patient."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import TestConfig
from screening.app import create_app
from screening.questionnaire.loader import Collection, load_collection
from screening.storage.database import db
from tests.pages import Patient


@pytest.fixture(scope="session")
def collection() -> Collection:
    return load_collection(TestConfig.questions)


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
