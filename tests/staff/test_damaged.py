"""One damaged value, in any column of any table, breaks no page and no command for intact data."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.staff.audit.trail_words import DAMAGED_ENTRY
from screening.storage import audit, published_figures, submissions, weeks
from screening.storage.accounts import MANAGER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import ReviewState
from screening.storage.tables import Submission
from screening.web.week_words import week_words
from tests.conftest import opened
from tests.support.clock import today
from tests.support.damage import BLOCK, ROWS, VALUES, WAITING, columns, damaged, stock
from tests.support.export_reader import read, table
from tests.support.figure_samples import VERSIONS
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import CLOSED_WEEK, WEEK_BEFORE, Shelf, path
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

SUBMISSIONS = "/staff/submissions"
EXPORT = "/staff/export?level=weekly"
SINGLED_OUT = f"{EXPORT}&count=singled-out"
# Table -> the pages that read it.
READ = {
    "questionnaire_version": (
        "/staff/",
        SUBMISSIONS,
        f"{SUBMISSIONS}?answer=what.bread",
        "/staff/insights",
        "/staff/figures",
        EXPORT,
        SINGLED_OUT,
        "/staff/export/codebook",
        "/staff/questionnaires",
    ),
    "submission": (
        "/staff/",
        SUBMISSIONS,
        f"{SUBMISSIONS}?answer=what.bread&state=set-aside",
        "/staff/insights",
        EXPORT,
        SINGLED_OUT,
        "/staff/retention",
    ),
    "saved_draft": ("/staff/retention",),
    "tally": ("/staff/insights", EXPORT, SINGLED_OUT),
    "drawn": (f"/staff/publish/{weeks.format_week(WAITING)}",),
    "published": ("/staff/", "/staff/figures", "/staff/publish"),
    "notice": (SUBMISSIONS,),
    "account": ("/staff/", "/staff/accounts", "/staff/accounts/1", "/staff/audit"),
    "staff_session": ("/staff/accounts", "/staff/accounts/1"),
    "audit_entry": ("/staff/audit", "/staff/audit?about=" + 32 * "0"),
}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The application as a browser sees it: its exceptions do not reach the test."""
    url = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    for app in opened(url, replace(TestConfig(), instance=tmp_path)):
        app.testing = False
        yield app


@pytest.fixture
def refs(app: Flask) -> list[bytes]:
    return stock(app)


@pytest.fixture
def manager(app: Flask, refs: list[bytes]) -> Staff:
    staff = Staff(app)
    staff.sign_in(MANAGER)
    # This builds a tally.
    staff.open(f"/staff/insights?version={VERSIONS[0].version[:12]}")
    staff.open("/staff/")
    return staff


@pytest.mark.parametrize("name", ROWS)
def test_everything_sound_can_be_read_whatever_one_value_is(
    app: Flask, manager: Staff, refs: list[bytes], name: str
) -> None:
    token = manager.hidden("Look up")["csrf_token"]
    sound = [
        f"{SUBMISSIONS}/{weeks.format_week(week)}/{ref.hex()}"
        for week, ref in zip((CLOSED_WEEK, WEEK_BEFORE), refs[1:], strict=True)
    ]
    wrong = []
    for column in columns(app, name):
        for value in VALUES:
            with damaged(app, name, column, value) as is_taken:
                # A different number is a different account, not damage.
                if not is_taken or (name, column) == ("account", "id"):
                    continue
                for path in (*READ[name], *sound):
                    answer = manager.client.get(path)
                    if answer.status_code != 200:
                        wrong.append((column, value, path, answer.status_code))
                if EXPORT in READ[name]:
                    sent = {"csrf_token": token, "format": "wide", "level": "weekly"}
                    answer = manager.client.post("/staff/export", data=sent)
                    if answer.status_code != 200 or len(table(answer.data)) < len(sound):
                        wrong.append((column, value, "export", answer.status_code))
    assert wrong == []


def rows_of(page: Page) -> dict[str, str]:
    """Map the audit page's entries by number."""
    return {text_of(row[0]): " ".join(map(text_of, row[1:])) for row in page.find("//table[@id='entries']/tbody/tr")}


@pytest.mark.parametrize("column", ["account_id", "action", "day", "about"])
def test_a_damaged_audit_entry_is_shown_as_damaged_and_named_by_its_number(
    app: Flask, manager: Staff, column: str
) -> None:
    # The first entries are a sign-in and a reading of insights.
    with damaged(app, "audit_entry", column, "CAST(x'61ff62' AS TEXT)"):
        page = manager.open("/staff/audit")
        assert "Entry 2 was changed or removed" in page.text
        shown = rows_of(page)
        assert [number for number, output in shown.items() if DAMAGED_ENTRY in output] == ["2"]
        assert len(shown) > 2
        output = app.test_cli_runner().invoke(args=["audit", "verify"])
        assert (output.exit_code, output.output) == (
            1,
            "Error: Entry 2 of the audit trail was changed or deleted, and not by this site. "
            "Compare the trail with that of a backup.\n",
        )


@pytest.mark.parametrize("value", ["CAST(x'ff' AS TEXT)", "'abc'", "x''", "7"])
def test_the_trail_goes_on_behind_a_damaged_last_hash(app: Flask, manager: Staff, value: str) -> None:
    with app.app_context():
        last = audit.chain_head(db.session).number
    with closing(sqlite3.connect(file_of(app))) as live, live:
        live.execute(f"UPDATE audit_entry SET mac = {value} WHERE number = {last}")
    assert f"Entry {last} was changed or removed" in manager.open("/staff/audit").text
    with app.app_context():
        assert audit.chain_head(db.session).number == last + 1
        assert audit.verify_chain(db.session, TestConfig.audit_key) == last


@pytest.mark.parametrize("name", ROWS)
def test_a_backup_holds_a_damaged_value_as_it_is(app: Flask, manager: Staff, tmp_path: Path, name: str) -> None:
    def raw(file: object) -> list[str]:
        with closing(sqlite3.connect(f"{file}")) as opened:
            opened.text_factory = bytes
            return sorted(map(repr, opened.execute(f"SELECT * FROM {name}")))

    for number, column in enumerate(columns(app, name)):
        with damaged(app, name, column, "CAST(x'61ff62' AS TEXT)") as is_taken:
            if is_taken:
                target = tmp_path / f"{number}.sqlite"
                output = app.test_cli_runner().invoke(args=["database", "backup", str(target)])
                assert (output.exit_code, "A test restore is identical" in output.output) == (0, True), output
                # The backup itself adds an entry.
                kept, there = raw(target), raw(file_of(app))
                assert kept == there
                assert any("ff" in row for row in kept)


@pytest.mark.parametrize("level", Level)
def test_an_export_says_before_and_in_its_name_what_it_leaves_out(
    app: Flask, manager: Staff, level: Level, caplog: pytest.LogCaptureFixture
) -> None:
    page = manager.open(f"/staff/export?level={level.value}")
    assert "damaged" not in page.text
    assert "Download 3 submissions" in page.text
    with damaged(app, "submission", "answers", "CAST(x'61ff62' AS TEXT)"):
        with app.app_context():
            submissions.remove_submission(db.session, [CLOSED_WEEK], [b"none"])
            db.session.execute(text("DELETE FROM tally"))
            db.session.commit()
        page = manager.open(f"/staff/export?level={level.value}")
        assert "1 submission of these weeks is damaged and cannot be exported." in page.text
        assert "Download 2 submissions" in page.text
        for name, form in FORMATS.items():
            sent = manager.hidden("For a spreadsheet") | {"format": name}
            answer = manager.client.post("/staff/export", data=sent)
            assert answer.content_length == len(answer.data)
            assert answer.headers["Content-Disposition"].endswith(
                f"filename=made-{level.value}-without-1-damaged.{form.ending}"
            )
            assert sum(read(name, answer.data, VERSIONS[::-1], level).values()) == 2
        assert "Damaged submissions left out of an export: 1" in caplog.text
        output = app.test_cli_runner().invoke(args=["submissions", "export", "--level", level.value])
        assert output.exit_code == 0
        assert "1 damaged submission was left out." in output.stderr
        assert len(table(output.stdout_bytes)) == 2


@pytest.mark.parametrize("column", ["hash", "content"])
def test_a_damaged_version_takes_only_what_was_answered_to_it(app: Flask, manager: Staff, column: str) -> None:
    with damaged(app, "questionnaire_version", column, "CAST(x'61ff62' AS TEXT)"):
        assert "1 version is damaged and cannot be shown." in manager.open("/staff/questionnaires").text
        page = manager.open("/staff/export")
        assert "1 submission of these weeks is damaged" in page.text
        page = manager.open("/staff/submissions")
        assert sum("This submission cannot be read" in text_of(one) for one in page.find("//tr")) == 1


def test_damaged_figures_are_named_and_the_others_shown(app: Flask, manager: Staff) -> None:
    with app.app_context():
        other = weeks.block_of(weeks.week_of(weeks.monday(BLOCK) - timedelta(weeks=4)))[0]
        whole = published_figures.published_blocks(db.session)[BLOCK]
        assert whole is not None
        assert published_figures.publish_block(db.session, other, whole)
    with closing(sqlite3.connect(file_of(app))) as live, live:
        live.execute("UPDATE published SET figures = CAST(x'7bff7d' AS TEXT) WHERE week = ?", [other])
    page = manager.open("/staff/figures")
    assert f"not shown: the block from the week {week_words(other)} on." in page.text
    assert "Submissions: about 20" in page.text
    assert weeks.format_week(other) not in {one.get("value") for one in page.find("//option")}


def test_a_manager_can_delete_a_submission_that_cannot_be_read(app: Flask, manager: Staff, refs: list[bytes]) -> None:
    with closing(sqlite3.connect(file_of(app))) as live, live:
        live.execute("UPDATE submission SET answers = CAST(x'ff' AS TEXT) WHERE version = 1")
    page = manager.open("/staff/submissions")
    page = manager.open(str(page.find("//tr[td[. = 'This submission cannot be read']]//a/@href")[0]))
    assert (page.status, page.heading) == (500, "A submission cannot be read")
    manager.open(page.links["Delete this submission"])
    manager.press("Yes, delete it")
    assert "The submission is deleted." in manager.page.text
    with app.app_context():
        assert refs[0] not in set(db.session.scalars(select(Submission.ref)))


def test_a_state_that_there_is_not_counts_as_set_aside_until_it_is_marked_anew(shelf: Shelf, reviewer: Staff) -> None:
    record, other = shelf.put(), shelf.put()
    with shelf.app.app_context():
        db.session.execute(text("UPDATE submission SET state = 7 WHERE ref = :ref"), {"ref": record.ref})
        db.session.commit()
    page = reviewer.open("/staff/submissions?state=set-aside")
    assert "review state damaged" in page.text
    reviewer.open(path(record))
    reviewer.press("Mark as reviewed", state="reviewed")
    assert shelf.state(record) is ReviewState.REVIEWED
    assert shelf.state(other) is ReviewState.UNREAD


def test_a_day_that_python_does_not_know_is_damaged(either_clinic: Flask) -> None:
    is_sqlite = str(either_clinic.config["SQLALCHEMY_ENGINES"]["default"]["url"]).startswith("sqlite")
    staff = Staff(either_clinic)
    staff.sign_in(MANAGER)
    with either_clinic.app_context():
        for number, day in enumerate(["infinity", "-infinity", "2026-99-99" if is_sqlite else "12026-01-01"]):
            audit.append_entry(db.session, TestConfig.audit_key, 1, Action.LIST_READ, today())
            last = audit.chain_head(db.session).number
            db.session.execute(text(f"UPDATE audit_entry SET day = '{day}' WHERE number = {last}"))
            db.session.execute(text(f"UPDATE account SET since = '{day}', link_until = '{day}'"))
            db.session.commit()
            page = staff.open("/staff/audit")
            assert sum(DAMAGED_ENTRY in told for told in rows_of(page).values()) == number + 1
            assert "Damaged" in staff.open("/staff/accounts").text


def file_of(app: Flask) -> str:
    with app.app_context():
        return str(db.engine.url.database)


@pytest.mark.parametrize("column", ["week", "kind"])
def test_a_damaged_notice_is_said_to_be_one(app: Flask, manager: Staff, column: str) -> None:
    with damaged(app, "notice", column, "CAST(x'61ff62' AS TEXT)"):
        assert "A notice about this site is damaged and cannot be read." in manager.open("/staff/submissions").text
