"""A zip archive that is written piece by piece in memory, so that nothing in transit touches a disk.

Its files are stored, not compressed: so the archive's length is known once that of its files is. Each has the same
date, 1 January 1980, which is the earliest that the format can hold and says nothing.
"""

from __future__ import annotations

from zipfile import ZIP_STORED, ZipFile, ZipInfo


class _Sink:
    """Collects what is written. Without `seek`, `ZipFile` writes sizes after each file."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Do nothing: `ZipFile` needs it."""

    def close(self) -> None:
        """Do nothing: `ZipFile` needs it."""


class _Archive(ZipFile):
    def __del__(self) -> None:
        """Do nothing. `ZipFile` would complain of an export that was broken off, whose last file is still open."""


class StoredZip:
    """An archive whose last file is streamed. `take` returns what was written since it was called last."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = _Archive(self._sink, "w", ZIP_STORED)

    def add(self, name: str, content: str) -> None:
        """Write a whole file, as UTF-8."""
        self._zip.writestr(ZipInfo(name), content)

    def begin(self, name: str, most_bytes: int) -> None:
        """Begin the last file. More than 2 GB make its headers longer, so the most that it can hold must be known."""
        info = ZipInfo(name)
        info.file_size = most_bytes
        self._member = self._zip.open(info, "w")

    def append(self, content: bytes) -> None:
        """Write a piece of the last file."""
        self._member.write(content)

    def close(self) -> None:
        """Write the end of the archive."""
        self._member.close()
        self._zip.close()

    def take(self) -> bytes:
        """Return the bytes since the last call, and forget them."""
        pieces, self._sink.pieces = self._sink.pieces, []
        return b"".join(pieces)
