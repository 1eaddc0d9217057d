"""A patient who shares over HTTP and retries when no response comes, with one cookie and the forms of the pages."""

from __future__ import annotations

import re
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

SHARE = "/reflection/share"
# There is no response when the server was killed, or is not back yet.
NO_ANSWER = (OSError, HTTPException)
MAX_TRIES = 3

_HIDDEN = re.compile(r'type="hidden" name="([^"]+)" value="([^"]*)"')
# The second link of the pause continues the questions.
KEEP_GOING = r'class="button" href="([^"]+)"'
_REF = re.compile(r"<dt>ref</dt><dd>([0-9a-f]{32})</dd>")
_CODE = re.compile(r'<p class="code"[^>]*><strong>([0-9A-Z-]+)</strong>')


class Sharer:
    """One patient, and how far they came.

    `source`: the address of their device. `ref`: the ref of the record shown to them. `is_answered`: the server has
    acknowledged the share. `codes`: every code shown after that.
    """

    def __init__(self, address: str, source: str = "", **headers: str) -> None:
        self.scheme, self.host, *_ = urlsplit(address)
        self.source = (source, 0) if source else None
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.cookie = ""
        self.page = ""
        self.ref = b""
        self.is_answered = False
        self.codes: set[str] = set()

    @property
    def code(self) -> str:
        return next(iter(self.codes), "")

    def walk(self) -> None:
        """Skip every question, and open the page for sharing."""
        self.open("/")
        at = self.send("/reflection/")
        while not at.endswith("/check"):
            if at.endswith("/pause"):
                at = re.findall(KEEP_GOING, self.open(at))[1]
            else:
                self.open(at)
                at = self.send(at, skip="1")
        self.open(SHARE)
        self.ref = bytes.fromhex(_REF.findall(self.page)[0])

    def share(self) -> None:
        """Press Share on the current page, and follow the redirect."""
        assert self.send(SHARE) == SHARE
        self.is_answered = True
        self.look()

    def look(self) -> None:
        """Open the page for sharing, which shows the code or asks."""
        self.codes |= set(_CODE.findall(self.open(SHARE)))
        # It may ask again after an acknowledgment, if the database could not be reached.
        self.is_answered = bool(self.codes)

    def try_again(self, reloads: bool) -> None:
        """Retry as a patient would: reload the page or press Share again, until the code is shown."""
        for _ in range(MAX_TRIES):
            if reloads:
                self.look()
            if self.code:
                return
            self.share()

    def open(self, path: str) -> str:
        """Return the page at this address."""
        status, _, self.page = self._ask("GET", path)
        assert status == 200, (status, path)
        return self.page

    def send(self, path: str, **more: str) -> str:
        """Send the form of the current page, and return the redirect's location."""
        status, location, _ = self._ask("POST", path, urlencode({**dict(_HIDDEN.findall(self.page)), **more}))
        assert status == 303, (status, path)
        return location

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str, str]:
        headers = self.headers | ({"Cookie": f"draft={self.cookie}"} if self.cookie else {})
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
        connection = kind(self.host, timeout=20, source_address=self.source)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            # Like a browser, take the cookie once the headers have arrived.
            kept = SimpleCookie(answer.headers.get("Set-Cookie", ""))
            if "draft" in kept:
                self.cookie = kept["draft"].value
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()
