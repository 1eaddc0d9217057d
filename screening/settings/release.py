"""The version of this code."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


@cache
def release() -> str:
    """Return the version of this code, such as 1.1.0: of the repository it runs from, otherwise as it was installed."""
    if not PROJECT.exists():
        return metadata.version("screening")
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
