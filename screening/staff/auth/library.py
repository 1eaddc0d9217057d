"""Typed access to the current application's Flask-Security object, and a check of the parts that are not documented."""

from __future__ import annotations

from flask import Flask, current_app
from flask_security import MfRecoveryCodesUtil, Security, Totp
from flask_security.tf_plugin import TfPlugin

from screening.libraries import require_parts

FLASK_PARTS: dict[type, str] = {Flask: "before_request_funcs after_request_funcs template_context_processors"}
FLASK_SECURITY_PARTS: dict[type, str] = {Totp: "_totp", MfRecoveryCodesUtil: "cryptor", TfPlugin: "tf_enter"}


def security() -> Security:
    """Return Flask-Security as `init_sign_in` has configured it."""
    extension: Security = current_app.extensions["security"]
    return extension


def require_flask_security() -> None:
    """Check what sign-in uses of Flask and Flask-Security without documentation (D-STAFF-49).

    Raises:
        UnsupportedLibrary: it has changed.
    """
    require_parts("flask", FLASK_PARTS)
    require_parts("flask-security", FLASK_SECURITY_PARTS)
