"""Security headers of every response: no foreign content, framing, indexing, referrer or caching.

Also decides which host and scheme a request has. Redirects depend on neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request, Response, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix

from screening.web.host_header import NormalizedHost
from screening.web.path_prefix import has_prefix

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
# Machines such as a kubelet request these by IP address, without knowing a host name.
PROBES = ("/healthz", "/metrics")


class Headers:
    """WSGI middleware that adds the headers to every response.

    A response keeps headers that it sets itself, such as a stricter policy.
    """

    def __init__(self, application: WSGIApplication, is_secure: bool) -> None:
        self.application = application
        secure = {"Strict-Transport-Security": STRICT_TRANSPORT} if is_secure else {}
        self.headers = list((HEADERS | secure | {"Cache-Control": "no-store"}).items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Add the headers. Only a response that sets `Cache-Control` itself may be cached."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = {name for name, _ in headers}
            added = [header for header in self.headers if header[0] not in own]
            return start_response(status, headers + added, exc_info)

        return self.application(environ, start)


class FixedOrigin:
    """WSGI middleware that fixes the scheme and removes the path prefix.

    In production the scheme is always https, because cookies need it: a proxy that terminates TLS may send no
    X-Forwarded-Proto, or the one of an inner hop. There is never a prefix, because each site has its own host name.
    """

    def __init__(self, application: WSGIApplication, is_secure: bool) -> None:
        self.application = application
        self.is_secure = is_secure

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Set the scheme and clear the prefix."""
        is_secure = self.is_secure or environ["wsgi.url_scheme"].lower() == "https"
        environ["wsgi.url_scheme"] = "https" if is_secure else "http"
        environ["SCRIPT_NAME"] = ""
        return self.application(environ, start_response)


def init_headers(app: Flask, is_secure: bool, trusted_hosts: tuple[str, ...], proxy_hops: int) -> None:
    """Install the headers, the trusted hosts, and the number of proxies in front of the site."""
    app.request_class = _request_to(trusted_hosts)
    app.after_request(_make_relative)
    app.wsgi_app = FixedOrigin(app.wsgi_app, is_secure)  # type: ignore[method-assign]
    app.wsgi_app = NormalizedHost(app.wsgi_app)  # type: ignore[method-assign]
    if proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=proxy_hops, x_host=proxy_hops)  # type: ignore[method-assign]
    app.wsgi_app = Headers(app.wsgi_app, is_secure)  # type: ignore[method-assign]


def _request_to(names: tuple[str, ...]) -> type[Request]:
    class Named(Request):
        """A request whose Host must be one of the trusted names, if any are set. Probes may use any Host."""

        def __init__(self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False) -> None:
            super().__init__(environ, populate_request, shallow)
            if not any(has_prefix(self.path, probe) for probe in PROBES):
                self.trusted_hosts = list(names)

    return Named


def _make_relative(response: Response) -> Response:
    """Remove scheme and host from a redirect to this site. Werkzeug adds both when it corrects slashes."""
    location = urlsplit(response.location or "")
    if location.scheme and location.netloc.lower() == request.host.lower():
        # A path that begins with two slashes would name another host.
        path = "/" + location.path.lstrip("/")
        response.location = urlunsplit(("", "", path, location.query, location.fragment))
        response.set_data(redirect(response.location, response.status_code).get_data())
    return response
