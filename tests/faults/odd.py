"""`wsgi:app` in workers with one oddity, named by ODD, and with short timeouts that detect it soon."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from screening import arbiter, server, threads
from screening.worker import WaitressWorker
from wsgi import app

ODD = os.environ.get("ODD", "")
arbiter.HEARTBEAT = server.HEARTBEAT = 3  # type: ignore[attr-defined]
arbiter.SUSPENDED, threads.STUCK_AFTER = 2, 1
site, run = app.wsgi_app, WaitressWorker.run


def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Answer, but hang on `/stuck`."""
    if environ["PATH_INFO"] == "/stuck":
        time.sleep(600)
    return site(environ, start)


def run_oddly(worker: WaitressWorker) -> None:
    """Begin to serve; if ODD says so, every second worker dies first."""
    if ODD == "raises" and worker.age % 2:
        raise RuntimeError("someone said: low mood")
    if ODD == "exits with 3" and worker.age % 2:
        os._exit(3)
    run(worker)


app.wsgi_app = answer  # type: ignore[assignment, method-assign]
WaitressWorker.run = run_oddly  # type: ignore[method-assign, assignment]
