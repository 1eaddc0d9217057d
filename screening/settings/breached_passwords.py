"""A local list of breached passwords: their hashes in a sorted file, searched by bisection.

Each line begins with a SHA-1 in 40 hexadecimal digits; what follows a colon, such as how often a password was seen, is
passed over. Have I Been Pwned offers such a file, ordered by hash.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import BinaryIO

HASH = re.compile(rb"([0-9A-Fa-f]{40})(?::.*)?")
HASH_DIGITS = 40
# No line of such a file is longer.
MOST_LINE_BYTES = 200
# How many places are looked at when the file is checked.
PLACES = 200
# Hashes are spread evenly. Where this many would stand on average, there is none by chance once in 10^21 files.
MOST_MISSING = 50
LIST_REMEDY = "Download it whole, as SHA-1 ordered by hash, or leave BREACHED_PASSWORDS unset."


class UnusableList(Exception):
    """A file cannot be searched; the message says why, and what to do."""


class BreachedPasswords:
    """A file that is opened for each search: that happens at sign-ins and when a password is chosen."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Look at both ends of the file and at places between them.

        Raises:
            UnusableList: it is missing, not such a file, not sorted, or cut off at either end.
        """
        try:
            with self.path.open("rb") as file:
                self._check(file)
        except OSError as error:
            raise UnusableList(f"{self.path} cannot be read ({error.strerror}). {LIST_REMEDY}") from None

    def has(self, password: str) -> bool:
        """Whether a password is in the list.

        Raises:
            OSError: the file cannot be read any more.
        """
        # SHA-1 is the file's choice. Nothing is stored as it.
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self.path.open("rb") as file:
            return contains(file, wanted)

    def _check(self, file: BinaryIO) -> None:
        size = file.seek(0, os.SEEK_END)
        starts = [size * place // PLACES for place in range(PLACES)]
        lines = [_line_from(file, start) for start in starts]
        # The last line may stand behind the last place.
        file.seek(max(0, size - MOST_LINE_BYTES))
        lines.append(file.read().rstrip(b"\r\n").rpartition(b"\n")[2].rstrip(b"\r"))
        found = [HASH.fullmatch(line) for line in lines if line]
        hashes = [one[1].upper() for one in found if one]
        if not hashes or len(hashes) < len(found) or hashes != sorted(hashes):
            raise UnusableList(f"{self.path} is cut off, or not a sorted list of SHA-1 hashes. {LIST_REMEDY}")
        each = sum(map(len, lines)) / len(hashes) + 1
        for missing in (_part(hashes[0]), 1 - _part(hashes[-1])):
            if missing * size / each > MOST_MISSING:
                raise UnusableList(f"{self.path} is cut off: hashes at one of its ends are missing. {LIST_REMEDY}")


def contains(file: BinaryIO, wanted: bytes) -> bool:
    """Whether a line of a sorted file begins with this hash (40 upper-case digits)."""
    low, high = 0, file.seek(0, os.SEEK_END)
    # The first line that is not before the wanted one begins in [low, high].
    while low < high:
        middle = (low + high) // 2
        line = _line_from(file, middle)
        if line and line[:HASH_DIGITS].upper() < wanted:
            low = middle + 1
        else:
            high = middle
    return _line_from(file, low)[:HASH_DIGITS].upper() == wanted


def _line_from(file: BinaryIO, start: int) -> bytes:
    """The first line that begins at this place of a file or later, without its end; b"" if none does."""
    file.seek(max(0, start - 1))
    if start:
        file.readline(MOST_LINE_BYTES)
    return file.readline(MOST_LINE_BYTES).rstrip(b"\r\n")


def _part(digits: bytes) -> float:
    """Where a hash stands between the smallest, 0, and the largest possible one, 1."""
    return int(digits[:12], 16) / 16**12
