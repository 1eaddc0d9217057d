"""Headers of every answer: nothing is loaded from elsewhere, framed, indexed, told onward or kept in a cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
STRICT_TRANSPORT = "max-age=31536000"


class Headers:
    """Adds the headers to every answer of a WSGI application, whoever made it."""

    def __init__(self, application: WSGIApplication, is_secure: bool) -> None:
        self.application = application
        secure = {"Strict-Transport-Security": STRICT_TRANSPORT} if is_secure else {}
        self.headers = list((HEADERS | secure).items())
        self.uncached = [*self.headers, ("Cache-Control", "no-store")]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the headers added. Only a file that says how long it may be cached is cached."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            is_file = any(name == "Cache-Control" for name, _ in headers)
            return start_response(status, headers + (self.headers if is_file else self.uncached), exc_info)

        return self.application(environ, start)


def init_headers(app: Flask, is_secure: bool, trusted_hosts: tuple[str, ...], proxy_hops: int) -> None:
    """Set the headers, the names the site answers to, and how many proxies stand before it."""
    if trusted_hosts:
        app.config["TRUSTED_HOSTS"] = list(trusted_hosts)
    if proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=proxy_hops, x_host=proxy_hops)  # type: ignore[method-assign]
    app.wsgi_app = Headers(app.wsgi_app, is_secure)  # type: ignore[method-assign]
