"""Rate limits for sign-in, counted in this process's memory under keyed hashes. The key is in memory too."""

from __future__ import annotations

import hmac
import logging
import secrets
from functools import cached_property

from flask import Request, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from screening.web.client_address import requesting_network

log = logging.getLogger("screening")
# A whole clinic may share one address, so addresses count only failures, and allow more of them.
FAILURES_PER_ADDRESS = RateLimitItemPerMinute(20, 10)
ATTEMPTS_PER_NAME = RateLimitItemPerMinute(8, 15)


class Attempts:
    """Counts attempts by name and failures by address. Names count the same with or without an account.

    `hops`: the number of trusted proxies in front of the site, whose word on addresses is believed. A request without a
    known address is counted by name only: otherwise one attacker could lock out all staff.
    """

    def __init__(self, hops: int) -> None:
        self.hops = hops
        self.key = secrets.token_bytes(32)
        self.has_warned = False

    @cached_property
    def limiter(self) -> FixedWindowRateLimiter:
        """Create the limiter at the first attempt: it starts a thread, which must not happen before fork."""
        return FixedWindowRateLimiter(MemoryStorage())

    def begin(self, name: str) -> None:
        """Count an attempt, before comparing anything.

        Raises:
            TooManyRequests: too many attempts for this name, or failures from this address.
        """
        address = self.address(request)
        if not address:
            self._warn()
        is_open = not address or self.limiter.test(FAILURES_PER_ADDRESS, self._hash(address))
        if not is_open or not self.limiter.hit(ATTEMPTS_PER_NAME, self._hash(name)):
            raise TooManyRequests

    def end(self, name: str, has_succeeded: bool) -> bool:
        """Reset a name's attempts after a success, or count a failure; return `has_succeeded`."""
        address = self.address(request)
        if has_succeeded:
            self.limiter.clear(ATTEMPTS_PER_NAME, self._hash(name))
        elif address:
            self.limiter.hit(FAILURES_PER_ADDRESS, self._hash(address))
        return has_succeeded

    def address(self, asking: Request) -> str:
        """Return the client's address, or its network; "" if unknown."""
        return requesting_network(asking, self.hops)

    def _warn(self) -> None:
        """Log once how to make addresses known, without address or path."""
        if not self.has_warned:
            self.has_warned = True
            log.warning(
                "A client's address is unknown. Failed sign-ins without an address are counted by name only. "
                "Let each proxy in front of this site add its client's address to X-Forwarded-For, set PROXY_HOPS to "
                "the number of these proxies, and restart."
            )

    def _hash(self, words: str) -> str:
        return hmac.digest(self.key, words.encode(), "sha256").hex()
