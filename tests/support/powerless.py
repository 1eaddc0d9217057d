"""A process of root without root's right to read everything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir

NOBODY = 65534


@contextmanager
def powerless() -> Iterator[None]:
    """Drop root's right to read everything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def let_others_enter(folder: Path) -> None:
    """Let every user read a folder of a test and enter it, though pytest makes those above for its own user."""
    for path in (folder, *folder.parents):
        if path.is_relative_to(gettempdir()) and path != Path(gettempdir()):
            path.chmod(path.stat().st_mode | 0o055)
