"""What tests share keeps them apart, and what is seeded is what the site itself would have written."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from screening.site import site_of
from screening.storage.accounts import MANAGER, StaffSession
from screening.storage.database import db
from screening.storage.tables import AuditEntry
from tests.support.databases import EmptiedDatabase, SQLiteTemplate
from tests.support.shared_apps import SharedApps
from tests.support.site_changes import change_site
from tests.support.staff_client import Staff


@pytest.fixture(scope="module")
def apps() -> SharedApps:
    return SharedApps()


@pytest.fixture
def url(tmp_path: Path) -> str:
    SQLiteTemplate().copy(tmp_path / "screening.sqlite")
    return f"sqlite:///{tmp_path / 'screening.sqlite'}"


def test_a_seeded_session_is_what_signing_in_leaves(clinic: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    left = []
    for is_seeded in (False, True):
        monkeypatch.setattr(Staff, "is_seeded", is_seeded)
        staff = Staff(clinic)
        page = staff.sign_in(MANAGER)
        interface = clinic.session_interface.parts["/staff"]  # type: ignore[attr-defined]
        with clinic.app_context():
            mine = staff.account().id
            sealed = db.session.query(StaffSession).filter_by(account_id=mine).one().sealed
            actions = [entry.action for entry in db.session.query(AuditEntry).filter_by(account_id=mine)]
        held = interface._decrypt(sealed)["holds"]
        assert staff.account().totp_counter
        left.append((page.path, page.heading, held.keys(), held["fs_cc"], actions, staff.cookie().keys()))
    assert left[0] == left[1]


def test_an_application_that_was_only_used_is_used_again(apps: SharedApps, url: str) -> None:
    with apps.lent(url) as first:
        Staff(first).sign_in(MANAGER)
        change_site(first, retention_days=7)
        first.test_client().post("/staff/sign-in", data={"email": "x", "password": "y"})
    with apps.lent(url) as second:
        assert second is first
        assert site_of(second).retention_days == 90
        assert second.test_client().get("/metrics").text.count("screening_requests_total{") == 0


def test_an_application_that_a_test_changed_is_thrown_away(apps: SharedApps, url: str) -> None:
    def config(app: Flask) -> None:
        app.config["MAX_CONTENT_LENGTH"] = 1

    def switch(app: Flask) -> None:
        app.testing = True

    def view(app: Flask) -> None:
        app.view_functions["staff.home"] = lambda: ""

    def limit(app: Flask) -> None:
        site_of(app).limits.shares.most = 0

    def hook(app: Flask) -> None:
        app.before_request_funcs[None].append(lambda: None)

    def hears(app: Flask) -> None:
        with app.app_context():
            event.listen(db.engine, "before_cursor_execute", lambda *_: None)

    for change in (config, switch, view, limit, hook, hears):
        with apps.lent(url) as app:
            change(app)
        with apps.lent(url) as another:
            assert another is not app, change.__name__


def test_an_emptied_database_has_what_the_migrations_left(emptied: EmptiedDatabase, apps: SharedApps) -> None:
    def rows(app: Flask) -> list[int]:
        with app.app_context():
            tables = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            return [db.session.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in sorted(tables)]

    with apps.lent(emptied.emptied()) as app:
        before = rows(app)
        Staff(app).sign_in(MANAGER)
        assert rows(app) != before
    url = emptied.emptied()
    with apps.lent(url) as app:
        assert rows(app) == before
        with app.app_context():
            db.session.execute(text("ALTER TABLE notice ADD COLUMN more text"))
            db.session.commit()
    assert emptied.emptied() != url
    assert emptied.emptied() == emptied.emptied()
