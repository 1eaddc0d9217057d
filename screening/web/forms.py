"""Protection of every form against requests forged by other sites."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect


def init_forms(app: Flask) -> None:
    """Check every POST for the token that its page was given."""
    # The draft's own two hours bound the token's life; its default hour would be shorter.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    # We tell nobody which page a request comes from, not even ourselves.
    app.config["WTF_CSRF_SSL_STRICT"] = False
    CSRFProtect(app)
