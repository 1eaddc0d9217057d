"""Drafts that were saved for later, each sealed with a key that only its return code gives. Functions that take a
session; those that change something commit.

One scrypt of the code, joined with a secret key of the site, gives both the id of its row and the key that opens it.
Neither code nor key is kept, so the database and the site's keys together open nothing. Knows not what is sealed.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import ColumnElement, CursorResult, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage.database import memory_of, noted_write
from screening.storage.secure_delete import commit_and_forget, commit_deletion, forget_deleted
from screening.storage.tables import SavedDraft

SAVED_FOR = timedelta(days=14)
# Every draft has this length when it is sealed. One that fits its cookie fits here: 3,500 bytes of base 64.
SEALED_LENGTH = 2625
# What one guess costs: 16 MiB and some 40 ms (D-SHARE-06).
COST = 2**14
_SALT = b"return code of screening"
_NONCE = 12


class Spoiled(Exception):
    """What lies in a place is not what was sealed for it."""


@dataclass(frozen=True)
class DraftSlot:
    """Where the draft of a return code lies under one of the site's keys, and the key that seals it there."""

    id: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class OpenedDraft:
    """A saved draft that its code opened: the id of its row, and what was sealed."""

    id: bytes
    content: bytes = field(repr=False)


def draft_slots(code: str, keys: Iterable[str]) -> tuple[DraftSlot, ...]:
    """Where the draft of a return code can lie: a place for each key of the site, in their order. One scrypt in all."""
    stretched = hashlib.scrypt(code.encode(), salt=_SALT, n=COST, r=8, p=1, dklen=32)
    return tuple(DraftSlot(_part(stretched, key, b"id", 16), _part(stretched, key, b"key", 32)) for key in keys)


def save_draft(session: Session, of_code: Collection[DraftSlot], content: bytes, last_day: date) -> None:
    """Save a draft in the newest of its code's places, instead of whatever lay in any, which leaves the file
    too. Commits.

    Raises:
        ValueError: the content is longer than a draft can be.
        SQLAlchemyError: nothing is known to be saved; saving again under the same code is safe.
    """
    newest, *_ = of_code
    row = {"id": newest.id, "sealed": _seal(newest, content), "last_day": last_day}
    try:
        with noted_write(memory_of(session)):
            replaced = session.execute(delete(SavedDraft).where(_is_in(of_code)))
            assert isinstance(replaced, CursorResult)
            session.execute(insert(SavedDraft).values(row))
            commit_deletion(session) if replaced.rowcount else commit_and_forget(session)
    except IntegrityError:
        # Another window saved under the same code between the two; the last one counts.
        session.rollback()
        save_draft(session, of_code, content, last_day)


def is_saved(session: Session, of_code: Collection[DraftSlot]) -> bool:
    """Whether anything is saved in one of these places."""
    return session.scalar(select(SavedDraft.id).where(_is_in(of_code))) is not None


def open_saved_draft(session: Session, of_code: Collection[DraftSlot], today: date) -> OpenedDraft | None:
    """The draft that lies in one of these places and is not over its time.

    Raises:
        Spoiled: what lies there was changed since it was sealed.
    """
    wanted = select(SavedDraft.id, SavedDraft.sealed).where(_is_in(of_code), SavedDraft.last_day >= today)
    row = session.execute(wanted).first()
    if row is None:
        return None
    place = next(place for place in of_code if place.id == row.id)
    return OpenedDraft(place.id, _open(place, row.sealed))


def remove_saved_draft(session: Session, one: bytes) -> None:
    """Delete the saved draft of this id, from the file too. Commits."""
    session.execute(delete(SavedDraft).where(SavedDraft.id == one))
    session.commit()
    forget_deleted(session)


def count_expired_drafts(session: Session, today: date) -> int:
    """How many saved drafts are over their last day."""
    return session.scalars(select(func.count()).select_from(SavedDraft).where(_is_over(today))).one()


def purge_saved_drafts(session: Session, today: date) -> int:
    """Delete what is over its last day, from the file too. Commits. Returns how many there were."""
    result = session.execute(delete(SavedDraft).where(_is_over(today)))
    session.commit()
    assert isinstance(result, CursorResult)
    if result.rowcount:
        forget_deleted(session)
    return result.rowcount


def _part(stretched: bytes, key: str, use: bytes, size: int) -> bytes:
    return hashlib.blake2b(stretched, digest_size=size, key=key.encode(), person=b"saved " + use).digest()


def _is_over(today: date) -> ColumnElement[bool]:
    # A last day that is none, such as 2026-99-99, never comes: nobody could say how long it is kept.
    is_damaged = func.date(SavedDraft.last_day).is_distinct_from(SavedDraft.last_day)
    return or_(SavedDraft.last_day < today, is_damaged)


def _is_in(of_code: Collection[DraftSlot]) -> ColumnElement[bool]:
    return SavedDraft.id.in_([place.id for place in of_code])


def _seal(place: DraftSlot, content: bytes) -> bytes:
    if len(content) > SEALED_LENGTH:
        raise ValueError(f"A draft has {len(content)} bytes; {SEALED_LENGTH} is the most.")
    nonce = os.urandom(_NONCE)
    # JSON may end in spaces.
    return nonce + AESGCM(place.key).encrypt(nonce, content.ljust(SEALED_LENGTH), place.id)


def _open(place: DraftSlot, sealed: bytes) -> bytes:
    try:
        return AESGCM(place.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.id).rstrip()
    except (InvalidTag, ValueError):
        # Too short even for a nonce, or changed since.
        raise Spoiled from None
