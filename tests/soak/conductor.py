"""Plays every fault once in random order, then all of them again, for as long as there is time."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection
from threading import Event

from tests.soak.faults import Faults, SiteEnded

# Seconds between two faults, and of quiet at the beginning and at the end.
PAUSE = (0.3, 1.5)
QUIET = 3
# Seconds that must remain for another fault after the first round.
LEAST = 25


class Conductor:
    """`played`: how often each fault was played. `ended_by`: the fault that ended the site, or ""."""

    def __init__(self, faults: Faults, chosen: Collection[str], seconds: float, chance: random.Random) -> None:
        self.faults, self.seconds, self.chance = faults, seconds, chance
        self.names = sorted(name for name in faults.all if name in chosen)
        self.played: Counter[str] = Counter()
        self.ended_by = ""

    def conduct(self) -> None:
        until = time.monotonic() + self.seconds
        time.sleep(QUIET)
        self._round(float("inf"))
        while self.names and not self.ended_by and time.monotonic() < until - LEAST:
            self._round(until - LEAST)
        while not self.ended_by and time.monotonic() < until:
            # No more faults: a site that ends now does so by itself.
            Event().wait(0.2)
            if self.faults.server.process.poll() is not None:
                self.ended_by = "nothing"

    def _round(self, until: float) -> None:
        for name in self.chance.sample(self.names, len(self.names)):
            if self.ended_by or time.monotonic() > until:
                return
            time.sleep(self.chance.uniform(*PAUSE))
            try:
                self.faults.play(name)
            except SiteEnded:
                self.ended_by = name
            self.played[name] += 1
