"""Headers of every answer: nothing is loaded from elsewhere, framed, indexed, told onward or kept in a cache.

Also decides which host and scheme a request is believed to have. Redirects depend on neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Request, Response, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix

from screening.web.host_header import HostInOneForm
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
# Machines ask for these by IP address, without knowing a host name: a kubelet, for example.
PROBES = ("/healthz", "/metrics")


class Headers:
    """Adds the headers to every answer of a WSGI application, whoever made it.

    An answer keeps a header of its own, such as a stricter policy.
    """

    def __init__(self, application: WSGIApplication, is_secure: bool) -> None:
        self.application = application
        secure = {"Strict-Transport-Security": STRICT_TRANSPORT} if is_secure else {}
        self.headers = list((HEADERS | secure | {"Cache-Control": "no-store"}).items())

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with the headers added. Only a file that says how long it may be cached is cached."""

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            own = {name for name, _ in headers}
            added = [header for header in self.headers if header[0] not in own]
            return start_response(status, headers + added, exc_info)

        return self.application(environ, start)


class Placed:
    """Fixes the scheme and the path prefix that a WSGI application sees.

    In production the scheme is https, because cookies need it: a proxy that ends TLS may send no X-Forwarded-Proto, or
    the one of an inner hop. There is never a prefix: each site has its own host name.
    """

    def __init__(self, application: WSGIApplication, is_secure: bool) -> None:
        self.application = application
        self.is_secure = is_secure

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request for the root of a host."""
        is_secure = self.is_secure or environ["wsgi.url_scheme"].lower() == "https"
        environ["wsgi.url_scheme"] = "https" if is_secure else "http"
        environ["SCRIPT_NAME"] = ""
        return self.application(environ, start_response)


def init_headers(app: Flask, is_secure: bool, trusted_hosts: tuple[str, ...], proxy_hops: int) -> None:
    """Set the headers, the names the site answers to, and how many proxies stand before it."""
    app.request_class = _request_to(trusted_hosts)
    app.after_request(_make_relative)
    app.wsgi_app = Placed(app.wsgi_app, is_secure)  # type: ignore[method-assign]
    app.wsgi_app = HostInOneForm(app.wsgi_app)  # type: ignore[method-assign]
    if proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=proxy_hops, x_host=proxy_hops)  # type: ignore[method-assign]
    app.wsgi_app = Headers(app.wsgi_app, is_secure)  # type: ignore[method-assign]


def _request_to(names: tuple[str, ...]) -> type[Request]:
    class Named(Request):
        """A request whose Host must be one of the site's names, if there are any. Probes may use any Host."""

        def __init__(self, environ: WSGIEnvironment, populate_request: bool = True, shallow: bool = False) -> None:
            super().__init__(environ, populate_request, shallow)
            if not any(has_prefix(self.path, probe) for probe in PROBES):
                self.trusted_hosts = list(names)

    return Named


def _make_relative(response: Response) -> Response:
    """Remove scheme and host from a redirect to this site; werkzeug adds both where it corrects slashes."""
    place = urlsplit(response.location or "")
    if place.scheme and place.netloc.lower() == request.host.lower():
        # Two slashes would name another host.
        path = "/" + place.path.lstrip("/")
        response.location = urlunsplit(("", "", path, place.query, place.fragment))
        response.set_data(redirect(response.location, response.status_code).get_data())
    return response
