"""Rate limits for tests, with a window that never ends during a test."""

from __future__ import annotations

from screening.shared_memory import SharedMemory
from screening.web.limits import SiteLimit

YEARS = 10**9


def at_most(most: int) -> SiteLimit:
    """Return a limit with its own shared memory."""
    return SiteLimit(SharedMemory(), most, YEARS)
