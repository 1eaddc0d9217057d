"""How often someone may fail to sign in. Counted in this process's memory, under hashes whose key lives there too."""

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
# A whole clinic may sit behind one address, so there only failures count, and more of them.
OF_ADDRESS = RateLimitItemPerMinute(20, 10)
OF_NAME = RateLimitItemPerMinute(8, 15)


class Attempts:
    """Counts attempts by name, and failures by address. A name counts alike with an account and without one.

    `hops`: how many proxies of our own stand before the site; only what they say of an address is believed. A request
    without a known address is counted by name only: otherwise one attacker would lock out all staff.
    """

    def __init__(self, hops: int) -> None:
        self.hops = hops
        self.key = secrets.token_bytes(32)
        self.has_warned = False

    @cached_property
    def limiter(self) -> FixedWindowRateLimiter:
        """Made with the first attempt: it starts a thread, and servers are forked before that."""
        return FixedWindowRateLimiter(MemoryStorage())

    def begin(self, name: str) -> None:
        """Count an attempt before anything is compared.

        Raises:
            TooManyRequests: there were too many for this name, or too many failures from this address.
        """
        address = self.address(request)
        if not address:
            self._warn()
        is_open = not address or self.limiter.test(OF_ADDRESS, self._hash(address))
        if not is_open or not self.limiter.hit(OF_NAME, self._hash(name)):
            raise TooManyRequests

    def end(self, name: str, has_succeeded: bool) -> bool:
        """Forget a name's attempts after one that succeeded, or count a failure; return what was told."""
        address = self.address(request)
        if has_succeeded:
            self.limiter.clear(OF_NAME, self._hash(name))
        elif address:
            self.limiter.hit(OF_ADDRESS, self._hash(address))
        return has_succeeded

    def address(self, asking: Request) -> str:
        """Return the client's address, or its network; "" if unknown."""
        return requesting_network(asking, self.hops)

    def _warn(self) -> None:
        """Log once how to make addresses known; neither address nor path."""
        if not self.has_warned:
            self.has_warned = True
            log.warning(
                "A client's address is not known. Failed sign-ins without an address are counted by name only. "
                "Set PROXY_HOPS to the number of proxies in front of this site, and let each of them add its client's "
                "address to X-Forwarded-For."
            )

    def _hash(self, words: str) -> str:
        return hmac.digest(self.key, words.encode(), "sha256").hex()
