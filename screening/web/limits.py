"""How much one request may bring, and how often the whole site does something; nothing of who asked for it."""

from __future__ import annotations

from functools import cached_property

from flask import Flask
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

MOST_BYTES = 64 * 1024
MOST_PARTS = 200


class SiteLimit:
    """So many times in a span for the whole site, such as "60 per hour". Counted in this process's memory."""

    def __init__(self, text: str) -> None:
        self.item = parse(text)

    @cached_property
    def counted(self) -> FixedWindowRateLimiter:
        """Made when it is first needed: it starts a thread, and servers are forked before that."""
        return FixedWindowRateLimiter(MemoryStorage())

    @property
    def is_reached(self) -> bool:
        """Whether once more would be too often."""
        return not self.counted.test(self.item)

    def count(self) -> None:
        """Note that it happened once."""
        self.counted.hit(self.item)


def init_limits(app: Flask) -> None:
    """Bound bodies and their parts; the longest form of ours is far below."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BYTES
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
