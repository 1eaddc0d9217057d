"""Limits on the size of a request, and rate limits for the whole site or for one network.

About clients, only counts are kept, in memory, under a keyed hash. The key is lost when the server stops.
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

MAX_BODY_BYTES = 64 * 1024
MAX_FORM_FIELDS = 200

SECOND, HOUR = 1, 60 * 60
# The number of hash buckets for networks. Networks in the same bucket count as one.
NETWORKS = 1024

# A cell holds the number of the window in its upper bits, and the count in that window in its lower bits.
_BITS = 32
_COUNT = (1 << _BITS) - 1
# How often to retry when several processes compete for the last slot.
_TRIES = 10


class Reservation:
    """A reserved slot under a rate limit, if it is granted; released unless committed."""

    def __init__(self, is_granted: bool) -> None:
        self.is_granted = is_granted
        self.is_committed = False

    def commit(self) -> None:
        """Keep the slot: the action happened and counts."""
        self.is_committed = True


class SiteLimit:
    """A fixed-window rate limit, `most` times in `seconds`, for all processes of a server together.

    Windows follow the monotonic clock, which all processes of a machine share and nobody can set. If counting fails,
    everything is granted (fail open), because a patient's page matters more.
    """

    def __init__(self, memory: SharedMemory, most: int, seconds: int) -> None:
        self.cell = memory.cell()
        self.most = most
        self.seconds = seconds

    def take(self) -> bool:
        """Count one action and return True, or return False if the limit is reached."""
        with self.reserve() as reservation:
            reservation.commit()
        return reservation.is_granted

    @contextmanager
    def reserve(self) -> Iterator[Reservation]:
        """Reserve a slot, if there is one, during an attempt. It counts only if the reservation is committed."""
        window: int | None = None
        is_granted = True
        with suppress(Exception):
            window = self._take()
            is_granted = window is not None
        reservation = Reservation(is_granted)
        try:
            yield reservation
        finally:
            if window is not None and not reservation.is_committed:
                with suppress(Exception):
                    self._release(window)

    def _take(self) -> int | None:
        """Take a slot and return its window, or None if the limit is reached.

        It adds first and checks afterwards, so concurrent processes can never exceed the limit together. When several
        take the last slot at once, all of them see too many; the last to release one sees a free slot and retries.
        """
        for _ in range(_TRIES):
            window = self.cell.change(self._increment) >> _BITS
            if self._total(window) <= self.most:
                return window
            self._release(window)
            if self._total(window) >= self.most:
                return None
        return None

    def _increment(self, value: int) -> int:
        window = int(monotonic() // self.seconds)
        return (value if value >> _BITS == window else window << _BITS) + 1

    def _release(self, window: int) -> None:
        # Not in a later window: that would release another request's slot.
        self.cell.change(lambda value: value - 1 if value >> _BITS == window and value & _COUNT else value)

    def _total(self, window: int) -> int:
        return sum(value & _COUNT for value in self.cell.numbers() if value >> _BITS == window)


class NetworkLimit:
    """A fixed-window rate limit for each network, for all processes of a server together.

    Each process counts in its own slot of a separate shared memory. That memory holds no address and no hash, only a
    count per hash bucket of networks. An unknown network has no limit.
    """

    def __init__(self, memory: SharedMemory, most: int, seconds: int) -> None:
        self.memory = memory
        self.key = secrets.token_bytes(32)
        self.counts = SharedMemory(NETWORKS)
        self.buckets = [SiteLimit(self.counts, most, seconds) for _ in range(NETWORKS)]

    @contextmanager
    def reserve(self, network: str) -> Iterator[Reservation]:
        """Reserve a slot of this network, if there is one, during an attempt; "" is an unknown network."""
        if not network:
            yield Reservation(is_granted=True)
            return
        # A worker gets its slot after the fork.
        self.counts.use_slot(self.memory.slot)
        with self.buckets[self._bucket(network)].reserve() as reservation:
            yield reservation

    def _bucket(self, network: str) -> int:
        return int.from_bytes(hmac.digest(self.key, network.encode(), "sha256")[:8]) % NETWORKS


@dataclass(frozen=True)
class Limits:
    """The rate limits of a site: sharing and saving per site and per network, code look-ups per site."""

    shares: SiteLimit
    saves: SiteLimit
    look_ups: SiteLimit
    return_codes: SiteLimit
    network_shares: NetworkLimit
    network_saves: NetworkLimit

    @classmethod
    def of(cls, memory: SharedMemory, per_hour: int) -> Limits:
        """Create the limits of a site that accepts `per_hour` shares, and as many saved drafts, in an hour."""
        # One network leaves half of each hour to others.
        of_network = max(1, per_hour // 2)
        return cls(
            shares=SiteLimit(memory, per_hour, HOUR),
            saves=SiteLimit(memory, per_hour, HOUR),
            look_ups=SiteLimit(memory, 60, SECOND),
            # Each is expensive on purpose.
            return_codes=SiteLimit(memory, 10, SECOND),
            network_shares=NetworkLimit(memory, of_network, HOUR),
            network_saves=NetworkLimit(memory, of_network, HOUR),
        )


def init_limits(app: Flask) -> None:
    """Limit request bodies and form fields; our longest form is far below."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = MAX_FORM_FIELDS
