"""Deletion is complete, even during a read: the raw bytes of every database file are searched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from config import ROOT
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.storage import accounts, audit, patient_codes, saved_drafts, submissions, tallies
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.export_rows import Export, ExportQuery
from screening.storage.patient_codes import CodeKind
from screening.storage.secure_delete import FORGET_MARK, forget_if_due
from screening.storage.submissions import Removed, ReviewState, Submitted
from screening.storage.tables import SavedDraft, Submission
from tests.support.clock import today
from tests.support.figure_samples import VERSIONS, fill
from tests.support.sample_submissions import CLOSED_WEEK, NOW
from tests.support.settings import TestConfig

KEY = TestConfig.audit_key
ANSWERS = "ABCDEFGHJKMNPQRSTVWXYZ"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def a_record() -> Submitted:
    return Submitted(CLOSED_WEEK, os.urandom(16), VERSIONS[1].version, os.urandom(16).hex().upper())


@pytest.fixture
def record(site: Flask) -> Submitted:
    """A stored submission among others. No questionnaire made its answers, so they are unique."""
    fill(site, [(CLOSED_WEEK, 1, {})] * 3)
    record = a_record()
    submissions.add_submission(db.session, record)
    return record


@contextmanager
def reading() -> Iterator[Export]:
    """Run an export that has begun and is not finished."""
    with db.sessionmaker() as session:
        export = Export(session, ExportQuery("made"), Level.WEEKLY, NOW, 0)
        parts = export.parts(FORMATS["wide"])
        next(parts)
        yield export
        assert b"".join(parts) or export.left_out


@contextmanager
def held_still(app: Flask) -> Iterator[None]:
    """Run an empty export with a snapshot of the database as it is now."""
    with app.app_context():
        session = db.sessionmaker()
        Export(session, ExportQuery("none"), Level.WEEKLY, NOW, 0)
    yield
    session.close()


def is_kept(*held: bytes) -> bool:
    """Return whether a file of the database, or one next to it, contains any of this."""
    file = Path(str(db.engine.url.database))
    raw = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    return any(one in raw for one in held)


def share(_record: Submitted) -> None:
    submissions.add_submission(db.session, a_record())


def share_the_same_again(_record: Submitted) -> None:
    other = a_record()
    for _ in range(2):
        submissions.add_submission(db.session, other)


def save(_record: Submitted) -> None:
    saved_drafts.save_draft(
        db.session,
        saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), TestConfig.code_keys),
        b"{}",
        today(),
    )


def mark(record: Submitted) -> None:
    stored = db.session.execute(submissions.load_records().where(Submission.week == CLOSED_WEEK)).first()
    assert stored
    assert submissions.set_review_state(db.session, submissions.load_record(stored), ReviewState.REVIEWED)


def delete_another(_record: Submitted) -> None:
    assert not submissions.remove_submission(db.session, [CLOSED_WEEK], [os.urandom(16)])


def write_in_the_trail(_record: Submitted) -> None:
    audit.append_entry(db.session, KEY, 1, Action.LIST_READ, today())


def wait_for_the_thread(_record: Submitted) -> None:
    forget_if_due(db.engine)


LATER = [share, share_the_same_again, save, mark, delete_another, write_in_the_trail, wait_for_the_thread]


@only_sqlite
@pytest.mark.parametrize("write", LATER)
def test_what_is_deleted_during_an_export_is_forgotten_with_the_next_write_after_it(
    record: Submitted, write: Callable[[Submitted], None]
) -> None:
    held = (record.ref, record.answers.encode())
    with reading():
        assert submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        assert is_kept(*held), "this test would prove nothing"
        write(record)
    write(record)
    assert not is_kept(*held)
    assert not Path(f"{db.engine.url.database}{FORGET_MARK}").exists()


@only_sqlite
def test_what_is_deleted_while_nobody_reads_is_forgotten_at_once(record: Submitted) -> None:
    assert is_kept(record.ref)
    submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
    assert not is_kept(record.ref, record.answers.encode())


def test_it_is_told_whether_every_copy_is_gone(record: Submitted) -> None:
    def remove() -> Removed:
        return submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])

    with reading():
        assert remove() is Removed.STILL_READ
        assert remove() is Removed.NOTHING
    submissions.add_submission(db.session, record)
    assert remove() is Removed.WHOLLY


@only_sqlite
def test_another_process_forgets_it_too(record: Submitted) -> None:
    with reading():
        submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        assert is_kept(record.ref)
    other = (
        "import sys; from sqlalchemy import create_engine; from screening.storage.secure_delete import forget_if_due; "
    )
    url = db.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", f"{other}forget_if_due(create_engine({url!r}))"], cwd=ROOT, check=True)
    assert not is_kept(record.ref, record.answers.encode())


@only_sqlite
def test_a_reader_in_another_process_is_not_waited_for(record: Submitted) -> None:
    read = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN');"
        "c.execute('SELECT count(*) FROM submission').fetchall(); print('reads', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", read, str(db.engine.url.database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == b"reads\n"
        begun = time.monotonic()
        submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        share(record)
        assert time.monotonic() - begun < 3
        assert is_kept(record.ref)
        reader.communicate()
    share(record)
    assert not is_kept(record.ref, record.answers.encode())


@only_sqlite
def test_a_deletion_during_the_retry_stays_due(record: Submitted, monkeypatch: pytest.MonkeyPatch) -> None:
    other = a_record()
    submissions.add_submission(db.session, other)
    with reading():
        submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        submissions.remove_submission(db.session, [CLOSED_WEEK], [other.ref])
        share(record)
        assert Path(f"{db.engine.url.database}{FORGET_MARK}").exists()
    share(record)
    assert not is_kept(record.ref, other.ref)


@only_sqlite
def test_the_mark_does_not_tell_when_something_was_deleted(record: Submitted) -> None:
    with reading():
        submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        mark = Path(f"{db.engine.url.database}{FORGET_MARK}").stat()
    assert (mark.st_mtime, mark.st_atime, mark.st_size, mark.st_mode & 0o777) == (0, 0, 0, 0o600)


@only_sqlite
@pytest.mark.parametrize("how", ["replaced", "removed", "purged"])
def test_a_saved_draft_is_forgotten(site: Flask, how: str) -> None:
    places = saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), TestConfig.code_keys)
    fill(site, [(CLOSED_WEEK, 1, {})])
    saved_drafts.save_draft(db.session, places, b'{"first": 1}', today())
    sealed = db.session.scalars(select(SavedDraft.sealed)).one()
    db.session.rollback()
    assert is_kept(sealed[:32])
    with reading():
        if how == "replaced":
            saved_drafts.save_draft(db.session, places, b'{"second": 2}', today())
        elif how == "removed":
            saved_drafts.remove_saved_draft(db.session, places[0].id)
        else:
            assert saved_drafts.purge_saved_drafts(db.session, today() + timedelta(days=1)) == 1
    share(a_record())
    # A long value spans several pages; each begins with a pointer to the next one.
    assert not any(is_kept(sealed[start : start + 32]) for start in range(0, len(sealed) - 32, 256))


@only_sqlite
def test_a_tally_that_was_counted_goes_with_its_record(site: Flask) -> None:
    fill(site, [(CLOSED_WEEK, 1, {"who": ("myself",)})] * 40)
    tallies.read_tallies(db.session, VERSIONS[1].version, [CLOSED_WEEK], NOW)
    ref, bits = db.session.execute(text("SELECT ref, bits FROM submission, tally")).first() or (b"", b"")
    db.session.rollback()
    assert is_kept(bits)
    with reading():
        submissions.remove_submission(db.session, [CLOSED_WEEK], [ref])
    share(a_record())
    assert not is_kept(bits, ref)


@only_sqlite
@pytest.mark.parametrize("how", ["signed out", "ended", "old", "disabled", "restored"])
def test_a_staff_session_is_forgotten(site: Flask, how: str) -> None:
    fill(site, [(CLOSED_WEEK, 1, {})])
    account = accounts.add_account(db.session, "sam@clinic.test", "hash", accounts.VIEWER, "", today())
    id_, sealed = os.urandom(32), os.urandom(64)
    accounts.begin_session(db.session, id_, account.fs_uniquifier, sealed, today())
    with reading():
        match how:
            case "signed out":
                accounts.end_session(db.session, id_)
            case "ended":
                accounts.end_account_sessions(db.session, account, [id_])
            case "old":
                accounts.remove_sessions(db.session, today() + timedelta(days=1), today() + timedelta(days=2))
            case "disabled":
                accounts.disable_account(db.session, account.email)
            case "restored":
                accounts.end_all_sessions(db.session)
        db.session.close()
    share(a_record())
    assert not is_kept(id_, sealed)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_on_postgresql_the_rows_are_freed_once_nobody_reads(record: Submitted) -> None:
    with reading():
        submissions.remove_submission(db.session, [CLOSED_WEEK], [record.ref])
        forget_if_due(db.engine)
        assert eventually(lambda: dead_rows() > 0)
    assert eventually(lambda: dead_rows() == 0)


def eventually(is_so: Callable[[], bool]) -> bool:
    """Wait, since PostgreSQL's statistics lag behind."""
    last = time.monotonic() + 30
    while not is_so():
        if time.monotonic() > last:
            return False
        forget_if_due(db.engine)
        time.sleep(0.2)
    return True


def dead_rows() -> int:
    """Estimate the deleted rows that VACUUM has not freed.

    A session reports its deletions up to a second late. If VACUUM has counted them by then, they count again until the
    next VACUUM.
    """
    with db.engine.connect() as connection:
        found = connection.scalar(text("SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'submission'"))
        return int(found or 0)
