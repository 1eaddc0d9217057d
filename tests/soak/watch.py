"""Watches a server's processes while it runs, for growth and for descriptors that they must not hold."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from threading import Event, Thread

from tests.soak import processes
from tests.soak.processes import Size

EVERY = 0.5
# Consecutive samples that must show a descriptor: a file is held for an instant while it is deleted.
LOOKS = 3
MAX_GROWTH = 1.10
# Growth that is always allowed, whatever the ratio says. In a short soak the workers are young and still load
# code for pages that nobody has requested before.
LITTLE, MUCH = Size(memory=12_000, threads=4, descriptors=16), Size(memory=90_000, threads=4, descriptors=16)


class Watch:
    """Samples processes every half second. `wrong`: what was held that must not be held, in words.

    `number`: the normal number of processes. They are measured only then, not while one is replaced.
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
        """Compare medians of memory, threads and descriptors: of the second third of the time and of the last."""
        second, last = self._thirds()
        return {
            name: (statistics.median(size[place] for size in second), statistics.median(size[place] for size in last))
            for place, name in enumerate(Size._fields)
            if second and last
        }

    def grown(self, allowance: Size) -> list[str]:
        """Describe growth beyond both the ratio and the allowance."""
        return [
            f"{name} grew from {before:.0f} to {after:.0f}"
            for name, (before, after) in self.growth().items()
            if after > MAX_GROWTH * before and after > before + getattr(allowance, name)
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
