"""When which fault was played, and what readiness must have said meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum

# Seconds after which readiness must say so, and after which everything must be well again.
NOTICED_WITHIN = 3
READY_WITHIN = 15
ANSWERS_WITHIN = 5
KILLS = ("kill", "kill-all")


class Ready(Enum):
    """What readiness says during a fault."""

    YES = "the database is well, though an answer may be cut off"
    NO = "the database certainly cannot store anything"
    EITHER = "the database may be able to store something"


@dataclass
class Spell:
    """One fault. Times are of the monotonic clock; `ended` is when it was certainly over."""

    name: str
    ready: Ready
    begun: float
    undone: float = float("inf")
    ended: float = float("inf")


class Spells:
    """All faults of a soak, in the order in which they were played."""

    def __init__(self) -> None:
        self.all: list[Spell] = []

    @contextmanager
    def one(self, name: str, ready: Ready = Ready.YES) -> Iterator[Spell]:
        """Note a fault; whoever undoes it before the end of the block sets `undone`."""
        spell = Spell(name, ready, time.monotonic())
        self.all.append(spell)
        try:
            yield spell
        finally:
            spell.ended = time.monotonic()
            spell.undone = min(spell.undone, spell.ended)

    def name_at(self, moment: float) -> str:
        """Which fault was being played then; "" for none."""
        return next((spell.name for spell in self.all if spell.begun <= moment <= spell.ended + 1), "")

    def may_be_ready(self, begun: float, ended: float) -> bool:
        """Whether a probe of this span may say that the site is ready."""
        return not any(
            spell.ready is Ready.NO and begun > spell.begun + NOTICED_WITHIN and ended < spell.undone
            for spell in self.all
        )

    def may_be_away(self, begun: float, ended: float) -> bool:
        """Whether a probe of this span may say that the site is not ready."""
        return any(
            spell.ready is not Ready.YES and ended >= spell.begun and begun <= spell.ended + READY_WITHIN
            for spell in self.all
        )

    def may_be_silent(self, begun: float, ended: float) -> bool:
        """Whether a probe of this span may get no answer."""
        return any(ended >= spell.begun and begun <= spell.ended + ANSWERS_WITHIN for spell in self.all)

    def is_cut_off(self, begun: float) -> bool:
        """Whether what began then may get no answer, because workers were killed."""
        return any(
            spell.name in KILLS and spell.begun - ANSWERS_WITHIN <= begun <= spell.ended + ANSWERS_WITHIN
            for spell in self.all
        )
