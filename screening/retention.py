"""Kept no longer than said: what is over its time, shared or saved, is deleted when the site starts and every hour.

An hourly purge also clears the files of what a patient deleted while another reader was in the way.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from threading import Event, Thread
from typing import NamedTuple

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from screening.storage import audit, saved, submissions, weeks
from screening.storage.database import db

log = logging.getLogger("screening")

EVERY = 60 * 60


class Purged(NamedTuple):
    """How many went."""

    submissions: int
    drafts: int


def oldest_kept(retention_days: int) -> int:
    """The first week that is kept today."""
    return weeks.oldest_kept(datetime.now(UTC).date(), retention_days)


def purge(retention_days: int) -> Purged:
    """Delete every submission of older weeks, and every saved draft that is over its last day."""
    today = datetime.now(UTC).date()
    with db.sessionmaker() as session:
        drafts = saved.purge(session, today)
        number = submissions.purge(session, oldest_kept(retention_days))
        if number:
            key: str = current_app.extensions["audit_key"]
            audit.append(session, key, audit.COMMAND_LINE, audit.Action.PURGED, today)
        return Purged(number, drafts)


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
