"""Request counts and gauges of the site, for Prometheus. All patient pages count together.

Help and the way out are not counted at all. Response times are not published: storing takes longer than reading, so
each share would show.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, abort, request
from prometheus_client import CONTENT_TYPE_LATEST, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily

from screening.shared_memory import SharedMemory, SharedNumber
from screening.site import site
from screening.web.client_address import client_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

UNCOUNTED = frozenset(".well-known favicon.ico healthz help keep leave metrics robots.txt static".split())
# Headers that proxies add. A request from loopback that has one may come from anywhere.
FORWARDED = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED", "HTTP_X_REAL")

pages = Blueprint("metrics", __name__)


@pages.get("/metrics")
def metrics() -> Response:
    """Return all counts in Prometheus's text format; 404 without permission."""
    if not _may_read():
        abort(404)
    return Response(generate_latest(site().metrics), content_type=CONTENT_TYPE_LATEST)


class Metrics:
    """The Prometheus collector: responses of all workers, and gauges."""

    def __init__(self, memory: SharedMemory) -> None:
        self.answers = {labels: memory.cell() for labels in product(("patient", "staff"), "12345")}
        # Written by the arbiter: workers that serve, and those that ended by themselves since the start or a reload.
        self.workers, self.restarts = memory.cell(), memory.cell()
        # Each is read at each request to `/metrics`, in an application context. One that raises is left out.
        self.gauges: list[Callable[[], Iterable[Metric]]] = []

    def collect(self) -> Iterator[Metric]:
        """Yield all metrics. Counters at zero and gauges that raise are left out."""
        family = CounterMetricFamily("screening_requests", "Answers.", labels=("pages", "status"))
        for (kind, digit), cell in self.answers.items():
            if total := cell.total():
                family.add_metric((kind, f"{digit}xx"), total)
        yield family
        for read in self.gauges:
            with suppress(Exception):
                yield from list(read())


class CountedApplication:
    """WSGI middleware that counts responses."""

    def __init__(self, application: WSGIApplication, cells: dict[tuple[str, str], SharedNumber]) -> None:
        self.application = application
        self.cells = cells

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Count the response by kind of page and first digit of its status."""
        first = environ.get("PATH_INFO", "").split("/", 2)[1:2]
        if UNCOUNTED.issuperset(first):
            return self.application(environ, start_response)
        kind = "staff" if first == ["staff"] else "patient"

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            if cell := self.cells.get((kind, status[:1])):
                cell.add()
            return start_response(status, headers, exc_info)

        return self.application(environ, start)


def init_metrics(app: Flask, metrics: Metrics) -> None:
    """Count requests, and serve the counts to holders of the token, or if none is set, to this machine."""
    app.wsgi_app = CountedApplication(app.wsgi_app, metrics.answers)  # type: ignore[method-assign]
    app.register_blueprint(pages)


def _may_read() -> bool:
    token = site().metrics_token
    if token:
        sent = request.headers.get("Authorization", "")
        # Constant-time, so that the response time does not reveal how much matched.
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    return not site().proxy_hops and _is_local()


def _is_local() -> bool:
    """Whether the request comes from this machine and not through a proxy on it.

    A proxy adds a header or passes on the site's own Host. By default nginx does neither, but speaks HTTP/1.0.
    """
    peer = client_address(request.environ.get("REMOTE_ADDR", ""))
    is_forwarded = any(name.startswith(FORWARDED) for name in request.environ)
    is_old = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    return bool(peer and peer.is_loopback) and _has_local_host() and not is_forwarded and not is_old


def _has_local_host() -> bool:
    host = request.headers.get("Host", "")
    address = client_address(host)
    return address.is_loopback if address else host.lower().partition(":")[0] == "localhost"
