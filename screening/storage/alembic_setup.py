"""Alembic's set-up. Only migrations import it, which saves the serving processes Alembic's memory."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic.util import CommandError
from flask import current_app
from flask_alembic import Alembic
from sqlalchemy import text

from screening.storage.failures import NEWER, Unsuitable
from screening.storage.tables import Base

_ALEMBIC = Alembic(metadatas=Base.metadata, run_mkdir=False, command_name="")
# Its INFO lines would hide what an operator must see.
logging.getLogger("alembic").setLevel(logging.WARNING)


def migrations() -> Alembic:
    """Return Alembic for the current application."""
    # Flask-Alembic stores the application itself, so it must not get the proxy.
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    if "alembic" not in app.extensions:
        app.config["ALEMBIC"] = {"script_location": str(Path(__file__).parent / "migrations")}
        _ALEMBIC.init_app(app)
    return _ALEMBIC


def upgrade_schema() -> None:
    """Run pending migrations without PostgreSQL's timeouts, since some rewrite a table.

    Raises:
        Unsuitable: the database was upgraded by a newer release.
    """
    connection = migrations().migration_context.connection
    if connection is not None and connection.dialect.name != "sqlite":
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.commit()
    try:
        migrations().upgrade()
    except CommandError as error:
        if "Can't locate revision" not in str(error):
            raise
        raise Unsuitable(NEWER) from None
