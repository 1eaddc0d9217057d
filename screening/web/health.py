"""For machines: is the process alive, and can it do its work."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy.exc import SQLAlchemyError

from screening.storage.database import migrations

health = Blueprint("health", __name__, url_prefix="/healthz")


@health.get("/live")
def live() -> Response:
    """Whether the process answers."""
    return Response("live\n", mimetype="text/plain")


@health.get("/ready")
def ready() -> Response:
    """Whether the database answers, with the schema of this code."""
    try:
        is_ready = not migrations.needs_upgrade()
    except SQLAlchemyError:
        is_ready = False
    text, status = ("ready\n", 200) if is_ready else ("not ready\n", 503)
    return Response(text, status, mimetype="text/plain")
