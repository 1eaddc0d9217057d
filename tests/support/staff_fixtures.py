"""Fixtures for tests of staff pages: a clinic with submissions on either database, and its staff."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from screening.authoring.loader import Collection
from screening.statistics import publishing
from screening.storage.accounts import MANAGER, REVIEWER
from tests.support.clock import stop_clock
from tests.support.sample_submissions import NOW, Shelf
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
def manager(shelf: Shelf) -> Staff:
    """The only manager, signed in."""
    staff = Staff(shelf.app)
    staff.sign_in(MANAGER)
    return staff


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the site stay at the time from which tests compute weeks, though a full test run may pass midnight."""
    stop_clock(monkeypatch, NOW)


@pytest.fixture
def unmoved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn off random noise in figures, so that a test knows what pages show."""
    monkeypatch.setattr(publishing, "add_noise", lambda count: count)
