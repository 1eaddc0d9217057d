"""A settable clock: every module of the site reads the time that a test sets."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from passlib.totp import TOTP


def today() -> date:
    """Return the site's current day, read on each call because a full test run may pass midnight."""
    return datetime.now(UTC).date()


class Clock:
    """The clock of the server's machine. It starts at noon today, so that no test crosses midnight by chance."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        self.started = time.monotonic()
        self.ahead = timedelta()
        patch.setattr(time, "time", lambda: self.now.timestamp())
        patch.setattr(TOTP, "now", staticmethod(time.time))
        _tell(patch, lambda: self.now)

    @property
    def now(self) -> datetime:
        return self.noon + self.ahead + timedelta(seconds=time.monotonic() - self.started)

    @property
    def today(self) -> date:
        return self.now.date()

    def set(self, days: float = 0, hours: float = 0) -> None:
        """Set the clock ahead of the right time by this much, or behind it if negative."""
        self.ahead = timedelta(days=days, hours=hours)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def stop_clock(patch: pytest.MonkeyPatch, at: datetime) -> None:
    """Let the site's days and weeks stay those of this time. Sign-in goes on by the clock of the machine."""
    _tell(patch, lambda: at)


def _tell(patch: pytest.MonkeyPatch, read: Callable[[], datetime]) -> None:
    """Let every module of the site read this time."""

    class ShiftedDatetime(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return read()

    for name, module in list(sys.modules.items()):
        if name.startswith("screening.") and getattr(module, "datetime", None) is datetime:
            patch.setattr(module, "datetime", ShiftedDatetime)
