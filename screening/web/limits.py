"""How much one request may bring, and how often the whole site, or one network, does something.

Of who asked nothing is kept but counts in memory, of a keyed hash whose key nobody has once the server has ended.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import monotonic

from flask import Flask

from screening.shared_memory import SharedMemory

MOST_BODY_BYTES = 64 * 1024
MOST_FORM_FIELDS = 200

SECOND, HOUR = 1, 60 * 60
# How many networks can be told apart at most. Two that fall together count as one.
NETWORKS = 1024

# A cell holds the number of the window in its upper bits, and in its lower bits how often something happened in it.
_BITS = 32
_COUNT = (1 << _BITS) - 1
# How often to ask again when several processes compete for the last place.
_TRIES = 10


class Turn:
    """Whether something may happen now. Unless it is kept, its place is given back."""

    def __init__(self, is_granted: bool) -> None:
        self.is_granted = is_granted
        self.is_kept = False

    def keep(self) -> None:
        """Count it: it happened."""
        self.is_kept = True


class SiteLimit:
    """At most this many times in a fixed window of so many seconds, for all processes of a server together.

    Windows follow the monotonic clock, which all processes of a machine share and nobody can set. If counting fails,
    everything is granted: a patient's page matters more.
    """

    def __init__(self, memory: SharedMemory, most: int, seconds: int) -> None:
        self.cell = memory.cell()
        self.most = most
        self.seconds = seconds

    def take(self) -> bool:
        """Count once more and return True, or return False if that would be too often."""
        with self.turn() as turn:
            turn.keep()
        return turn.is_granted

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Hold a place, if there is one, while something is tried. It counts only if the turn is kept."""
        window: int | None = None
        is_granted = True
        with suppress(Exception):
            window = self._take()
            is_granted = window is not None
        turn = Turn(is_granted)
        try:
            yield turn
        finally:
            if window is not None and not turn.is_kept:
                with suppress(Exception):
                    self._give_back(window)

    def _take(self) -> int | None:
        """Add first and look afterwards, so that processes that ask at once can never exceed the limit together.

        Returns the window, or None if the limit is reached. When several take the last place at once, all of them see
        too many. The last to give back then sees that the place is free, and tries again.
        """
        for _ in range(_TRIES):
            window = self.cell.change(self._one_more) >> _BITS
            if self._total(window) <= self.most:
                return window
            self._give_back(window)
            if self._total(window) >= self.most:
                return None
        return None

    def _one_more(self, number: int) -> int:
        window = int(monotonic() // self.seconds)
        return (number if number >> _BITS == window else window << _BITS) + 1

    def _give_back(self, window: int) -> None:
        # In a later window there is nothing to give back: the place would be another's.
        self.cell.change(lambda number: number - 1 if number >> _BITS == window and number & _COUNT else number)

    def _total(self, window: int) -> int:
        return sum(number & _COUNT for number in self.cell.numbers() if number >> _BITS == window)


class NetworkLimit:
    """At most so many times in a fixed window for each network, for all processes of a server together.

    Each process counts in its own slot of a memory of its own, which holds no address and no hash: only how often
    something happened for the networks whose hash falls into a place. An unknown network has no limit.
    """

    def __init__(self, memory: SharedMemory, most: int, seconds: int) -> None:
        self.memory = memory
        self.key = secrets.token_bytes(32)
        self.counts = SharedMemory(NETWORKS)
        self.places = [SiteLimit(self.counts, most, seconds) for _ in range(NETWORKS)]

    @contextmanager
    def turn(self, network: str) -> Iterator[Turn]:
        """Hold a place of this network, if it has one, while something is tried; `""` is an unknown network."""
        if not network:
            yield Turn(is_granted=True)
            return
        # A worker learns of its slot after it was forked.
        self.counts.use_slot(self.memory.slot)
        with self.places[self._place(network)].turn() as turn:
            yield turn

    def _place(self, network: str) -> int:
        return int.from_bytes(hmac.digest(self.key, network.encode(), "sha256")[:8]) % NETWORKS


@dataclass(frozen=True)
class Limits:
    """What one site limits: sharing and saving also for each network, the reading of codes for all together."""

    shares: SiteLimit
    saves: SiteLimit
    look_ups: SiteLimit
    return_codes: SiteLimit
    network_shares: NetworkLimit
    network_saves: NetworkLimit

    @classmethod
    def of(cls, memory: SharedMemory, per_hour: int) -> Limits:
        """Make the limits of a site that takes so many shares, and as many saved drafts, in an hour."""
        # One network leaves half of each hour to others.
        of_network = max(1, per_hour // 2)
        return cls(
            shares=SiteLimit(memory, per_hour, HOUR),
            saves=SiteLimit(memory, per_hour, HOUR),
            look_ups=SiteLimit(memory, 60, SECOND),
            # Each takes work on purpose.
            return_codes=SiteLimit(memory, 10, SECOND),
            network_shares=NetworkLimit(memory, of_network, HOUR),
            network_saves=NetworkLimit(memory, of_network, HOUR),
        )


def init_limits(app: Flask) -> None:
    """Bound bodies and their parts; the longest form of ours is far below."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_FORM_FIELDS
