"""A local list of breached passwords: a sorted file of hashes, searched by bisection.

Each line begins with a SHA-1 in 40 hexadecimal digits. Anything after a colon, such as a count, is ignored. Have I Been
Pwned offers such a file, ordered by hash.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

HASH = re.compile(rb"([0-9A-Fa-f]{40})(?::.*)?")
HASH_DIGITS = 40
# No line of such a file is longer than this.
MAX_LINE_BYTES = 200
# Positions that are sampled when the file is checked.
SAMPLES = 200
# Hashes are spread evenly. A gap where this many belong on average occurs by chance in one of 10^21 files.
MAX_MISSING = 50
LIST_REMEDY = "Download the complete list, as SHA-1 ordered by hash, or leave BREACHED_PASSWORDS unset."


class UnusableList(Exception):
    """The file cannot be searched; the message says why, and what to do."""


@dataclass(frozen=True)
class BreachedPasswords:
    """A list that is opened for each search: at sign-ins, and when a password is chosen."""

    path: Path

    def check(self) -> None:
        """Check both ends of the file and samples between them.

        Raises:
            UnusableList: the file is missing, of another kind, not sorted, or truncated at either end.
        """
        try:
            with self.path.open("rb") as file:
                self._check(file)
        except OSError as error:
            raise UnusableList(f"{self.path} cannot be read ({error.strerror}). {LIST_REMEDY}") from None

    def has(self, password: str) -> bool:
        """Whether a password is in the list.

        Raises:
            OSError: the file can no longer be read.
        """
        # The file dictates SHA-1. Nothing is stored in it.
        wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
        with self.path.open("rb") as file:
            return contains(file, wanted)

    def _check(self, file: BinaryIO) -> None:
        size = file.seek(0, os.SEEK_END)
        starts = [size * number // SAMPLES for number in range(SAMPLES)]
        lines = [_line_from(file, start) for start in starts]
        # The last line may come after the last sample.
        file.seek(max(0, size - MAX_LINE_BYTES))
        lines.append(file.read().rstrip(b"\r\n").rpartition(b"\n")[2].rstrip(b"\r"))
        matches = [HASH.fullmatch(line) for line in lines if line]
        hashes = [match[1].upper() for match in matches if match]
        if not hashes or len(hashes) < len(matches) or hashes != sorted(hashes):
            raise UnusableList(f"{self.path} is truncated, or not a sorted list of SHA-1 hashes. {LIST_REMEDY}")
        line_bytes = sum(map(len, lines)) / len(hashes) + 1
        for missing in (_fraction(hashes[0]), 1 - _fraction(hashes[-1])):
            if missing * size / line_bytes > MAX_MISSING:
                raise UnusableList(f"{self.path} is truncated: hashes are missing at one end. {LIST_REMEDY}")


def contains(file: BinaryIO, wanted: bytes) -> bool:
    """Whether a line of a sorted file begins with this hash (40 upper-case digits)."""
    low, high = 0, file.seek(0, os.SEEK_END)
    # Invariant: the first line that is not smaller than the hash begins in [low, high].
    while low < high:
        middle = (low + high) // 2
        line = _line_from(file, middle)
        if line and line[:HASH_DIGITS].upper() < wanted:
            low = middle + 1
        else:
            high = middle
    return _line_from(file, low)[:HASH_DIGITS].upper() == wanted


def _line_from(file: BinaryIO, start: int) -> bytes:
    """Return the first line that begins at this offset or later, without its line break; b"" if none does."""
    file.seek(max(0, start - 1))
    if start:
        file.readline(MAX_LINE_BYTES)
    return file.readline(MAX_LINE_BYTES).rstrip(b"\r\n")


def _fraction(digits: bytes) -> float:
    """Return the position of a hash between the smallest, 0, and the largest possible one, 1."""
    return int(digits[:12], 16) / 16**12
