"""The draft cookie: encrypted, HttpOnly, deleted when the browser closes, lapsed two hours after the last page.

Its content is stored nowhere else; the server has it only during a request. An emptied one keeps only the language.
A part of the site may have its own cookie. Its pages then neither read nor set the draft, and all other pages use only
the draft.
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
# Reading renews the timestamp too, but not at every page, because each renewal encrypts the cookie again.
RENEWED_AFTER = 10 * 60
# A browser may stay open overnight. A longer gap may as well be a changed clock.
BELIEVED = 12 * 60 * 60
# A page with a draft warns at these numbers of minutes before it lapses.
WARNED_AT = (10, 5, 2)
# A draft longer than the expected maximum is padded in steps of this many bytes.
PART = 256
# A longer cookie is not ours.
LONGEST_COOKIE = 4096
# Browsers silently drop a cookie over 4,096 bytes; attributes and typed text need room too.
MAX_COOKIE_BYTES = 3500
_SECURE_NAME = "__Host-draft"


class CookieSession(CallbackDict[str, Any], SessionMixin):
    """The content of the cookie. `has_lapsed`: the cookie sent was more than two hours old. `age`: in seconds.

    A negative age means that the clock was set back, so the two hours start again. `is_believed`: a lapsed cookie's age
    is plausible, so time passed and no clock was changed.
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
        """Seconds until the cookie lapses, unless it is sent before."""
        return LAPSES_AFTER - (0 if self.modified else int(self.age)) + 1

    def _changed(self) -> None:
        self.modified = True


def cookie_size(plain: int) -> int:
    """Return an upper bound for the bytes of a draft cookie, with its name, for a draft of `plain` bytes.

    A Fernet token is the base64 of 57 bytes plus AES-CBC blocks of 16 with at least one byte of padding.
    """
    encrypted = 57 + (plain // 16 + 1) * 16
    return len(f"{_SECURE_NAME}=") + (encrypted + 2) // 3 * 4


def empty(session: MutableMapping[str, Any]) -> None:
    """Delete everything from a session but the language, which reveals no answer."""
    for key in session.keys() - {"language"}:
        del session[key]


class DraftCookie(SessionInterface):
    """Encrypts and decrypts the draft cookie, padded to `length` bytes so that its size reveals nothing."""

    def __init__(self, keys: tuple[str, ...], is_secure: bool, length: int) -> None:
        self.length = length
        self.box = MultiFernet([Fernet(key) for key in keys])
        self.is_secure = is_secure
        self.name = _SECURE_NAME if is_secure else "draft"

    def open_session(self, app: Flask, request: Request) -> CookieSession:
        """Decrypt the cookie. A missing or foreign one gives an empty session, and one that lapsed a cleared one.

        A cookie whose form only another release knows counts as lapsed too, so that its owner is told.
        """
        token = self._token(request)
        if not token or len(token) > LONGEST_COOKIE:
            return CookieSession({})
        try:
            held = json.loads(self.box.decrypt(token))
        except (InvalidToken, ValueError):
            return CookieSession({})
        try:
            age = time.time() - held.pop("at", 0)
            # All but the draft is text. Another release may have other types.
            held = {name: value for name, value in held.items() if name == "draft" or isinstance(value, str)}
        except (AttributeError, TypeError):
            return CookieSession({}, has_lapsed=True, is_believed=False)
        # A timestamp more than two hours ahead says nothing about its age.
        if abs(age) > LAPSES_AFTER:
            empty(held)
            return CookieSession(held, has_lapsed=True, is_believed=0 < age <= BELIEVED)
        return CookieSession(held, age=age)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Encrypt the session if it changed. An emptied or lapsed one deletes its cookie."""
        # A redirect keeps a lapsed cookie, so that its target page can say that it lapsed.
        has_lapsed = getattr(session, "has_lapsed", False) and not response.location
        if not session.modified and not has_lapsed:
            return
        if not session:
            # Set, then delete: Chromium restores a page and its ticks (bfcache) unless cookies changed after its load.
            response.set_cookie(self.name, "", secure=self.is_secure, httponly=True, samesite="Lax")
            response.delete_cookie(self.name, secure=self.is_secure, httponly=True, samesite="Lax")
            return
        held = json.dumps({"at": int(time.time()), **session}, separators=(",", ":"), ensure_ascii=False)
        token = self.box.encrypt(self._pad(held.encode())).decode()
        response.set_cookie(self.name, token, secure=self.is_secure, httponly=True, samesite="Lax")

    def _token(self, request: Request) -> str:
        """Return the cookie's value. Parsing the whole header, as `request.cookies` does, costs 5 % of a page."""
        parts = request.environ.get("HTTP_COOKIE", "").split(";")
        named = (part.strip().partition("=") for part in parts)
        return next((value for name, _, value in named if name == self.name), "")

    def _pad(self, held: bytes) -> bytes:
        """Pad the JSON with spaces. Content longer than expected is padded too."""
        over = max(0, len(held) - self.length)
        return held.ljust(self.length + -(-over // PART) * PART)


class CookieByPath(SessionInterface):
    """Gives each part of the site, named by its path prefix, its own cookie, and the rest another."""

    def __init__(self, rest: SessionInterface, parts: Mapping[str, SessionInterface]) -> None:
        self.rest = rest
        self.parts = parts

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """Open the session of the part that the path belongs to."""
        return value_for_path(request.path, self.parts, self.rest).open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save the session of the part that the path belongs to."""
        value_for_path(request.path, self.parts, self.rest).save_session(app, session, response)
