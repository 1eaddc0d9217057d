"""Background work in a thread of one worker: start-up work, then a purge every hour.

A purge deletes expired records, saved drafts and backups. No page waits for it or fails with it. The worker that holds
the lock does it; when that one ends, another takes over. The thread also clears the database files of deletions that a
reader delayed.
"""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from screening.shared_memory import Flag
from screening.site import site_of
from screening.storage import audit, expiry, questionnaire_versions, schema_revision
from screening.storage.backups import Backups
from screening.storage.database import db, try_to_write, unpooled_engine
from screening.storage.expiry import ClockAlarm, Expired
from screening.storage.schema_revision import SchemaFit
from screening.storage.secure_delete import forget_if_due

log = logging.getLogger("screening")

# Seconds between two purges; between two attempts to take over, or to reach the database.
PURGE_INTERVAL: float = 60 * 60
RETRY_SECONDS = 5.0
LOCK = "purging"
# The variable that makes another process of this program only prepare the database.
PREPARE_ONLY = "SCREENING_PREPARE_ONLY"


def purge_now(audit_key: str, retention_days: int, backups: Backups) -> Expired:
    """Delete all expired submissions, saved drafts and backups on request, even if the clock may be wrong.

    Today becomes the day of the last purge.
    """
    with Session(unpooled_engine()) as session:
        expired = expiry.purge_expired(session, audit_key, audit.COMMAND_LINE, retention_days, backups)
    _log_purge()
    return expired


def purge_automatically(app: Flask, counts_hour: bool) -> Expired | None:
    """Delete the same automatically. If the clock may be wrong, log why and return None.

    `counts_hour`: an hour of running passed since the last call, so this is not the call at start.

    Raises:
        SQLAlchemyError: the purge could not be recorded, and nothing shared was deleted.
    """
    site = site_of(app)
    with app.app_context(), Session(unpooled_engine()) as session:
        result = expiry.purge_expired_automatically(
            session, site.audit_key, site.retention_days, site.backups, counts_hour
        )
    if isinstance(result, ClockAlarm):
        log.error("%s", result)
        return None
    _log_purge()
    return result


def _log_purge() -> None:
    # How many would reveal how many shared, and saved for later, on one day.
    log.info("Purged what has expired.")


def start_purger(app: Flask, prepares: bool) -> None:
    """Start the thread. It opens the database, so this process must not fork afterward.

    `prepares`: the thread upgrades an old database as soon as it answers.
    """
    Thread(target=Purger(app, prepares).run, name="purger", daemon=True).start()


class Purger:
    """The work of one process. `failure` is the last one logged, so that a long outage writes a single line."""

    def __init__(self, app: Flask, prepares: bool) -> None:
        self.app = app
        self.site = site_of(app)
        self.prepares = prepares
        self.failure = ""

    def run(self) -> None:
        """Wait for the lock, then work for as long as the process lives."""
        lock = self.site.instance / LOCK
        while not self._succeeds("waiting for its turn to purge", partial(wait_for_turn, lock)):
            time.sleep(RETRY_SECONDS)
        while not self._succeeds("starting", self._start_up):
            time.sleep(RETRY_SECONDS)
        due, purge = time.monotonic(), partial(purge_automatically, self.app)
        # The purge at start does not count as an hour of running, since repeated starts must not add up.
        counts_hour = False
        while True:
            if time.monotonic() >= due and self._succeeds("purging", partial(purge, counts_hour)):
                due, counts_hour = time.monotonic() + PURGE_INTERVAL, True
            self._succeeds("clearing deleted data from the files", lambda: forget_if_due(unpooled_engine()))
            if self.site.memory.flag(Flag.LAST_WRITE_FAILED):
                self._succeeds("writing", partial(try_to_write, self.site.memory))
            with self.app.app_context():
                stay_connected()
            time.sleep(min(RETRY_SECONDS, PURGE_INTERVAL))

    def _start_up(self) -> None:
        """Do what the start could not do because the database was unavailable or full."""
        if self.prepares:
            with unpooled_engine().connect() as connection:
                is_old = schema_revision.compare_schema(connection) is SchemaFit.OLD
            if is_old:
                # A separate process, because any request that ends here would close the migrations' connection.
                subprocess.run([sys.executable, *sys.orig_argv[1:]], env=os.environ | {PREPARE_ONLY: "1"}, check=False)  # noqa: S603  # itself
        questionnaire_versions.store_active_versions(unpooled_engine(), self.site.questionnaires)

    def _succeeds(self, what: str, work: Callable[[], object]) -> bool:
        try:
            with self.app.app_context():
                work()
        except (SQLAlchemyError, OSError) as error:
            failure = f"{type(error).__name__} while {what}"
            if failure != self.failure:
                log.error("%s; retrying every few seconds", failure)
            self.failure = failure
            return False
        self.failure = ""
        return True


def stay_connected() -> None:
    """Keep a connection to PostgreSQL open, so that other hosts see what this one serves. Never fails."""
    if db.engine.dialect.name != "sqlite":
        # It returns to the pool, which keeps it. If that fails, a later turn tries again.
        with suppress(SQLAlchemyError), db.engine.connect():
            return


def wait_for_turn(path: Path) -> None:
    """Wait for the exclusive lock, which this process then holds for as long as it lives.

    Raises:
        OSError: the lock's file cannot be opened.
    """
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Another worker holds it.
            time.sleep(RETRY_SECONDS)
        else:
            return
