"""Kept no longer than said: what is over its time, shared, saved or backed up, is deleted at the start and every hour.

An hourly purge also clears the files of what a patient deleted while another reader was in the way.
"""

from __future__ import annotations

import logging

from flask import Flask, current_app
from sqlalchemy.orm import Session

from screening.storage import audit, expiry
from screening.storage.database import unpooled_engine
from screening.storage.expiry import Alarm, Over

log = logging.getLogger("screening")


def purge(retention_days: int) -> Over:
    """Delete every submission of older weeks, every saved draft over its last day, and every backup over its life.

    Somebody asked for it, so it is done though the clock may be wrong. Today becomes the day of the last purge.
    """
    extensions = current_app.extensions
    with Session(unpooled_engine()) as session:
        return expiry.purge(session, extensions["audit_key"], audit.COMMAND_LINE, retention_days, extensions["backups"])


def purge_automatically(app: Flask, counts_hour: bool) -> Over | None:
    """Delete the same by itself, unless the clock may be wrong: then None, and the log says why.

    `counts_hour`: an hour of running went by since the last call, so this is not the call at start.

    Raises:
        SQLAlchemyError: where it cannot be written, nothing shared is deleted.
    """
    extensions = app.extensions
    with app.app_context(), Session(unpooled_engine()) as session:
        done = expiry.purge_automatically(
            session, extensions["audit_key"], extensions["retention_days"], extensions["backups"], counts_hour
        )
    if isinstance(done, Alarm):
        log.error("%s", done)
        return None
    return done


def held() -> float:
    """1 while the automatic purge is held back because the clock may be wrong, otherwise 0: a gauge.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    with Session(unpooled_engine()) as session:
        return float(expiry.is_held(session))
