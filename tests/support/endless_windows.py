"""Limits for tests, whose window never ends while a test runs."""

from __future__ import annotations

from screening.shared_memory import SharedMemory
from screening.web.limits import SiteLimit

YEARS = 10**9


def at_most(most: int) -> SiteLimit:
    """A limit in memory of its own."""
    return SiteLimit(SharedMemory(), most, YEARS)
