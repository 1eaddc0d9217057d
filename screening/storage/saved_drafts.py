"""Saved drafts, each encrypted with a key that is derived from its return code.

Functions take a session; those that change something commit. One scrypt of the code, hashed with a secret key of the
site (a pepper), gives the id of the row and its encryption key. Neither is stored with the code, so the database and
the site's keys together decrypt nothing. The content is opaque here.
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
from screening.storage.secure_delete import commit_deletion, commit_write, forget_deleted
from screening.storage.tables import SavedDraft

SAVED_FOR = timedelta(days=14)
# Every draft is padded to this length. Whatever fits its cookie fits here: 3,500 bytes of base 64.
SEALED_LENGTH = 2625
# The scrypt cost of one guess: 16 MiB and about 40 ms (D-SHARE-06).
COST = 2**14
_SALT = b"return code of screening"
_NONCE = 12


class Spoiled(Exception):
    """A saved draft was changed since it was encrypted."""


@dataclass(frozen=True)
class DraftSlot:
    """The row id and the encryption key that a return code gives under one of the site's keys."""

    id: bytes
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class OpenedDraft:
    """A decrypted draft and the id of its row."""

    id: bytes
    content: bytes = field(repr=False)


def draft_slots(code: str, keys: Iterable[str]) -> tuple[DraftSlot, ...]:
    """Derive a return code's slots, one for each key of the site in their order, with a single scrypt."""
    stretched = hashlib.scrypt(code.encode(), salt=_SALT, n=COST, r=8, p=1, dklen=32)
    return tuple(DraftSlot(_derive(stretched, key, b"id", 16), _derive(stretched, key, b"key", 32)) for key in keys)


def save_draft(session: Session, of_code: Collection[DraftSlot], content: bytes, last_day: date) -> None:
    """Save a draft in the first of its code's slots. Delete any other draft of the code, from the file too. Commits.

    Raises:
        ValueError: the content is longer than `SEALED_LENGTH`.
        SQLAlchemyError: the draft may not be saved; saving again under the same code is safe.
    """
    newest, *_ = of_code
    row = {"id": newest.id, "sealed": _encrypt(newest, content), "last_day": last_day}
    try:
        with noted_write(memory_of(session)):
            replaced = session.execute(delete(SavedDraft).where(_is_in(of_code)))
            assert isinstance(replaced, CursorResult)
            session.execute(insert(SavedDraft).values(row))
            commit_deletion(session) if replaced.rowcount else commit_write(session)
    except IntegrityError:
        # Another window saved under the same code between the DELETE and the INSERT; the last one wins.
        session.rollback()
        save_draft(session, of_code, content, last_day)


def is_saved(session: Session, of_code: Collection[DraftSlot]) -> bool:
    """Whether one of these slots holds a draft, even an expired one that is not purged yet."""
    return session.scalar(select(SavedDraft.id).where(_is_in(of_code))) is not None


def open_saved_draft(session: Session, of_code: Collection[DraftSlot], today: date) -> OpenedDraft | None:
    """Return the decrypted draft in one of these slots, or None if there is none or it has expired.

    Raises:
        Spoiled: it was changed since it was encrypted.
    """
    query = select(SavedDraft.id, SavedDraft.sealed).where(_is_in(of_code), SavedDraft.last_day >= today)
    row = session.execute(query).first()
    if row is None:
        return None
    slot = next(slot for slot in of_code if slot.id == row.id)
    return OpenedDraft(slot.id, _decrypt(slot, row.sealed))


def remove_saved_draft(session: Session, id_: bytes) -> None:
    """Delete the saved draft with this id, from the file too. Commits."""
    session.execute(delete(SavedDraft).where(SavedDraft.id == id_))
    session.commit()
    forget_deleted(session)


def count_expired_drafts(session: Session, today: date) -> int:
    """Count the saved drafts that have expired."""
    return session.scalars(select(func.count()).select_from(SavedDraft).where(_is_over(today))).one()


def purge_saved_drafts(session: Session, today: date) -> int:
    """Delete expired drafts, from the file too, and return their number. Commits."""
    result = session.execute(delete(SavedDraft).where(_is_over(today)))
    session.commit()
    assert isinstance(result, CursorResult)
    if result.rowcount:
        forget_deleted(session)
    return result.rowcount


def _derive(stretched: bytes, key: str, use: bytes, size: int) -> bytes:
    return hashlib.blake2b(stretched, digest_size=size, key=key.encode(), person=b"saved " + use).digest()


def _is_over(today: date) -> ColumnElement[bool]:
    # An invalid day, such as 2026-99-99, would never come, so its draft would be kept forever.
    is_damaged = func.date(SavedDraft.last_day).is_distinct_from(SavedDraft.last_day)
    return or_(SavedDraft.last_day < today, is_damaged)


def _is_in(of_code: Collection[DraftSlot]) -> ColumnElement[bool]:
    return SavedDraft.id.in_([slot.id for slot in of_code])


def _encrypt(slot: DraftSlot, content: bytes) -> bytes:
    if len(content) > SEALED_LENGTH:
        raise ValueError(f"A draft has {len(content)} bytes; {SEALED_LENGTH} is the maximum.")
    nonce = os.urandom(_NONCE)
    # Pad with spaces, which JSON allows at the end.
    return nonce + AESGCM(slot.key).encrypt(nonce, content.ljust(SEALED_LENGTH), slot.id)


def _decrypt(slot: DraftSlot, sealed: bytes) -> bytes:
    try:
        return AESGCM(slot.key).decrypt(sealed[:_NONCE], sealed[_NONCE:], slot.id).rstrip()
    except (InvalidTag, ValueError):
        # Changed, or too short for a nonce.
        raise Spoiled from None
