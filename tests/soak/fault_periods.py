"""When each fault was played, and what readiness must have reported then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

# Seconds until readiness must report a fault, and until everything must work again.
NOTICED_WITHIN = 3
READY_WITHIN = 15
ANSWERS_WITHIN = 5
KILLS = ("kill", "kill-all")


class Ready(Enum):
    """What readiness reports during a fault."""

    YES = "the database is well, though an answer may be cut off"
    NO = "the database certainly cannot store anything"
    EITHER = "the database may be able to store something"


@dataclass
class FaultPeriod:
    """One fault. Times are on the monotonic clock; by `ended` it is certainly over."""

    name: str
    ready: Ready
    begun: float
    undone: float = float("inf")
    ended: float = float("inf")


class FaultPeriods:
    """All faults of a soak, in the order played."""

    def __init__(self) -> None:
        self.all: list[FaultPeriod] = []

    @contextmanager
    def one(self, name: str, ready: Ready = Ready.YES) -> Iterator[FaultPeriod]:
        """Record a fault for the block. Code that undoes it before the end of the block sets `undone`."""
        period = FaultPeriod(name, ready, time.monotonic())
        self.all.append(period)
        try:
            yield period
        finally:
            period.ended = time.monotonic()
            period.undone = min(period.undone, period.ended)

    def name_at(self, moment: float) -> str:
        """Return the fault played at a moment, or ""."""
        return next((period.name for period in self.all if period.begun <= moment <= period.ended + 1), "")

    def may_be_ready(self, begun: float, ended: float) -> bool:
        """Return whether a probe of this span may report that the site is ready."""
        return not any(
            period.ready is Ready.NO and begun > period.begun + NOTICED_WITHIN and ended < period.undone
            for period in self.all
        )

    def may_be_away(self, begun: float, ended: float) -> bool:
        """Return whether a probe of this span may report that the site is not ready."""
        return any(
            period.ready is not Ready.YES and ended >= period.begun and begun <= period.ended + READY_WITHIN
            for period in self.all
        )

    def may_be_silent(self, begun: float, ended: float) -> bool:
        """Return whether a probe of this span may get no response."""
        return any(ended >= period.begun and begun <= period.ended + ANSWERS_WITHIN for period in self.all)

    def is_cut_off(self, begun: float) -> bool:
        """Return whether a request begun then may get no response, because workers were killed."""
        return any(
            period.name in KILLS and period.begun - ANSWERS_WITHIN <= begun <= period.ended + ANSWERS_WITHIN
            for period in self.all
        )
