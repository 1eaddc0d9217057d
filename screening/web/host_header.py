"""The Host header in one form, so that a name in another case or with a trailing dot is the same site."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class HostInOneForm:
    """Gives a WSGI application the host in lower case, without a trailing dot. Werkzeug compares letter by letter."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the header changed."""
        if host := environ.get("HTTP_HOST"):
            name, colon, port = host.lower().partition(":")
            environ["HTTP_HOST"] = f"{name.removesuffix('.')}{colon}{port}"
        return self.application(environ, start_response)
