"""The system's users, and what this process's user may read."""

from __future__ import annotations

import os
import pwd
from pathlib import Path


def user_name(number: int) -> str:
    """Return the name of a user id, or "user NUMBER" if it has none."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def this_user() -> str:
    """Return the name of the user that this process runs as."""
    return user_name(os.geteuid())


def may_read(path: Path) -> bool:
    """Whether this process may read a file or folder. Below a folder that it may not enter, it sees none."""
    try:
        os.close(os.open(path, os.O_RDONLY))
    except OSError:
        return False
    return True
