"""Parts of the site, told apart by how their paths begin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

Thing = TypeVar("Thing")


def is_part(path: str, beginning: str) -> bool:
    """Whether a path belongs to the part whose paths begin so."""
    return path == beginning or path.startswith(beginning + "/")


def part_of(path: str, parts: Mapping[str, Thing], rest: Thing) -> Thing:
    """What a path's part has for its own, or what the rest of the site has."""
    return next((thing for beginning, thing in parts.items() if is_part(path, beginning)), rest)
