"""The previous release of this site, unpacked from the repository's history."""

from __future__ import annotations

import subprocess
from pathlib import Path

from config import ROOT


class NoPrevious(Exception):
    """The history has no such release; the message says what to do."""


def unpack_previous(wanted: str, folder: Path) -> str:
    """Unpack a tag or commit into an empty folder, and return its name.

    If none is wanted, it is the newest tag before this commit, or else the commit before this one.

    Raises:
        NoPrevious: this copy of the repository does not have it.
    """
    name = wanted or _git("describe", "--tags", "--abbrev=0", "HEAD~1") or "HEAD~1"
    commit = _git("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    if not commit:
        raise NoPrevious(
            f"This copy of the repository has no {name}. "
            "Run git fetch --unshallow, or set PREVIOUS to a tag or commit that it has."
        )
    packed = folder.with_suffix(".tar")
    subprocess.run(["git", "archive", f"--output={packed}", commit], cwd=ROOT, check=True)
    folder.mkdir()
    subprocess.run(["tar", "--extract", f"--file={packed}", f"--directory={folder}"], check=True)
    return f"{name} ({commit[:7]})"


def _git(*arguments: str) -> str:
    """Return what git prints, or "" if it fails."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
