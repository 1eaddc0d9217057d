"""Flask-Security's object of the current application, typed: the only place that reads its key."""

from __future__ import annotations

from flask import current_app
from flask_security import Security


def security() -> Security:
    """Flask-Security, as `init_sign_in` has set it up."""
    found: Security = current_app.extensions["security"]
    return found
