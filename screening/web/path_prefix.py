"""Parts of the site, told apart by how their paths begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

_Thing = TypeVar("_Thing")


def has_prefix(path: str, beginning: str) -> bool:
    """Whether a path belongs to the part whose paths begin so."""
    return path == beginning or path.startswith(beginning + "/")


def value_for_path(path: str, parts: Mapping[str, _Thing], rest: _Thing) -> _Thing:
    """What a path's part has for its own, or what the rest of the site has."""
    return next((thing for beginning, thing in parts.items() if has_prefix(path, beginning)), rest)
