"""How often someone may fail to sign in. Counted in this process's memory, under hashes whose key lives there too."""

from __future__ import annotations

import hmac
import secrets
from functools import cached_property
from ipaddress import ip_network

from flask import Request, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

# A whole clinic may sit behind one address, so there only failures count, and more of them.
OF_ADDRESS = RateLimitItemPerMinute(20, 10)
OF_NAME = RateLimitItemPerMinute(8, 15)


class Attempts:
    """Counts attempts by name, and failures by address. A name counts alike with an account and without one.

    `hops`: how many proxies of our own stand before the site; only what they say of an address is believed.
    """

    def __init__(self, hops: int) -> None:
        self.hops = hops
        self.key = secrets.token_bytes(32)

    @cached_property
    def limiter(self) -> FixedWindowRateLimiter:
        """Made with the first attempt: it starts a thread, and servers are forked before that."""
        return FixedWindowRateLimiter(MemoryStorage())

    def begin(self, name: str) -> None:
        """Count an attempt before anything is compared.

        Raises:
            TooManyRequests: there were too many for this name, or too many failures from this address.
        """
        is_open = self.limiter.test(OF_ADDRESS, self._hash(self.address(request)))
        if not is_open or not self.limiter.hit(OF_NAME, self._hash(name)):
            raise TooManyRequests

    def end(self, name: str, has_succeeded: bool) -> bool:
        """Forget a name's attempts after one that succeeded, or count a failure; return what was told."""
        if has_succeeded:
            self.limiter.clear(OF_NAME, self._hash(name))
        else:
            self.limiter.hit(OF_ADDRESS, self._hash(self.address(request)))
        return has_succeeded

    def address(self, asking: Request) -> str:
        """Where a request comes from. Read here only: patients' addresses stay unknown."""
        told = asking.headers.get("X-Forwarded-For", "").split(",")
        if self.hops and len(told) >= self.hops:
            return _network(told[-self.hops].strip())
        return _network(asking.remote_addr or "")

    def _hash(self, words: str) -> str:
        return hmac.digest(self.key, words.encode(), "sha256").hex()


def _network(address: str) -> str:
    """An address; of IPv6 the network that one customer has, every address of which is theirs to use."""
    try:
        return str(ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


def attempts() -> Attempts:
    """The counter of this application."""
    counter: Attempts = current_app.extensions["attempts"]
    return counter
