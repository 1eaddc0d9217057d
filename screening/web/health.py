"""Liveness and readiness probes: does the process respond, and can it store submissions."""

from __future__ import annotations

import time
from threading import Event, Lock, Thread

from flask import Blueprint, Flask, Response
from sqlalchemy.exc import SQLAlchemyError

from screening.shared_memory import Flag
from screening.site import site, site_of
from screening.storage import schema_revision
from screening.storage.database import unpooled_engine

health = Blueprint("health", __name__, url_prefix="/healthz")

# The most seconds that a probe waits for its answer.
LIMIT = 1.0


class ReadinessCheck:
    """One check of the database, in its own thread and on its own connection. Concurrent probes share its result.

    A database that hangs blocks only this thread.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.began = time.monotonic()
        self.is_ready = False
        self.done = Event()
        Thread(target=self._run, name="readiness", daemon=True).start()

    def answer(self) -> bool:
        """Whether the site is ready; False if the result comes too late."""
        # A check that is late already does not delay later probes as well.
        timeout = min(LIMIT, max(0.0, self.began + 2 * LIMIT - time.monotonic()))
        return self.done.wait(timeout) and self.is_ready

    def _run(self) -> None:
        site = site_of(self.app)
        active = [questionnaire.version for questionnaire in site.questionnaires]
        try:
            with self.app.app_context(), unpooled_engine().connect() as connection:
                is_writable = not site.memory.flag(Flag.LAST_WRITE_FAILED)
                self.is_ready = schema_revision.is_ready(connection, active) and is_writable
        except (SQLAlchemyError, OSError):
            self.is_ready = False
        finally:
            self.done.set()


class Readiness:
    """Answers readiness probes with at most one check of the database at a time."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lock = Lock()
        self.check: ReadinessCheck | None = None

    def begin(self) -> ReadinessCheck:
        """Start a check, or return the running one."""
        with self.lock:
            if self.check is None or self.check.done.is_set():
                self.check = ReadinessCheck(self.app)
            return self.check

    def ask(self) -> bool:
        """Whether the site is ready; answers within a second."""
        return self.begin().answer()


def init_health(app: Flask) -> None:
    """Register the probes."""
    app.register_blueprint(health)


@health.get("/live")
def live() -> Response:
    """Confirm that the process responds (liveness probe)."""
    return Response("live\n", mimetype="text/plain")


@health.get("/ready")
def ready() -> Response:
    """Say whether shares can be stored: database up, schema current, disk not full, last write succeeded."""
    text, status = ("ready\n", 200) if site().readiness.ask() else ("not ready\n", 503)
    return Response(text, status, mimetype="text/plain")
