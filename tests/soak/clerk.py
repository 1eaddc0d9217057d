"""A manager at the clinic who reads lists, looks codes up, exports and deletes over HTTP."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterable
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.parse import urlencode, urlsplit

from tests.faults.patient import NO_ANSWER
from tests.soak.ledger import Deletion, Ledger

# Seconds. An account may look up 30 codes in ten minutes.
EVERY = 0.5
TIMEOUT = 20
LOOKS_UP = 0.06
EXPORTS = 0.1
EXPORT = "/staff/export"
PAGES = ("/staff/submissions", "/staff/insights", "/staff/figures", EXPORT, "/staff/")
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Refused(Exception):
    """An unexpected HTTP status; the argument is the status."""


class Clerk:
    """A signed-in manager, identified by their cookie."""

    def __init__(self, address: str, cookie: str) -> None:
        self.host = urlsplit(address).netloc
        self.cookie = cookie
        self.page = ""

    def open(self, path: str) -> str:
        self._ask("GET", path, 200)
        return self.page

    def press(self, path: str, expects: int, **fields: str) -> str:
        """Send the form of the current page, and return the redirect's location."""
        return self._ask("POST", path, expects, self.form(**fields))

    def form(self, **fields: str) -> str:
        """Return the body of the current page's form."""
        return urlencode({"csrf_token": _TOKEN.findall(self.page)[0], **fields})

    def export(self) -> None:
        """Download a whole export."""
        self.open(EXPORT)
        self.press(EXPORT, 200, format="wide")

    def look_up(self, code: str) -> str:
        """Open the record of a code, and return its address."""
        self.open("/staff/look-up")
        path = self.press("/staff/look-up", 303, code=code)
        self.open(path)
        return path

    def delete(self, code: str, ledger: Ledger) -> None:
        """Delete the record of a claimed code."""
        path = f"{self.look_up(code)}/delete"
        self.open(path)
        self.press(path, 303)
        ledger.note(code, Deletion.DONE)

    def head(self, body: str) -> bytes:
        """Return a complete raw request for an export."""
        return (
            f"POST {EXPORT} HTTP/1.1\r\nHost: {self.host}\r\nCookie: staff={self.cookie}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _ask(self, method: str, path: str, expects: int, body: str | None = None) -> str:
        headers = {"Cookie": f"staff={self.cookie}"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self.host, timeout=TIMEOUT)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            # A truncated file raises IncompleteRead here.
            page = answer.read().decode()
            if answer.status != expects:
                raise Refused(str(answer.status))
            self.page = page
            return answer.headers.get("Location", "")
        finally:
            connection.close()


class Desk:
    """Several clerks who work in turn until told to finish."""

    def __init__(self, address: str, cookies: Iterable[str], ledger: Ledger, chance: random.Random) -> None:
        self.clerks = [Clerk(address, cookie) for cookie in cookies]
        self.ledger, self.chance = ledger, chance
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.over = Event()
        self.thread = Thread(target=self._work, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def finish(self) -> None:
        self.over.set()
        self.thread.join()

    def fails(self) -> str:
        """Do each kind of work once undisturbed; return what fails, or ""."""
        clerk, code = self.clerks[0], self.ledger.claim()
        what = ""
        try:
            for what in PAGES:
                clerk.open(what)
            what = "an export"
            clerk.export()
            what = "a deletion"
            if code:
                clerk.delete(code, self.ledger)
        except (*NO_ANSWER, Refused) as error:
            return f"{what} ({type(error).__name__} {error})"
        return ""

    def _work(self) -> None:
        while not self.over.wait(EVERY):
            try:
                self.done[self._task()] += 1
            except (*NO_ANSWER, Refused) as error:
                self.refused[str(error) if isinstance(error, Refused) else type(error).__name__] += 1

    def _task(self) -> str:
        clerk, chance = self.chance.choice(self.clerks), self.chance.random()
        if chance < LOOKS_UP / 2 and (code := self.ledger.claim()):
            clerk.delete(code, self.ledger)
            return "deleted"
        if chance < LOOKS_UP and (code := self.ledger.any_code()):
            clerk.look_up(code)
            return "looked up"
        if chance < LOOKS_UP + EXPORTS:
            clerk.export()
            return "exported"
        clerk.open(self.chance.choice(PAGES))
        return "read"
