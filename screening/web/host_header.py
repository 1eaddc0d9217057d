"""Normalization of the Host header, so that case and a trailing dot make no difference."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class NormalizedHost:
    """WSGI middleware that lower-cases the host and removes a trailing dot, since Werkzeug compares exactly."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Normalize the header."""
        if host := environ.get("HTTP_HOST"):
            name, colon, port = host.lower().partition(":")
            environ["HTTP_HOST"] = f"{name.removesuffix('.')}{colon}{port}"
        return self.application(environ, start_response)
