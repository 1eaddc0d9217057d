"""A plugin with questionnaires for tests of any room. Tests of the core's rooms get no application and no database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NoReturn

import flask
import pytest
import sqlalchemy

from screening.authoring.loader import Collection, load_questionnaire
from screening.authoring.wording_list import WordingList
from screening.questionnaire.model import Questionnaire
from screening.web.questionnaire_limits import LIMITS

TESTS = Path(__file__).parents[1]
TINY = TESTS / "questionnaires"
# The rooms that know neither the application nor the database.
CORE_ROOMS = ("text", "questionnaire", "authoring", "po", "reports", "exports")


@pytest.fixture(autouse=True)
def neither_app_nor_database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test of the core's rooms that makes an application or opens a database."""
    if request.path.relative_to(TESTS).parts[0] not in CORE_ROOMS:
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a test of the core reached for the application or the database")

    monkeypatch.setattr(flask.Flask, "__init__", refuse)
    monkeypatch.setattr(sqlalchemy, "create_engine", refuse)
    # Code that imported create_engine earlier still ends here.
    monkeypatch.setattr(sqlalchemy.Engine, "__init__", refuse)


@pytest.fixture(scope="session")
def real(collection: Collection) -> Questionnaire:
    (only,) = collection.questionnaires
    return only


@pytest.fixture(scope="session")
def tiny() -> Questionnaire:
    return load_questionnaire(TINY / "tiny", WordingList(()), LIMITS)[0]


@pytest.fixture(scope="session")
def crowded() -> Questionnaire:
    return load_questionnaire(TINY / "crowded", WordingList(()), LIMITS)[0]


@pytest.fixture(scope="session")
def bilingual(tmp_path_factory: pytest.TempPathFactory) -> Questionnaire:
    """The tiny questionnaire with its Spanish translation."""
    folder = Path(shutil.copytree(TINY / "tiny", tmp_path_factory.mktemp("bilingual") / "tiny"))
    shutil.copy(TINY / "translated" / "es.yaml", folder)
    return load_questionnaire(folder, WordingList(()), LIMITS)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny questionnaire's files, for tests that break them."""
    return Path(shutil.copytree(TINY / "tiny", tmp_path / "tiny"))
