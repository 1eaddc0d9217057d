"""CSRF protection of every form."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, session
from flask_wtf.csrf import CSRFProtect, generate_csrf

from screening.site import site

# For this many visitors, the signed token is cached.
REMEMBERED_TOKENS = 1000


class SignedTokens:
    """An LRU cache of one application's signed tokens, keyed by the unsigned token in the session."""

    def __init__(self) -> None:
        self.of = lru_cache(maxsize=REMEMBERED_TOKENS)(_sign)


def _sign(_token: str) -> str:
    return str(generate_csrf())


def init_forms(app: Flask) -> None:
    """Require a valid CSRF token in every POST."""
    # A token lives as long as its draft, two hours. Flask-WTF's default is one hour.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # The site sends no Referer, not even to itself, so it cannot be checked.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    # Whoever may ask this proves it in a header, and it changes nothing.
    CSRFProtect(app).exempt("screening.web.proxy_check.seen")
    app.context_processor(lambda: {"csrf_token": csrf_token})


def csrf_token() -> str:
    """Return Flask-WTF's token for a form, signed once per visitor instead of once per page."""
    token = session.get("csrf_token")
    return site().signed_tokens.of(token) if token else str(generate_csrf())
