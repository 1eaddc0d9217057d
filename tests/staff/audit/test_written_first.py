"""Reading is audited: without an audit entry, nothing is shown or done."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import PoolProxiedConnection

from screening.site import site_of
from screening.statistics import publishing
from screening.storage import audit, patient_codes, published_figures, weeks
from screening.storage.accounts import MANAGER
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from tests.support.sample_submissions import NOW, OPEN_WEEK, Shelf, path
from tests.support.staff_client import Staff


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch, shelf: Shelf, reviewer: Staff) -> Staff:
    """A signed-in account with the look-up page open when the trail stops accepting entries."""

    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    reviewer.open("/staff/look-up")
    monkeypatch.setattr(audit, "append_entry", fail)
    return reviewer


def test_no_list_is_shown(shelf: Shelf, broken: Staff) -> None:
    shelf.put(asking_for="myself", interests="cravings")
    page = broken.open("/staff/submissions")
    assert (page.status, page.heading) == (503, "The database is not responding")
    assert "Cravings" not in page.text


@pytest.mark.parametrize("page", ["submissions", "insights"])
def test_a_disk_that_becomes_full_is_a_page_too(
    page: str, shelf: Shelf, reviewer: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelf.app.app_context():
        dialect = db.engine.dialect
    do_commit = dialect.do_commit
    # The account is reloaded after a commit, but not after a failed one.
    fits = 0

    def commit(connection: PoolProxiedConnection) -> None:
        nonlocal fits
        fits -= 1
        if fits < 0:
            raise dialect.loaded_dbapi.OperationalError("the disk is full")
        do_commit(connection)

    monkeypatch.setattr(dialect, "do_commit", commit)
    statuses = []
    for number in range(4):
        fits = number
        statuses.append(reviewer.open(f"/staff/{page}").status)
    assert statuses[0] == 503
    assert set(statuses) <= {200, 503}


def test_no_submission_is_shown(shelf: Shelf, broken: Staff) -> None:
    page = broken.open(path(shelf.put(asking_for="myself", interests="cravings")))
    assert page.status == 503
    assert "Cravings" not in page.text


def test_no_look_up_says_whether_there_is_something(shelf: Shelf, broken: Staff) -> None:
    code = patient_codes.make_code()
    shelf.put(OPEN_WEEK, code)
    with broken.client.session_transaction("/staff/") as held:
        before = dict(held)
    page = broken.press("Look up", code=code)
    assert (page.status, page.path) == (503, "/staff/look-up")
    with broken.client.session_transaction("/staff/") as held:
        assert dict(held) == before


def test_nothing_is_marked(shelf: Shelf, broken: Staff) -> None:
    record = shelf.put()
    sent = broken.hidden("Look up") | {"state": "reviewed", "seen": "unread"}
    assert broken.client.post(path(record), data=sent).status_code == 503
    assert shelf.state(record) is ReviewState.UNREAD


def test_nothing_is_undone(shelf: Shelf, broken: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    record = shelf.put()
    shelf.mark(record, ReviewState.REVIEWED)
    sent = broken.hidden("Look up") | {"state": "unread", "seen": "reviewed"}
    monkeypatch.setattr("screening.staff.review.marking.is_last_marker", lambda _: True)
    assert broken.client.post(f"{path(record)}/undo", data=sent).status_code == 503
    assert shelf.state(record) is ReviewState.REVIEWED


def test_no_insights_are_shown(shelf: Shelf, broken: Staff) -> None:
    shelf.put(asking_for="myself", interests="cravings")
    page = broken.open("/staff/insights")
    assert (page.status, page.heading) == (503, "The database is not responding")
    assert "Counted" not in page.text


def test_no_figures_are_previewed_or_published(shelf: Shelf, broken: Staff) -> None:
    broken.change(role=MANAGER)
    with shelf.app.app_context():
        (first, *_) = publishing.blocks_to_publish(db.session, NOW, site_of(shelf.app).retention_days)
        seen = publishing.digest(publishing.block_figures(db.session, first, NOW))
    address = f"/staff/publish/{weeks.format_week(first)}"
    assert broken.client.get(address).status_code == 503
    sent = broken.hidden("Look up") | {"seen": seen}
    assert broken.client.post(address, data=sent).status_code == 503
    with shelf.app.app_context():
        assert published_figures.published_blocks(db.session) == {}
