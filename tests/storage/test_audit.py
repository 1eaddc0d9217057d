"""The audit trail on both databases: one chain under concurrent writes, in which every change is detected."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.shared_memory import SharedMemory
from screening.storage import audit
from screening.storage.audit import Action, ChainHead
from screening.storage.database import db, init_database
from screening.storage.tables import AuditEntry, Notice
from tests.support.databases import postgresql_takes_long
from tests.support.settings import TestConfig

KEY = TestConfig.audit_key
DAY = date(2026, 11, 21)
REF = bytes(range(16))


@pytest.fixture
def chain(site: Flask) -> Flask:
    """Nine entries; the fifth one names a record."""
    for number in range(1, 10):
        about = audit.record_mac(KEY, REF) if number == 5 else b""
        audit.append_entry(db.session, KEY, number % 3, Action.RECORD_READ, DAY, about)
    return site


def change(entry: int, **values: object) -> None:
    db.session.execute(update(AuditEntry).where(AuditEntry.number == entry).values(values))
    db.session.commit()


def verified(kept: ChainHead = audit.EMPTY_CHAIN) -> int | None:
    return audit.verify_chain(db.session, KEY, kept)


def test_a_chain_that_nobody_touched_is_whole(site: Flask) -> None:
    assert audit.chain_head(db.session) == audit.EMPTY_CHAIN
    assert verified() is None
    for _ in range(3):
        audit.append_entry(db.session, KEY, 7, Action.LIST_READ, DAY)
    assert audit.chain_head(db.session).number == 3
    assert verified(audit.chain_head(db.session)) is None


def test_an_entry_is_what_was_told(chain: Flask) -> None:
    entry = db.session.get_one(AuditEntry, 5)
    told = (entry.account_id, entry.action, entry.day, entry.about)
    assert told == (2, "record read", DAY, audit.record_mac(KEY, REF))


@pytest.mark.parametrize(
    "values",
    [
        {"account_id": 9},
        {"action": Action.LIST_READ.value},
        {"day": date(2026, 11, 20)},
        {"about": b""},
        {"about": bytes(16)},
        {"mac": bytes(32)},
        {"mac": b""},
    ],
    ids=str,
)
def test_a_changed_field_is_found_where_it_is(chain: Flask, values: dict[str, object]) -> None:
    change(5, **values)
    assert verified() == 5


@pytest.mark.parametrize("number", [1, 5])
def test_an_entry_taken_out_is_found(chain: Flask, number: int) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == number))
    db.session.commit()
    assert verified() == number


def test_an_entry_taken_out_and_the_others_moved_up_is_found(chain: Flask) -> None:
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == 5))
    for number in range(6, 10):
        change(number, number=number - 1)
    assert verified() == 5


def test_an_entry_put_in_is_found(chain: Flask) -> None:
    for number in range(9, 4, -1):
        change(number, number=number + 1)
    values = {"number": 5, "account_id": 1, "action": "record read", "day": DAY, "about": b"", "mac": os.urandom(32)}
    db.session.execute(insert(AuditEntry).values(values))
    db.session.commit()
    assert verified() == 5


@pytest.mark.parametrize(("changed", "found"), [(1, None), (6, None), (7, 7), (9, 9)])
def test_the_newest_entries_can_be_checked_alone(chain: Flask, changed: int, found: int | None) -> None:
    assert audit.verify_newest(db.session, KEY, 3) is None
    change(changed, account_id=9)
    assert audit.verify_newest(db.session, KEY, 3) == found


@pytest.mark.parametrize("most", [3, 8, 9, 100])
def test_one_taken_out_of_the_newest_entries_is_found(chain: Flask, most: int) -> None:
    assert audit.verify_newest(db.session, KEY, most) is None
    db.session.execute(delete(AuditEntry).where(AuditEntry.number == 8))
    db.session.commit()
    assert audit.verify_newest(db.session, KEY, most) == 8


def test_no_entries_are_intact(site: Flask) -> None:
    assert audit.verify_newest(db.session, KEY, 3) is None


def test_an_entry_written_without_the_key_is_found(chain: Flask) -> None:
    audit.append_entry(db.session, "a guess at the key", 1, Action.RECORD_READ, DAY)
    assert verified() == 10


def test_two_entries_that_changed_places_are_found(chain: Flask) -> None:
    for before, after in ((5, 50), (6, 5), (50, 6)):
        change(before, number=after)
    assert verified() == 5


def test_a_cut_tail_is_found_against_a_head_that_was_kept(chain: Flask) -> None:
    kept = audit.chain_head(db.session)
    db.session.execute(delete(AuditEntry).where(AuditEntry.number > 6))
    db.session.commit()
    assert verified() is None
    assert verified(kept) == 7
    # Entries written after the cut do not hide it.
    for _ in range(5):
        audit.append_entry(db.session, KEY, 1, Action.LIST_READ, DAY)
    assert verified() is None
    assert verified(kept) == 9


def test_an_entry_that_was_cut_off_and_put_back_into_another_tail_is_found(chain: Flask) -> None:
    table = AuditEntry.__table__
    old = dict(db.session.execute(select(table).where(table.c.number == 8)).mappings().one())
    db.session.execute(delete(AuditEntry).where(AuditEntry.number > 6))
    for _ in range(4):
        audit.append_entry(db.session, KEY, 5, Action.LIST_READ, DAY)
    assert verified() is None
    change(8, **old)
    assert verified() == 8


def test_numbers_that_were_all_moved_are_found(chain: Flask) -> None:
    for number in range(9, 0, -1):
        change(number, number=number + 1)
    assert verified() == 1


def test_a_table_emptied_whole_is_found_against_a_head(chain: Flask) -> None:
    kept = audit.chain_head(db.session)
    db.session.execute(delete(AuditEntry))
    db.session.commit()
    assert verified(kept) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("spoiled", ["day = 'x'", "about = 'x'", "action = x'00ff'", "account_id = 'x'", "mac = 'x'"])
def test_what_is_not_even_of_its_kind_is_found(chain: Flask, spoiled: str) -> None:
    db.session.execute(text(f"UPDATE audit_entry SET {spoiled} WHERE number = 5"))
    db.session.commit()
    assert verified() == 5


def test_a_head_is_read_as_it_is_written(chain: Flask) -> None:
    assert ChainHead.read(f" {audit.chain_head(db.session)}\n") == audit.chain_head(db.session)
    assert ChainHead.read(audit.chain_head(db.session).grouped.upper()) == audit.chain_head(db.session)
    for wrong in ("", "9", "9-xy", "x-00"):
        with pytest.raises(ValueError, match="is not an audit head"):
            ChainHead.read(wrong)


def test_the_table_names_no_record(chain: Flask) -> None:
    other_key = audit.record_mac("another key", REF)
    abouts = set(db.session.scalars(select(AuditEntry.about)))
    assert abouts == {b"", audit.record_mac(KEY, REF)}
    assert REF not in abouts
    assert other_key not in abouts


def test_what_cannot_be_written_is_an_error(site: Flask) -> None:
    with pytest.raises(IntegrityError):
        audit.append_entry(db.session, KEY, None, Action.LIST_READ, DAY)  # type: ignore[arg-type]
    assert audit.chain_head(db.session) == audit.EMPTY_CHAIN


def write_thirty(database_url: str, account: int, all_are_there: Barrier) -> None:
    """Write as one worker does: each entry in a session that has read before, like a page."""
    worker = Flask("worker")
    init_database(worker, database_url, SharedMemory(), "a worker")
    all_are_there.wait(60)
    with worker.app_context():
        for _ in range(30):
            with db.sessionmaker() as session:
                audit.chain_head(session)
                audit.append_entry(session, KEY, account, Action.RECORD_READ, DAY)
        db.engine.dispose()


@postgresql_takes_long
@pytest.mark.parametrize("kind", ["threads", pytest.param("processes", marks=pytest.mark.long)])
def test_workers_that_write_at_once_make_one_chain(site: Flask, database_url: str, kind: str) -> None:
    spawn = multiprocessing.get_context("spawn")
    with (
        spawn.Manager() as shared,
        ThreadPoolExecutor(4) if kind == "threads" else ProcessPoolExecutor(4, spawn) as pool,
    ):
        together = shared.Barrier(4)
        for done in [pool.submit(write_thirty, database_url, account, together) for account in range(1, 5)]:
            done.result()
    assert verified() is None
    accounts = list(db.session.scalars(select(AuditEntry.account_id).order_by(AuditEntry.number)))
    assert sorted(accounts) == sorted([1, 2, 3, 4] * 30)
    assert accounts != sorted(accounts), "they did write at once"


def test_a_limit_is_exact_though_workers_write_at_once(site: Flask) -> None:
    def fail_forty_times() -> None:
        with site.app_context():
            for _ in range(40):
                audit.append_entry(db.session, KEY, 1, Action.PASSWORD_FAILED, DAY)
            db.session.close()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(fail_forty_times) for _ in range(4)]:
            done.result()
    assert verified() is None
    abouts = list(db.session.scalars(select(AuditEntry.about).order_by(AuditEntry.number)))
    assert abouts == [b""] * (audit.MAX_PER_DAY - 1) + [audit.LAST_OF_DAY_MARK]


def test_every_kind_of_action_fits_its_column() -> None:
    assert all(len(action.value) <= 20 for action in Action)


def test_what_a_session_held_before_is_kept_though_another_is_faster(
    site: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, calls = audit.chain_head, iter(range(9))

    def be_overtaken(session: Session) -> ChainHead:
        found = really(session)
        if session is db.session and next(calls) == 0:
            with db.sessionmaker() as faster:
                audit.append_entry(faster, KEY, 2, Action.LIST_READ, DAY)
        return found

    monkeypatch.setattr(audit, "chain_head", be_overtaken)
    db.session.add(Notice(week=202647, kind="held before"))
    audit.append_entry(db.session, KEY, 1, Action.LIST_READ, DAY)
    assert list(db.session.scalars(select(AuditEntry.account_id).order_by(AuditEntry.number))) == [2, 1]
    assert verified() is None
    assert db.session.scalar(select(Notice.kind)) == "held before"
