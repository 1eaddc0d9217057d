"""Retention for managers: the periods, the number of expired items, the backups; a purge is confirmed and audited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from screening.authoring.loader import Collection
from screening.site import site_of
from screening.storage import audit, submissions
from screening.storage.audit import Action
from screening.storage.database import db
from tests.conftest import opened
from tests.support.clock import today
from tests.support.page_checker import text_of
from tests.support.sample_submissions import Shelf, actions
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff


@pytest.fixture
def shelf(tmp_path: Path, collection: Collection, database_url: str) -> Iterator[Shelf]:
    """Two expired submissions and one within its time, and a backup of each kind."""
    folder = tmp_path / "instance" / "backups"
    folder.mkdir(parents=True)
    for days in (1, 90):
        (folder / f"{today() - timedelta(days=days)}-backup.sqlite").touch()
    for app in opened(database_url, replace(TestConfig(), instance=tmp_path / "instance")):
        shelf = Shelf(app, collection.questionnaires[0])
        for week in (202401, 202402):
            shelf.put(week)
        shelf.put()
        yield shelf


def left(app: Flask) -> int:
    with app.app_context():
        return submissions.count_older(db.session, 999999)


def test_it_says_how_long_how_many_are_over_and_which_backups_there_are(manager: Staff) -> None:
    page = manager.open("/staff/retention")
    cells = [[text_of(cell) for cell in row] for row in page.find("//tbody/tr")]
    assert [(row[0], row[2]) for row in cells][:3] == [
        ("Submissions", "2"),
        ("Answers saved for later", "0"),
        ("Backups that this site keeps", "1"),
    ]
    assert cells[0][1].startswith("90 days from the Monday of their week")
    assert "every hour after that" in page.text
    yesterday = today() - timedelta(days=1)
    assert f"{yesterday:%-d %B %Y}: removed on {yesterday + timedelta(days=30):%-d %B %Y}" in page.text


def test_a_manager_deletes_it_after_being_told_and_it_is_written_without_a_number(shelf: Shelf, manager: Staff) -> None:
    manager.open("/staff/retention")
    page = manager.open(manager.page.links["Delete expired data now"])
    for words in ("2 submissions of weeks before", "0 saved drafts", "1 backup older than 30 days"):
        assert words in page.text
    assert left(shelf.app) == 3
    with shelf.new_entries() as written:
        page = manager.press("Yes, delete it")
    assert "Expired data is deleted." in page.text
    assert "Delete expired data now" not in page.links
    assert left(shelf.app) == 1
    assert len(page.find("//main//ul/li")) == 1
    assert actions(written) == [Action.PURGED]
    assert (written[0].account_id, written[0].about) == (manager.account().id, b"")


def test_what_cannot_be_written_is_not_purged(shelf: Shelf, manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    manager.open("/staff/retention/purge")
    with monkeypatch.context() as broken:
        broken.setattr(audit, "append_entry", fail)
        assert manager.press("Yes, delete it").status == 503
    assert left(shelf.app) == 3


def test_without_backups_it_says_how_one_is_made(manager: Staff) -> None:
    for one in site_of(manager.app).backups.kept():
        one.path.unlink()
    assert "flask --app wsgi database backup" in manager.open("/staff/retention").text
