"""The draft cookie: encrypted, http-only, gone when the browser closes, lapsed two hours after the last page.

What it holds lies nowhere else; to the server it exists only while a request is answered. An emptied one keeps only
the language. Parts of the site may have a cookie of their own: then that part's pages neither read nor set the draft,
and all others know only the draft.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.datastructures import CallbackDict

from screening.web.path_prefix import value_for_path

LAPSES_AFTER = 2 * 60 * 60
# Reading renews the stamp too, but not at every page: each renewal seals the cookie anew.
RENEWED_AFTER = 10 * 60
# A browser may stay open overnight. Of a longer time nobody can tell whether it went by, or a clock was changed.
BELIEVED = 12 * 60 * 60
# At so many minutes before the end, a page of a draft says so.
WARNED_AT = (10, 5, 2)
# What is longer than the fullest draft is filled up to as many more bytes, or twice as many, and so on.
PART = 256
# A longer one is not ours.
LONGEST_COOKIE = 4096
# Browsers drop a cookie over 4,096 bytes without a word; attributes and what was typed need room too.
MOST_COOKIE_BYTES = 3500
_SECURE_NAME = "__Host-draft"


class CookieSession(CallbackDict[str, Any], SessionMixin):
    """What lies in the cookie. `has_lapsed` tells that one was sent whose two hours are over, `age` is in seconds.

    A negative age means that the clock was set back since: then the two hours begin anew. `is_believed`: of a lapsed
    one, that the time went by, and no clock was changed.
    """

    def __init__(
        self, initial: dict[str, Any], has_lapsed: bool = False, age: float = 0, is_believed: bool = True
    ) -> None:
        super().__init__(initial, on_update=CookieSession._changed)
        self.modified = not 0 <= age <= RENEWED_AFTER
        self.has_lapsed = has_lapsed
        self.age = age
        self.is_believed = is_believed

    @property
    def lapses_in(self) -> int:
        """After so many seconds it has lapsed, unless it is sent before."""
        return LAPSES_AFTER - (0 if self.modified else int(self.age)) + 1

    def _changed(self) -> None:
        self.modified = True


def cookie_size(plain: int) -> int:
    """Return the bytes of a draft cookie with its name, never less than are sent, for a draft of `plain` bytes.

    A Fernet token is 57 bytes, AES-CBC blocks of 16 with at least one byte of padding, and base64 of all that.
    """
    encrypted = 57 + (plain // 16 + 1) * 16
    return len(f"{_SECURE_NAME}=") + (encrypted + 2) // 3 * 4


def empty(session: MutableMapping[str, Any]) -> None:
    """Forget all that lies in a draft but its language, which tells nothing of any answer."""
    for key in session.keys() - {"language"}:
        del session[key]


class DraftCookie(SessionInterface):
    """Opens and seals the draft cookie. What is sealed is filled up to `length` bytes, so that it tells nothing."""

    def __init__(self, keys: tuple[str, ...], is_secure: bool, length: int) -> None:
        self.length = length
        self.box = MultiFernet([Fernet(key) for key in keys])
        self.is_secure = is_secure
        self.name = _SECURE_NAME if is_secure else "draft"

    def open_session(self, app: Flask, request: Request) -> CookieSession:
        """Read the cookie; one that is missing, foreign or lapsed is an empty session."""
        token = self._sent(request)
        if not token or len(token) > LONGEST_COOKIE:
            return CookieSession({})
        try:
            held = json.loads(self.box.decrypt(token))
        except (InvalidToken, ValueError):
            return CookieSession({})
        age = time.time() - held.pop("at", 0)
        # Further ahead than it could have been kept, nobody knows how old it is.
        if abs(age) > LAPSES_AFTER:
            empty(held)
            return CookieSession(held, has_lapsed=True, is_believed=0 < age <= BELIEVED)
        return CookieSession(held, age=age)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Seal the session if it changed; an emptied or lapsed one takes its cookie away."""
        # The page that a redirect leads to is the one that says so.
        has_lapsed = getattr(session, "has_lapsed", False) and not response.location
        if not session.modified and not has_lapsed:
            return
        if not session:
            # Chromium brings a page back whole, ticks and all, unless its cookies changed more often than in its load.
            response.set_cookie(self.name, "", secure=self.is_secure, httponly=True, samesite="Lax")
            response.delete_cookie(self.name, secure=self.is_secure, httponly=True, samesite="Lax")
            return
        held = json.dumps({"at": int(time.time()), **session}, separators=(",", ":"), ensure_ascii=False)
        token = self.box.encrypt(self._filled(held.encode())).decode()
        response.set_cookie(self.name, token, secure=self.is_secure, httponly=True, samesite="Lax")

    def _sent(self, request: Request) -> str:
        """The cookie's value. Taking the whole header apart, as `request.cookies` does, costs a twentieth of a page."""
        parts = request.environ.get("HTTP_COOKIE", "").split(";")
        named = (part.strip().partition("=") for part in parts)
        return next((value for name, _, value in named if name == self.name), "")

    def _filled(self, held: bytes) -> bytes:
        """What is longer than expected is filled up too. JSON may end in spaces."""
        over = max(0, len(held) - self.length)
        return held.ljust(self.length + -(-over // PART) * PART)


class CookieByPath(SessionInterface):
    """Gives each part of the site, named by the beginning of its paths, its own cookie, and the rest another."""

    def __init__(self, rest: SessionInterface, parts: Mapping[str, SessionInterface]) -> None:
        self.rest = rest
        self.parts = parts

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Open the session of this path's part."""
        return value_for_path(request.path, self.parts, self.rest).open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session of this path's part."""
        value_for_path(request.path, self.parts, self.rest).save_session(app, session, response)
