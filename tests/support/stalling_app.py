"""`wsgi:app` with an endless response, on a server that cuts off clients that read nothing for one second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from screening import worker
from wsgi import app

worker.STALL_TIMEOUT = 1
site = app.wsgi_app


def endless() -> Iterator[bytes]:
    try:
        while True:
            yield bytes(100_000)
    finally:
        print("The endless answer was ended.", flush=True)


def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] != "/staff/endless":
        return site(environ, start)
    start("200 OK", [("Content-Type", "text/plain")])
    return endless()


app.wsgi_app = answer  # type: ignore[assignment, method-assign]
