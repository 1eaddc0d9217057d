"""A clock that can be wrong: every module of the site is told the time that a test sets."""

from __future__ import annotations

import sys
import time
from datetime import UTC, date, datetime, timedelta

import pytest
from passlib.totp import TOTP


def today() -> date:
    """The day that the site calls today, asked for anew: a run of all tests may last past midnight."""
    return datetime.now(UTC).date()


class Clock:
    """The clock of the server's machine. It starts at noon today, so that no test meets a midnight by chance."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
        self.started = time.monotonic()
        self.ahead = timedelta()
        patch.setattr(time, "time", lambda: self.now.timestamp())
        patch.setattr(TOTP, "now", staticmethod(time.time))

        class Told(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return self.now

        for name, module in list(sys.modules.items()):
            if name.startswith("screening.") and getattr(module, "datetime", None) is datetime:
                patch.setattr(module, "datetime", Told)

    @property
    def now(self) -> datetime:
        return self.noon + self.ahead + timedelta(seconds=time.monotonic() - self.started)

    @property
    def today(self) -> date:
        return self.now.date()

    def set(self, days: float = 0, hours: float = 0) -> None:
        """Set it so far ahead of the right time, or behind it."""
        self.ahead = timedelta(days=days, hours=hours)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
