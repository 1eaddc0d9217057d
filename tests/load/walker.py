"""Patients one after the other, as fast as the site answers, in a process of its own.

`python -m tests.load.walker ADDRESS SECONDS PAGE` prints each response's page and seconds. PAGE: `journey`, or the path
of one page to request repeatedly.
"""

from __future__ import annotations

import re
import sys
import time
from contextlib import suppress

from tests.faults.patient import KEEP_GOING, SHARE, Sharer

JOURNEY = "journey"
# Method and path, in the order of a journey -> name of the page; the first match counts.
PAGES = {
    "GET /": "start",
    "POST /reflection/": "begin",
    r"GET /reflection/\d+": "question, GET",
    r"POST /reflection/\d+.*": "question, POST",
    "GET /reflection/pause": "pause",
    "GET /reflection/check": "check",
    "GET /reflection/summary": "summary",
    f"GET {SHARE}": "share page",
    f"POST {SHARE}": "SHARE, POST",
}
CODE = "code page"
_CHOICE = re.compile(r'name="choice" value="([^"]+)"')


class Over(Exception):
    """The time is over."""


class Walker(Sharer):
    """A patient who picks the first choice of each question, and whose responses are timed."""

    def __init__(self, address: str, until: float) -> None:
        super().__init__(address)
        self.until = until

    def answer_everything(self) -> None:
        """Walk from the start page to the code."""
        self.open("/")
        at = self.send("/reflection/")
        while not at.endswith("/check"):
            page = self.open(at)
            at = re.findall(KEEP_GOING, page)[1] if at.endswith("/pause") else self._pick(at, page)
        self.open(at)
        self.open("/reflection/summary")
        self.open(SHARE)
        self.share()
        # Retry a refused request, as a patient would.
        self.try_again(reloads=False)
        assert self.code

    def _pick(self, at: str, page: str) -> str:
        return self.send(at, choice=_CHOICE.findall(page)[0])

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        begun = time.monotonic()
        answer = super()._ask(method, path, body)
        ended = time.monotonic()
        name = CODE if self.is_answered else _name(f"{method} {path}")
        print(f"{name}\t{ended - begun}")
        if ended > self.until:
            raise Over
        return answer


def _name(asked: str) -> str:
    return next((name for pattern, name in PAGES.items() if re.fullmatch(pattern, asked)), asked)


def main(address: str, seconds: float, page: str) -> None:
    """Send requests until the time is over."""
    until = time.monotonic() + seconds
    with suppress(Over):
        while True:
            walker = Walker(address, until)
            if page == JOURNEY:
                walker.answer_everything()
            else:
                walker.open(page)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3])
