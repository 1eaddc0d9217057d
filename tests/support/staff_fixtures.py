"""Fixtures for tests of staff pages: a clinic with submissions on either database, and its staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.statistics import publishing
from screening.storage.accounts import REVIEWER
from tests.support.sample_submissions import Shelf
from tests.support.staff_client import Staff


@pytest.fixture(scope="module", autouse=True)
def seeded_sessions() -> Iterator[None]:
    """Nothing is seeded: this takes the place of the fixture by which sessions are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Staff, "is_seeded", False)
        yield


@pytest.fixture
def shelf(either_clinic: Flask, collection: Collection) -> Shelf:
    return Shelf(either_clinic, collection.questionnaires[0])


@pytest.fixture
def reviewer(shelf: Shelf) -> Staff:
    """A signed-in reviewer."""
    staff = Staff(shelf.app)
    staff.sign_in(REVIEWER)
    return staff


@pytest.fixture
def unmoved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn off random noise in figures, so that a test knows what pages show."""
    monkeypatch.setattr(publishing, "add_noise", lambda count: count)
