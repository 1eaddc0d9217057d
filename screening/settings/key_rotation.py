"""Rotation of a list of keys in its file: add a new key, use it, and forget the older ones.

Servers that run while a key is new must be able to read what others write with it. So every host knows a key before
any of them uses it, and an older key stays for as long as data it encrypted or authenticated is in use. A note next
to the file says how far the rotation is, or when it ended. It names the new key by the start of its hash.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from tempfile import mkstemp
from typing import NamedTuple

from screening.settings.keys import new_key, read_secret_text, sync_folder, write_synced

ADDED, USED, ENDED = "added", "used", "ended"
NOTE = re.compile(rf"({ADDED}|{USED}|{ENDED}) ([0-9a-f]{{16}}) (\d{{4}}-\d\d-\d\d)\n?")


class RotationError(Exception):
    """The rotation cannot go on; the message says why, and what to do."""


class RotationState(NamedTuple):
    """How far a rotation is: ADDED, USED or ENDED, which key is new, and since which day (UTC)."""

    stage: str
    key_id: str
    since: date


def rotation_state(path: Path) -> RotationState | None:
    """Return how far the rotation of a key file is, or None if there has been none.

    Raises:
        RotationError: the note next to the file is damaged.
    """
    try:
        note = NOTE.fullmatch(_note(path).read_text())
        return RotationState(note[1], note[2], date.fromisoformat(note[3])) if note else _refuse(path)
    except FileNotFoundError:
        return None
    except ValueError:
        return _refuse(path)


def add_new_key(path: Path, today: date) -> None:
    """Add a new key as the last one, which reads but does not write."""
    with _locked(path):
        key = new_key()
        replace_secret(path, "\n".join([*_keys(path), key]))
        _write_note(path, RotationState(ADDED, _key_id(key), today))


def use_new_key(path: Path, state: RotationState, today: date) -> None:
    """Make the new key the first one, which writes.

    Raises:
        RotationError: the file no longer has it.
    """
    with _locked(path):
        key = _new_key_of(path, state)
        replace_secret(path, "\n".join([key, *(other for other in _keys(path) if other != key)]))
        _write_note(path, state._replace(stage=USED, since=today))


def forget_old_keys(path: Path, state: RotationState, today: date) -> None:
    """Keep only the new key, and note that the rotation has ended.

    Raises:
        RotationError: the file no longer has it.
    """
    with _locked(path):
        replace_secret(path, _new_key_of(path, state))
        _write_note(path, state._replace(stage=ENDED, since=today))


def check_new_key(path: Path, state: RotationState) -> None:
    """Check that the file has the rotation's new key.

    Raises:
        RotationError: it does not, since another file took its place.
    """
    _new_key_of(path, state)


def replace_secret(path: Path, value: str) -> None:
    """Replace a secret's file atomically. Owner and group stay, so that the site can still read it.

    Raises:
        OSError: it cannot be written; the file is as before.
    """
    before = path.stat()
    handle, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        os.fchmod(handle, stat.S_IMODE(before.st_mode) & 0o660)
        with suppress(PermissionError):
            os.fchown(handle, before.st_uid, before.st_gid)
        write_synced(handle, value)
        Path(temporary).replace(path)
        sync_folder(path.parent)
    finally:
        Path(temporary).unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _keys(path: Path) -> list[str]:
    return read_secret_text(path).replace(",", " ").split()


def _new_key_of(path: Path, state: RotationState) -> str:
    found = [key for key in _keys(path) if _key_id(key) == state.key_id]
    if not found:
        raise RotationError(
            f"{path} no longer has the key that {_note(path)} names. Restore the file, or delete the note to begin "
            "the rotation again."
        )
    return found[0]


def _key_id(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.rotation")


def _write_note(path: Path, state: RotationState) -> None:
    note = _note(path)
    if not note.exists():
        note.touch(0o600)
    replace_secret(note, f"{state.stage} {state.key_id} {state.since}")


def _refuse(path: Path) -> RotationState:
    raise RotationError(f"{_note(path)} is damaged. Delete it to begin the rotation again.")
