"""A check at start-up that the libraries still have the undocumented parts that the site uses."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version


class UnsupportedLibrary(Exception):
    """An installed library lacks parts that the site uses; the message names them."""


def require_parts(package: str, parts: Mapping[type, str]) -> None:
    """Check that classes have the attributes that the site uses, whether inherited or set by `__init__`.

    Raises:
        UnsupportedLibrary: some are missing.
    """
    refuse_missing(
        package,
        [f"{cls.__name__}.{name}" for cls, names in parts.items() for name in names.split() if not _has(cls, name)],
    )


def refuse_missing(package: str, missing: list[str]) -> None:
    """Raise UnsupportedLibrary if anything is missing from a package."""
    if missing:
        raise UnsupportedLibrary(
            f"{package} {version(package)} lacks what this site uses: {', '.join(missing)}. "
            "Install the version that requirements.txt names."
        )


def _has(cls: type, name: str) -> bool:
    codes = (getattr(vars(base).get("__init__"), "__code__", None) for base in cls.__mro__)
    return hasattr(cls, name) or any(name in code.co_names for code in codes if code)
