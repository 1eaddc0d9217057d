"""Saved drafts on both databases: encrypted under their code, one row per code, deleted when they expire."""

from __future__ import annotations

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, text, update

from screening.storage import patient_codes, saved_drafts, submissions
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.storage.saved_drafts import DraftSlot, OpenedDraft
from screening.storage.tables import SavedDraft
from screening.web.cookies import MAX_COOKIE_BYTES

KEYS = ("the newest key", "an older key")
TODAY = date(2026, 11, 21)
LAST = TODAY + saved_drafts.SAVED_FOR


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make key stretching cheap."""
    monkeypatch.setattr(saved_drafts, "COST", 2)


@pytest.fixture
def places(site: Flask, quick: None) -> tuple[DraftSlot, ...]:
    """The slots of a new code's draft, with the newest key and with the older one."""
    return saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), KEYS)


def rows() -> list[tuple[bytes, bytes, date]]:
    db.session.rollback()
    found = db.session.execute(select(SavedDraft.id, SavedDraft.sealed, SavedDraft.last_day))
    return [(one, sealed, last_day) for one, sealed, last_day in found]


def test_a_code_leads_to_the_same_place_in_every_release() -> None:
    (place,) = saved_drafts.draft_slots("0123456789AB", ["a key that a clinic keeps"])
    assert place.id.hex() == "df9a5dfbcc8ed77344b03a99082670d8"
    assert hashlib.sha256(place.key).hexdigest()[:16] == "9704aeccaaa9bc51"
    opened = bytes.fromhex(
        "355a642d027f6b91181c31c6604d730a3a79c7c1cbd29398d507f9e1e441d802cd05efc3a660fd7453600d3a0c178655b5a7aa566c924954f08215d9"
    )
    assert saved_drafts._decrypt(place, opened) == b"as it was sealed in 2026"


def test_a_guess_costs_work_and_there_is_one_however_many_keys_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.process_time()
    saved_drafts.draft_slots("0123456789AB", KEYS)
    assert time.process_time() - began > 0.01
    asked: list[int] = []

    def scrypt(_code: bytes, **settings: int) -> bytes:
        asked.append(settings["n"] * settings["r"] * settings["p"])
        return bytes(32)

    monkeypatch.setattr(hashlib, "scrypt", scrypt)
    saved_drafts.draft_slots("0123456789AB", [*KEYS, "another"])
    assert asked == [2**17]


def test_every_code_and_key_has_a_place_of_its_own(quick: None) -> None:
    one, other = (patient_codes.make_code(CodeKind.RETURN) for _ in range(2))
    several = [*saved_drafts.draft_slots(one, KEYS), *saved_drafts.draft_slots(other, KEYS)]
    assert len({part for place in several for part in (place.id, place.key, place.key[:16])}) == 12


def test_what_is_saved_is_found_in_its_place_whole(places: tuple[DraftSlot, ...]) -> None:
    content = '{"answer":"ñ"}'.encode()
    saved_drafts.save_draft(db.session, places, content, LAST)
    assert saved_drafts.open_saved_draft(db.session, places, TODAY) == OpenedDraft(places[0].id, content)
    assert (
        saved_drafts.open_saved_draft(
            db.session, saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), KEYS), TODAY
        )
        is None
    )
    assert saved_drafts.is_saved(db.session, places)
    assert not saved_drafts.is_saved(db.session, places[1:])


def test_what_an_older_key_sealed_is_found_and_saved_again_it_is_one_row(places: tuple[DraftSlot, ...]) -> None:
    new, old = places
    saved_drafts.save_draft(db.session, [old], b"first", LAST)
    assert saved_drafts.open_saved_draft(db.session, places, TODAY) == OpenedDraft(old.id, b"first")
    saved_drafts.save_draft(db.session, places, b"second", LAST + timedelta(days=1))
    assert saved_drafts.open_saved_draft(db.session, places, TODAY) == OpenedDraft(new.id, b"second")
    assert [(one, last_day) for one, _, last_day in rows()] == [(new.id, LAST + timedelta(days=1))]


def test_saved_from_many_windows_at_once_it_is_one_row(site: Flask, places: tuple[DraftSlot, ...]) -> None:
    def save(number: int) -> None:
        with site.app_context():
            saved_drafts.save_draft(db.session, places, str(number).encode(), LAST)

    with ThreadPoolExecutor(6) as windows:
        list(windows.map(save, range(18)))
    assert len(rows()) == 1


def test_length_tells_nothing_of_what_was_answered(places: tuple[DraftSlot, ...]) -> None:
    other = saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), KEYS)
    saved_drafts.save_draft(db.session, places, b"", LAST)
    saved_drafts.save_draft(db.session, other, b"x" * saved_drafts.SEALED_LENGTH, LAST)
    assert {len(sealed) for _, sealed, _ in rows()} == {saved_drafts.SEALED_LENGTH + 28}
    with pytest.raises(ValueError, match="is the maximum"):
        saved_drafts.save_draft(db.session, places, b"x" * (saved_drafts.SEALED_LENGTH + 1), LAST)


def test_sealed_twice_it_is_not_the_same(places: tuple[DraftSlot, ...]) -> None:
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    ((_, first, _),) = rows()
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    ((_, second, _),) = rows()
    assert first[:12] != second[:12]
    assert first[12:] != second[12:]


def test_what_was_changed_or_put_into_another_row_does_not_open(places: tuple[DraftSlot, ...]) -> None:
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    ((one, sealed, _),) = rows()
    elsewhere = os.urandom(16)
    moved = replace(places[0], id=elsewhere)
    db.session.execute(update(SavedDraft).values(id=elsewhere))
    db.session.commit()
    with pytest.raises(saved_drafts.Spoiled):
        saved_drafts.open_saved_draft(db.session, [moved], TODAY)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    db.session.execute(update(SavedDraft).values(id=one, sealed=changed))
    db.session.commit()
    with pytest.raises(saved_drafts.Spoiled):
        saved_drafts.open_saved_draft(db.session, places, TODAY)


def test_it_opens_until_its_last_day_is_over_and_then_is_purged(places: tuple[DraftSlot, ...]) -> None:
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    assert saved_drafts.open_saved_draft(db.session, places, LAST)
    assert (saved_drafts.count_expired_drafts(db.session, LAST), saved_drafts.purge_saved_drafts(db.session, LAST)) == (
        0,
        0,
    )
    after = LAST + timedelta(days=1)
    assert saved_drafts.open_saved_draft(db.session, places, after) is None
    assert (
        saved_drafts.count_expired_drafts(db.session, after),
        saved_drafts.purge_saved_drafts(db.session, after),
    ) == (1, 1)
    assert rows() == []


def test_one_is_deleted_and_the_others_stay(places: tuple[DraftSlot, ...]) -> None:
    other = saved_drafts.draft_slots(patient_codes.make_code(CodeKind.RETURN), KEYS)
    for one in (places, other):
        saved_drafts.save_draft(db.session, one, b"answers", LAST)
    saved_drafts.remove_saved_draft(db.session, places[0].id)
    saved_drafts.remove_saved_draft(db.session, places[0].id)
    assert [one for one, _, _ in rows()] == [other[0].id]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("way", ["one by one", "over"])
def test_the_files_no_longer_hold_what_was_deleted(places: tuple[DraftSlot, ...], tmp_path: Path, way: str) -> None:
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    ((one, sealed, _),) = rows()
    db.session.close()
    assert sealed[40:80] in files(tmp_path)
    if way == "over":
        saved_drafts.purge_saved_drafts(db.session, LAST + timedelta(days=1))
    else:
        saved_drafts.remove_saved_draft(db.session, one)
    assert one not in files(tmp_path)
    assert sealed[40:80] not in files(tmp_path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_purge_the_file_does_not_tell_who_came_first(site: Flask, tmp_path: Path) -> None:
    several = [(os.urandom(16), os.urandom(saved_drafts.SEALED_LENGTH), LAST) for _ in range(20)]
    orders = []
    for came in (several, several[::-1], sorted(several)):
        db.session.execute(delete(SavedDraft))
        for one, sealed, last_day in came:
            db.session.execute(insert(SavedDraft).values(id=one, sealed=sealed, last_day=last_day))
            db.session.commit()
        submissions.purge_submissions(db.session, 202601)
        content = files(tmp_path)
        orders.append([sorted(several, key=partial(lies, content, at)) for at in (0, 1)])
    assert orders[0] == orders[1] == orders[2]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_frees_what_was_deleted(places: tuple[DraftSlot, ...]) -> None:
    saved_drafts.save_draft(db.session, places, b"answers", LAST)
    db.session.close()
    saved_drafts.remove_saved_draft(db.session, places[0].id)
    dead = text("SELECT pg_relation_size('saved_draft')")
    assert db.session.scalar(dead) == 0


def test_every_draft_that_fits_its_cookie_can_be_saved() -> None:
    assert saved_drafts.SEALED_LENGTH == MAX_COOKIE_BYTES // 4 * 3


def lies(content: bytes, column: int, row: tuple[bytes, bytes, date]) -> int:
    """Return the file offset of the end of a row's column."""
    return content.rindex((row[0], row[1])[column][-16:])


def files(folder: Path) -> bytes:
    """Return the bytes of all of SQLite's files."""
    return b"".join(path.read_bytes() for path in folder.glob("screening.sqlite*"))
