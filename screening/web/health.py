"""Probes for machines: is the process alive, and can it store what patients share."""

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

# Seconds within which a probe has its answer.
LIMIT = 1.0


class ReadinessCheck:
    """One look at the database, in a thread and on a connection of its own. Whoever asks meanwhile shares its answer.

    A database that hangs holds this one thread and no other.
    """

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.began = time.monotonic()
        self.is_ready = False
        self.done = Event()
        Thread(target=self._look, name="readiness", daemon=True).start()

    def answer(self) -> bool:
        """Whether the site is ready; no, if that is not known in time."""
        # A look that takes too long gets no more patience from whoever asks next.
        patience = min(LIMIT, max(0.0, self.began + 2 * LIMIT - time.monotonic()))
        return self.done.wait(patience) and self.is_ready

    def _look(self) -> None:
        site = site_of(self.app)
        served = [questionnaire.version for questionnaire in site.questionnaires]
        try:
            with self.app.app_context(), unpooled_engine().connect() as connection:
                is_writable = not site.memory.flag(Flag.LAST_WRITE_FAILED)
                self.is_ready = schema_revision.is_ready(connection, served) and is_writable
        except (SQLAlchemyError, OSError):
            self.is_ready = False
        finally:
            self.done.set()


class Readiness:
    """Answers readiness probes, at most one look at the database at a time."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.lock = Lock()
        self.check: ReadinessCheck | None = None

    def begin(self) -> ReadinessCheck:
        """Look, unless a look is under way."""
        with self.lock:
            if self.check is None or self.check.done.is_set():
                self.check = ReadinessCheck(self.app)
            return self.check

    def ask(self) -> bool:
        """Whether the site is ready, within a second."""
        return self.begin().answer()


def init_health(app: Flask) -> None:
    """Serve the probes."""
    app.register_blueprint(health)


@health.get("/live")
def live() -> Response:
    """Whether the process answers."""
    return Response("live\n", mimetype="text/plain")


@health.get("/ready")
def ready() -> Response:
    """Whether shares can be stored: the database answers, its schema fits, its disk has room, the last write worked."""
    text, status = ("ready\n", 200) if site().readiness.ask() else ("not ready\n", 503)
    return Response(text, status, mimetype="text/plain")
