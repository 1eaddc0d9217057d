"""`wsgi:app` with a stopped monotonic clock, so that the hour of a limit never ends."""

from __future__ import annotations

from screening.web import limits
from wsgi import app

__all__ = ["app"]
limits.monotonic = lambda: 0.0  # type: ignore[attr-defined]
