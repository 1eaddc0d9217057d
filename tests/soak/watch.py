"""Watches a server's processes for as long as it runs: what grows, and what they hold that they must not."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from threading import Event, Thread

from tests.soak import processes
from tests.soak.processes import Size

EVERY = 0.5
# Looks in a row at which something must be there: a file is held for an instant while it is being deleted.
LOOKS = 3
MOST_GROWTH = 1.10
# What any of them may grow by, whatever the ratio says. In a short soak workers are young, and still load what they
# need for pages that nobody has asked for before.
LITTLE, MUCH = Size(memory=12_000, threads=4, descriptors=16), Size(memory=90_000, threads=4, descriptors=16)


class Watch:
    """One look every half second. `wrong`: what was held that must not be held, in words.

    `number`: how many processes there are while nothing is replaced; only then they are measured.
    """

    def __init__(self, leader: int, database: str, number: int) -> None:
        self.leader, self.database, self.number = leader, database, number
        self.sizes: list[tuple[float, Size]] = []
        self.wrong: set[str] = set()
        self.seen: Counter[str] = Counter()
        self.over = Event()
        self.thread = Thread(target=self._look_on, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def finish(self) -> None:
        self.over.set()
        self.thread.join()

    def growth(self) -> dict[str, tuple[float, float]]:
        """Of memory, threads and descriptors: the medians of the second third of the time and of the last."""
        second, last = self._thirds()
        return {
            name: (statistics.median(size[place] for size in second), statistics.median(size[place] for size in last))
            for place, name in enumerate(Size._fields)
            if second and last
        }

    def grown(self, allowance: Size) -> list[str]:
        """What grew by more than it may: by the ratio, and by more than is allowed to anything."""
        return [
            f"{name} grew from {before:.0f} to {after:.0f}"
            for name, (before, after) in self.growth().items()
            if after > MOST_GROWTH * before and after > before + getattr(allowance, name)
        ]

    def _thirds(self) -> tuple[list[Size], list[Size]]:
        if not self.sizes:
            return [], []
        first, last = self.sizes[0][0], self.sizes[-1][0]
        third = (last - first) / 3
        return (
            [size for moment, size in self.sizes if first + third <= moment < last - third],
            [size for moment, size in self.sizes if moment >= last - third],
        )

    def _look_on(self) -> None:
        while not self.over.wait(EVERY):
            self._look()

    def _look(self) -> None:
        pids = processes.of_group(self.leader)
        if not pids:
            return
        if len(pids) == self.number:
            self.sizes.append((time.monotonic(), processes.size(pids)))
        descriptors = processes.held(pids)
        now = {f"process {one.pid} holds {one.target}" for one in processes.deleted(descriptors)}
        now |= {
            f"processes {one.pid} and {other.pid} share {one.target}"
            for one, other in processes.shared(descriptors, self.database)
        }
        self.seen = Counter({what: self.seen[what] + 1 for what in now})
        self.wrong |= {what for what, looks in self.seen.items() if looks >= LOOKS}
