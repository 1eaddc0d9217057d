"""Versions of a questionnaire: stored completely, once each."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from screening.authoring.builder import rebuild_questionnaire
from screening.authoring.loader import Collection
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack, unpack
from screening.questionnaire.summary import summarize
from screening.storage import questionnaire_versions
from screening.storage.database import db
from screening.storage.tables import QuestionnaireVersion

TODAY = date(2026, 11, 21)


def test_a_version_is_kept_whole_and_reads_as_it_was_served(site: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    questionnaire_versions.store_version(db.session, questionnaire, TODAY)
    kept = questionnaire_versions.load_version(db.session, questionnaire.version)
    assert (kept.content, kept.version) == (questionnaire.content, questionnaire.version)
    assert dataclasses.asdict(kept) == dataclasses.asdict(questionnaire)


def test_an_old_version_keeps_its_own_words(site: Flask, collection: Collection) -> None:
    old = collection.questionnaires[0]
    words = old.questions[0].options[0].say
    new = rebuild_questionnaire(old.content.replace(words, "Words of another day"))
    for questionnaire in (old, new):
        questionnaire_versions.store_version(db.session, questionnaire, TODAY)
    found = [
        questionnaire_versions.load_version(db.session, one.version).questions[0].options[0].say for one in (old, new)
    ]
    assert found == [words, "Words of another day"]


def test_what_was_served_in_2026_is_still_understood() -> None:
    content = (Path(__file__).parent.parent / "questionnaires" / "tiny-as-served-in-2026.json").read_text()
    questionnaire = rebuild_questionnaire(content)
    assert questionnaire.content == content
    everything = {question.id: (question.options[0].id,) for question in questionnaire.questions}
    packed = pack(Journey(questionnaire, everything))
    summary = summarize(Journey(questionnaire, unpack(questionnaire, packed)), "US")
    assert packed == "1" * len(questionnaire.questions)
    assert [explained.topic.id for explained in summary.topics] == ["walking", "constant"]


def test_a_version_is_kept_once(site: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    first = questionnaire_versions.store_version(db.session, questionnaire, TODAY)
    again = questionnaire_versions.store_version(db.session, questionnaire, date(2027, 1, 1))
    changed = dataclasses.replace(questionnaire, version="ab" * 32, content="{}")
    assert questionnaire_versions.store_version(db.session, changed, TODAY) != first
    assert again == first
    assert db.session.scalar(select(func.count()).select_from(QuestionnaireVersion)) == 2
    assert db.session.scalar(select(QuestionnaireVersion.since).where(QuestionnaireVersion.id == first)) == TODAY


def test_a_version_that_was_never_served_is_not_there(site: Flask) -> None:
    with pytest.raises(KeyError):
        questionnaire_versions.load_version(db.session, "cd" * 32)


def test_a_version_that_a_newer_release_wrote_is_unreadable_not_an_error(site: Flask, collection: Collection) -> None:
    files = json.loads(collection.questionnaires[0].content)
    files["topics"]["key-of-a-newer-release"] = "anything"
    content = json.dumps(files)
    version = hashlib.sha256(content.encode()).hexdigest()
    newer = dataclasses.replace(collection.questionnaires[0], content=content, version=version)
    questionnaire_versions.store_version(db.session, newer, TODAY)
    with pytest.raises(questionnaire_versions.DamagedVersion):
        questionnaire_versions.load_version(db.session, version)
    assert questionnaire_versions.load_versions(db.session, [version]) == []


def test_a_version_is_found_by_the_beginning_of_its_hash(site: Flask, collection: Collection) -> None:
    questionnaire = collection.questionnaires[0]
    first, second = _two_that_begin_alike(questionnaire)
    for version in (questionnaire, first, second):
        questionnaire_versions.store_version(db.session, version, TODAY)
    for beginning in (questionnaire.version[:6], questionnaire.version[:7], questionnaire.version):
        assert questionnaire_versions.find_version(db.session, beginning).version == questionnaire.version
    for version in (first, second):
        assert questionnaire_versions.find_version(db.session, version.version[:12]).version == version.version
    both = ", ".join(sorted((first.version, second.version)))
    alike = first.version[:3]
    with pytest.raises(
        questionnaire_versions.VersionNotFound, match=rf"2 versions begin with {alike}\. Add more digits: {both}"
    ):
        questionnaire_versions.find_version(db.session, alike)
    nowhere = next(f"{number:04x}" for number in range(99) if not questionnaire.version.startswith(f"{number:04x}"))
    with pytest.raises(questionnaire_versions.VersionNotFound, match=rf"begins with {nowhere}\."):
        questionnaire_versions.find_version(db.session, nowhere)


def _two_that_begin_alike(questionnaire: Questionnaire) -> tuple[Questionnaire, Questionnaire]:
    """Find two versions whose hashes share their first three digits, unlike the questionnaire's own hash."""
    seen: dict[str, str] = {}
    for number in range(1_000):
        other = questionnaire.content.replace(questionnaire.title, f"{questionnaire.title} {number}", 1)
        first = sha256(other.encode()).hexdigest()[:3]
        if first in seen and not questionnaire.version.startswith(first):
            return rebuild_questionnaire(seen[first]), rebuild_questionnaire(other)
        seen[first] = other
    raise AssertionError("there are two among so many")
