"""Parts of the site, identified by path prefix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

_Value = TypeVar("_Value")


def has_prefix(path: str, prefix: str) -> bool:
    """Whether a path belongs to the part with this prefix, compared by whole segments."""
    return path == prefix or path.startswith(prefix + "/")


def value_for_path(path: str, parts: Mapping[str, _Value], rest: _Value) -> _Value:
    """Return the value of the part that a path belongs to, or that of the rest of the site."""
    return next((value for prefix, value in parts.items() if has_prefix(path, prefix)), rest)
