"""Kept no longer than said: what is over its time, shared, saved or backed up, is deleted at the start and every hour.

An hourly purge also clears the files of what a patient deleted while another reader was in the way.
"""

from __future__ import annotations

import logging
from threading import Event, Thread

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from screening.storage import audit, purging
from screening.storage.database import db
from screening.storage.purging import Over

log = logging.getLogger("screening")

EVERY = 60 * 60


def purge(retention_days: int) -> Over:
    """Delete every submission of older weeks, every saved draft over its last day, and every backup over its life."""
    extensions = current_app.extensions
    with db.sessionmaker() as session:
        return purging.purge(
            session, extensions["audit_key"], audit.COMMAND_LINE, retention_days, extensions["backups"]
        )


def keep_purging(app: Flask, retention_days: int) -> None:
    """Purge now, and from now on every hour, as long as this process lives.

    Raises:
        SQLAlchemyError: the first purge failed.
    """
    purge(retention_days)
    Thread(target=_each_hour, args=(app, retention_days), name="purge", daemon=True).start()


def _each_hour(app: Flask, retention_days: int) -> None:
    pause = Event()
    while not pause.wait(EVERY):
        _purge_once_more(app, retention_days)


def _purge_once_more(app: Flask, retention_days: int) -> None:
    try:
        with app.app_context():
            purge(retention_days)
            # Workers may be forked from here later; a connection must not be shared with them.
            db.engine.dispose()
    except SQLAlchemyError as error:
        log.error("%s while purging; tried again in an hour", type(error).__name__)
