"""Typed access to the current application's Flask-Security object."""

from __future__ import annotations

from flask import current_app
from flask_security import Security


def security() -> Security:
    """Return Flask-Security as `init_sign_in` has configured it."""
    extension: Security = current_app.extensions["security"]
    return extension
