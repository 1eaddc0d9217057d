"""A streamed zip archive. It is written in memory, so no answers reach a disk.

Files are stored uncompressed, so the archive's length follows from theirs. Each has the format's earliest date,
1 January 1980, which reveals nothing.
"""

from __future__ import annotations

from zipfile import ZIP_STORED, ZipFile, ZipInfo


class _Sink:
    """A write-only buffer. Without `seek`, `ZipFile` writes sizes after each file (data descriptors)."""

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
        """Do nothing. `ZipFile` would raise for an aborted export, whose last file is still open."""


class StoredZip:
    """An archive whose last file is streamed. `take` returns what was written since it was called last."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = _Archive(self._sink, "w", ZIP_STORED)

    def add(self, name: str, content: str) -> None:
        """Write a whole file, as UTF-8."""
        self._zip.writestr(ZipInfo(name), content)

    def begin(self, name: str, max_bytes: int) -> None:
        """Begin the last file. Above 2 GB its headers are longer (Zip64), so its maximum size must be known."""
        info = ZipInfo(name)
        info.file_size = max_bytes
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
