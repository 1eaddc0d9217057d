"""Versions of a questionnaire: kept whole, once each."""

from __future__ import annotations

import dataclasses
import json
from datetime import date

from flask import Flask
from sqlalchemy import func, select

from screening.questionnaire.loader import Collection
from screening.storage import versions
from screening.storage.database import db
from screening.storage.tables import QuestionnaireVersion

TODAY = date(2026, 11, 21)


def test_a_version_is_kept_whole(site: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    versions.keep(db.session, questionnaire, TODAY)
    content = versions.content(db.session, questionnaire.version)
    assert content == json.loads(questionnaire.content)
    assert content is not None
    assert [topic["id"] for topic in content["topics"]["topics"]] == [topic.id for topic in questionnaire.topics]


def test_a_version_is_kept_once(site: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    first = versions.keep(db.session, questionnaire, TODAY)
    again = versions.keep(db.session, questionnaire, date(2027, 1, 1))
    changed = dataclasses.replace(questionnaire, version="ab" * 32, content="{}")
    assert versions.keep(db.session, changed, TODAY) != first
    assert again == first
    assert db.session.scalar(select(func.count()).select_from(QuestionnaireVersion)) == 2
    assert db.session.scalar(select(QuestionnaireVersion.since).where(QuestionnaireVersion.id == first)) == TODAY


def test_a_version_that_was_never_served_is_not_there(site: Flask) -> None:
    assert versions.content(db.session, "cd" * 32) is None
