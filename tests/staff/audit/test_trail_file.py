"""The audit trail as a file: it holds what the page shows, is recorded, and says no more of a look-up than the page."""

from __future__ import annotations

import re
import tracemalloc
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import event, insert, text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from screening.staff.audit.trail_file import HEADER, TrailFile
from screening.staff.audit.trail_words import TrailNames
from screening.staff.downloads import BrokenExport
from screening.storage import audit, patient_codes
from screening.storage.accounts import REVIEWER
from screening.storage.audit import TRAIL_BATCH, Action, AuditQuery
from screening.storage.database import db
from screening.storage.tables import AuditEntry
from tests.support.export_reader import table
from tests.support.page_checker import Page, text_of
from tests.support.sample_submissions import OPEN_WEEK, Shelf, actions
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

KEY = TestConfig.audit_key
AUDIT = "/staff/audit"
DAY = date(2026, 11, 2)


def written(app: Flask, action: Action, day: date = DAY, about: bytes = b"", times: int = 1) -> None:
    with app.app_context():
        for _ in range(times):
            audit.append_entry(db.session, KEY, 77, action, day, about)


def downloaded(staff: Staff, query: str = "", **more: str) -> TestResponse:
    """Press the download button of a page of entries."""
    words = "Download these entries (CSV)" if query else "Download all entries (CSV)"
    staff.open(f"{AUDIT}?{query}".rstrip("?"))
    return staff.client.post(AUDIT, data=staff.hidden(words) | more)


def lines(page: Page) -> list[list[str]]:
    return [[text_of(cell) for cell in row.xpath("./td")] for row in page.find("//table[@id='entries']/tbody/tr")]


def test_it_holds_the_entries_of_the_page_and_the_download_itself(manager: Staff, shelf: Shelf) -> None:
    written(manager.app, Action.RECORD_READ, about=b"m" * 16)
    shown = lines(manager.open(AUDIT))
    with shelf.new_entries() as entries:
        answer = downloaded(manager)
        rows = table(answer.data)
    assert actions(entries) == [Action.TRAIL_READ, Action.TRAIL_DOWNLOADED]
    assert [tuple(row) for row in rows] == [HEADER] * len(rows)
    assert rows[0]["did"] == "downloaded this audit trail"
    dashed = [
        [
            row["number"],
            f"{date.fromisoformat(row['day']):%-d %b %Y}",
            row["who"],
            row["did"],
            row["about"] or "–",
        ]  # as shown
        for row in rows
    ]
    assert dashed[2:] == shown
    assert answer.headers["Content-Disposition"] == "attachment; filename=audit-trail.csv"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.content_length == len(answer.data)


def test_filters_choose_what_it_holds(manager: Staff) -> None:
    written(manager.app, Action.RECORD_READ, about=b"m" * 16)
    written(manager.app, Action.RECORD_READ, about=b"n" * 16)
    written(manager.app, Action.LIST_READ, day=DAY + timedelta(days=1))
    for query, number in (
        ("account=77", 3),
        ("account=77&action=record+read", 2),
        (f"about={(b'm' * 16).hex()}", 1),
        (f"from={DAY}&to={DAY}", 2),
        (f"account=77&from={DAY + timedelta(days=1)}", 1),
    ):
        assert len(table(downloaded(manager, query).data)) == number, query


@pytest.mark.parametrize("wrong", ["account", "action", "about", "from", "to"])
def test_a_filter_that_cannot_be_read_is_refused_and_not_left_out(manager: Staff, shelf: Shelf, wrong: str) -> None:
    manager.open(AUDIT)
    sent = manager.hidden("Download all entries (CSV)") | {wrong: "x"}
    with shelf.new_entries() as entries:
        assert manager.client.post(AUDIT, data=sent).status_code == 400
    assert entries == []


def test_a_long_trail_is_whole(manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "TRAIL_BATCH", 7)
    written(manager.app, Action.LIST_READ, times=50)
    numbers = [int(row["number"]) for row in table(downloaded(manager).data)]
    assert numbers == list(range(len(numbers), 0, -1))
    assert len(numbers) > 50


def test_entries_written_while_it_is_read_are_not_in_it(manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "TRAIL_BATCH", 7)
    written(manager.app, Action.LIST_READ, times=20)
    answer = downloaded(manager, "account=77")
    written(manager.app, Action.LIST_READ, times=20)
    assert len(table(answer.data)) == 20
    assert answer.content_length == len(answer.data)


def test_its_memory_does_not_grow_with_the_trail(manager: Staff) -> None:
    with manager.app.test_request_context():
        rows = [
            {"number": number, "account_id": number % 9, "action": "record read", "day": DAY, "about": b"", "mac": b""}
            for number in range(100, 100 + 12 * TRAIL_BATCH)
        ]
        db.session.execute(insert(AuditEntry), rows)
        db.session.commit()
        del rows
        file = TrailFile(db.session, AuditQuery(), TrailNames([]))
        chunks, peaks = file.chunks(), []
        tracemalloc.start()
        for _ in range(10):
            tracemalloc.reset_peak()
            assert len(next(chunks)) < 200 * TRAIL_BATCH
            peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[9] < 1.2 * peaks[2]


def test_no_mark_of_a_look_up_is_in_it_and_none_that_could_reveal_one(manager: Staff, shelf: Shelf) -> None:
    code = patient_codes.make_code()
    record = shelf.put(OPEN_WEEK, code)
    with manager.app.app_context():
        mark = audit.record_mac(KEY, record.ref)
    # Look-ups once had the mark of their record, and so has the reading right after one.
    written(manager.app, Action.RECORD_LOOKED_UP, about=mark)
    written(manager.app, Action.RECORD_READ, day=DAY + timedelta(days=1), about=mark)
    written(manager.app, Action.RECORD_READ, day=DAY + timedelta(days=2), about=mark)
    manager.open("/staff/look-up")
    manager.press("Look up", code=code)
    rows = table(downloaded(manager).data)
    looked_up = [row["about"] for row in rows if row["did"] == "looked up a patient’s code"]
    assert looked_up == ["", ""]
    assert [row["about"] for row in rows if row["did"] == "read a submission"] == [f"submission {mark.hex()[:8]}", ""]
    assert len(table(downloaded(manager, f"about={mark.hex()}").data)) == 1
    sent = manager.hidden("Download these entries (CSV)") | {"action": "record looked up"}
    assert table(manager.client.post(AUDIT, data=sent).data) == []


def test_finding_what_must_not_be_shown_does_not_grow_with_the_trail(manager: Staff) -> None:
    statements: list[tuple[str, tuple[object, ...]]] = []
    with manager.app.test_request_context():
        event.listen(db.engine, "before_cursor_execute", lambda *told: statements.append((told[2], told[3])))
        audit.trail_page_of(db.session, AuditQuery())
        (statement, values), _ = statements
        if db.engine.dialect.name == "sqlite":
            plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
            assert [step[-1] for step in plan] == ["SCAN audit_entry USING INDEX ix_audit_entry_linkable"]


def test_it_holds_no_time(manager: Staff) -> None:
    written(manager.app, Action.RECORD_READ)
    content = downloaded(manager).data.decode()
    assert not re.search(r"\d:\d\d", content)
    assert {len(row["day"]) for row in table(content.encode())} == {len("2026-11-02")}


def test_no_cell_is_a_formula(manager: Staff) -> None:
    manager.change(email="=cmd@clinic.test")
    rows = table(downloaded(manager).data)
    assert {row["who"] for row in rows} == {"'=cmd@clinic.test"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("column", ["account_id", "action", "day", "about", "mac"])
@pytest.mark.parametrize("value", ["CAST(x'61ff62' AS TEXT)", "x'00ff'", "''", "'=1'", "999999999999"])
def test_a_damaged_entry_is_in_it_as_damaged(manager: Staff, column: str, value: str) -> None:
    written(manager.app, Action.LIST_READ, times=4)
    with manager.app.app_context():
        db.session.execute(text(f"UPDATE audit_entry SET {column} = {value} WHERE number = 3"))
        db.session.commit()
    shown = {line[0]: line[3] for line in lines(manager.open(AUDIT))}
    answer = downloaded(manager)
    rows = {row["number"]: row for row in table(answer.data)}
    assert answer.content_length == len(answer.data)
    assert len(rows) == len(shown) + 2
    assert rows["3"]["did"].removeprefix("'") == shown["3"]


def test_one_download_runs_at_a_time(manager: Staff) -> None:
    first = downloaded(manager)
    refused = downloaded(manager)
    assert refused.status_code == 503
    assert "Another export is running" in refused.text
    first.close()
    assert table(downloaded(manager).data)


def test_who_is_no_manager_any_more_does_not_get_the_rest(manager: Staff) -> None:
    answer = downloaded(manager)
    manager.change(role=REVIEWER)
    with pytest.raises(BrokenExport):
        answer.get_data()


def test_nothing_is_downloaded_that_is_not_written_first(manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    manager.open(AUDIT)
    sent = manager.hidden("Download all entries (CSV)")

    def fail(*_: object) -> None:
        raise OperationalError("INSERT INTO audit_entry", {}, Exception("disk full"))

    monkeypatch.setattr(audit, "append_entry", fail)
    answer = manager.client.post(AUDIT, data=sent)
    assert (answer.status_code, b"signed in" in answer.data) == (503, False)
    monkeypatch.undo()
    assert table(downloaded(manager).data)
