"""Kept no longer than said: what is over its time, shared, saved or backed up, is deleted at the start and every hour.

An hourly purge also clears the files of what a patient deleted while another reader was in the way.
"""

from __future__ import annotations

from flask import Flask, current_app
from sqlalchemy.orm import Session

from screening.storage import audit, purging
from screening.storage.database import unpooled_engine
from screening.storage.purging import Over


def purge(retention_days: int) -> Over:
    """Delete every submission of older weeks, every saved draft over its last day, and every backup over its life."""
    extensions = current_app.extensions
    with Session(unpooled_engine()) as session:
        return purging.purge(
            session, extensions["audit_key"], audit.COMMAND_LINE, retention_days, extensions["backups"]
        )


def purge_as_set(app: Flask) -> Over:
    """Purge what is over its time by the retention that is set."""
    return purge(app.extensions["retention_days"])
