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

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from prometheus_client import CollectorRegistry, Counter

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNCOUNTED = frozenset(".well-known favicon.ico healthz help keep leave metrics robots.txt static".split())
LOOPBACK = frozenset({"127.0.0.1", "::1"})

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
    # Behind a proxy every request comes from this machine.
    is_forwarded = any(
        name.startswith(("HTTP_FORWARDED", "HTTP_X_FORWARDED", "HTTP_X_REAL")) for name in request.environ
    )
    is_here = request.environ.get("REMOTE_ADDR") in LOOPBACK
    return is_here and not is_forwarded and not current_app.extensions["is_proxied"]


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
