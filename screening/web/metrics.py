"""How many requests there were, for the clinic's monitoring. A patient's pages are one class.

Help and the way out are not counted at all. How long an answer took is not told: storing takes longer than reading, so
each share would show.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, abort, current_app, request

from screening.web.client_address import client_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from prometheus_client import CollectorRegistry, Counter

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNCOUNTED = frozenset(".well-known favicon.ico healthz help keep leave metrics robots.txt static".split())
# Headers that proxies add. With one of them, a request from this machine may come from anywhere.
FORWARDED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED", "HTTP_X_REAL")

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
def metrics() -> Response:
    """All counts in Prometheus's text format; to those who may not read them, nothing."""
    if not _may_read():
        abort(404)
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = _counter()[0]
    if FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Counted:
    """Counts the answers of a WSGI application."""

    def __init__(self, application: WSGIApplication) -> None:
        self.application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and count the answer by the kind of page and the first digit of its status."""
        first = environ["PATH_INFO"].split("/", 2)[1:2]
        if UNCOUNTED.issuperset(first):
            return self.application(environ, start_response)
        kind = "staff" if first == ["staff"] else "patient"

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            _answers(kind, status[0]).inc()
            return start_response(status, headers, exc_info)

        return self.application(environ, start)


def init_metrics(app: Flask, token: str, is_proxied: bool) -> None:
    """Count requests, and serve the counts to whoever has the token; where none is set, to this machine."""
    app.extensions["metrics_token"] = token
    app.extensions["is_proxied"] = is_proxied
    app.wsgi_app = Counted(app.wsgi_app)  # type: ignore[method-assign]
    app.register_blueprint(pages)


def share_among_workers(folder: Path) -> None:
    """Let the processes forked from here count together, in a folder that is wiped first."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    os.environ[FOLDER] = str(folder)


def _may_read() -> bool:
    token = current_app.extensions["metrics_token"]
    if token:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    return not current_app.extensions["is_proxied"] and _is_from_here()


def _is_from_here() -> bool:
    """Whether the request comes from this machine, and not through a proxy on it.

    A proxy adds a header or passes on the site's own Host. By default nginx does neither, but speaks HTTP/1.0.
    """
    peer = client_address(request.environ.get("REMOTE_ADDR", ""))
    is_forwarded = any(name.startswith(FORWARDED) for name in request.environ)
    is_old = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    return bool(peer and peer.is_loopback) and _names_this_machine() and not is_forwarded and not is_old


def _names_this_machine() -> bool:
    host = request.headers.get("Host", "")
    address = client_address(host)
    return address.is_loopback if address else host.lower().partition(":")[0] == "localhost"


@cache
def _counter() -> tuple[CollectorRegistry, Counter]:
    # Imported late: the library looks once, when it is imported, whether processes count together.
    from prometheus_client import CollectorRegistry, Counter, disable_created_metrics

    disable_created_metrics()  # type: ignore[no-untyped-call]
    registry = CollectorRegistry()
    return registry, Counter("screening_requests", "Answers.", ("pages", "status"), registry=registry)


@cache
def _answers(kind: str, digit: str) -> Counter:
    return _counter()[1].labels(kind, f"{digit}xx")
