"""Free space on the disk of the database."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL

# Bytes. With less free space on the disk of an SQLite database, the next share may not fit.
MIN_FREE = 4 * 1024 * 1024


def free_bytes(folder: Path) -> int:
    """Return how many bytes this user may still write in a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def has_room(url: URL) -> bool:
    """Whether the disk of an SQLite database has room. PostgreSQL's operator monitors its disk."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return True
    return free_bytes(Path(url.database).absolute().parent) >= MIN_FREE
