"""Protection of every form against requests forged by other sites."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, session
from flask_wtf.csrf import CSRFProtect, generate_csrf

from screening.site import site

# Of so many visitors at a time, the signed token is remembered.
REMEMBERED_TOKENS = 1000


class SignedTokens:
    """Remembers the signed tokens of one application, each by the unsigned one in its visitor's session."""

    def __init__(self) -> None:
        self.of = lru_cache(maxsize=REMEMBERED_TOKENS)(_sign)


def _sign(_token: str) -> str:
    return str(generate_csrf())


def init_forms(app: Flask) -> None:
    """Check every POST for the token that its page was given."""
    # The draft's own two hours bound the token's life; its default hour would be shorter.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # We tell nobody which page a request comes from, not even ourselves.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    CSRFProtect(app)
    app.context_processor(lambda: {"csrf_token": csrf_token})


def csrf_token() -> str:
    """The token for a form of this page: Flask-WTF's, signed once for each visitor and not for each page."""
    token = session.get("csrf_token")
    return site().signed_tokens.of(token) if token else str(generate_csrf())
