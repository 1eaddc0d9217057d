"""What a served site does by itself, in a thread of one worker: start-up work, then a purge every hour.

A purge deletes what is over its time, shared, saved or backed up. No page waits for it or fails with it. The worker
that holds the lock does it; when that one ends, another takes over. An hourly purge also clears the files of what a
patient deleted while another reader was in the way.
"""

from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
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
from screening.storage.database import try_to_write, unpooled_engine
from screening.storage.expiry import ClockAlarm, Expired
from screening.storage.schema_revision import SchemaFit
from screening.storage.secure_delete import forget_if_due

log = logging.getLogger("screening")

# Seconds between two purges; between two attempts to take over, or to reach the database.
PURGE_INTERVAL: float = 60 * 60
RETRY_SECONDS = 5.0
LOCK = "purging"
# Tells a second process of this program to prepare the database and to end.
PREPARE_ONLY = "SCREENING_PREPARE_ONLY"


def purge_now(audit_key: str, retention_days: int, backups: Backups) -> Expired:
    """Delete every submission of older weeks, every saved draft over its last day, and every backup over its life.

    Somebody asked for it, so it is done though the clock may be wrong. Today becomes the day of the last purge.
    """
    with Session(unpooled_engine()) as session:
        return expiry.purge_expired(session, audit_key, audit.COMMAND_LINE, retention_days, backups)


def purge_automatically(app: Flask, counts_hour: bool) -> Expired | None:
    """Delete the same by itself, unless the clock may be wrong: then None, and the log says why.

    `counts_hour`: an hour of running went by since the last call, so this is not the call at start.

    Raises:
        SQLAlchemyError: where it cannot be written, nothing shared is deleted.
    """
    site = site_of(app)
    with app.app_context(), Session(unpooled_engine()) as session:
        done = expiry.purge_expired_automatically(
            session, site.audit_key, site.retention_days, site.backups, counts_hour
        )
    if isinstance(done, ClockAlarm):
        log.error("%s", done)
        return None
    return done


def held() -> float:
    """1 while the automatic purge is held back because the clock may be wrong, otherwise 0: a gauge.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    with Session(unpooled_engine()) as session:
        return float(expiry.is_purge_held(session))


def start_purger(app: Flask, prepares: bool) -> None:
    """Begin the work in this process. It opens the database, so no process may be forked from here any more.

    `prepares`: an old database is upgraded as soon as it answers.
    """
    Thread(target=Purger(app, prepares).run, name="purger", daemon=True).start()


class Purger:
    """The work of one process. `failure` is what failed last: a long outage writes one line and not thousands."""

    def __init__(self, app: Flask, prepares: bool) -> None:
        self.app = app
        self.site = site_of(app)
        self.prepares = prepares
        self.failure = ""

    def run(self) -> None:
        """Wait for the turn, then work for as long as the process lives."""
        wait_for_turn(self.site.instance / LOCK)
        while not self._has_done("starting", self._start_up):
            time.sleep(RETRY_SECONDS)
        due, purge = time.monotonic(), partial(purge_automatically, self.app)
        # The purge at a start does not count as an hour of running: starts in a row must not add up.
        counts_hour = False
        while True:
            if time.monotonic() >= due and self._has_done("purging", partial(purge, counts_hour)):
                due, counts_hour = time.monotonic() + PURGE_INTERVAL, True
            self._has_done("clearing what was deleted", lambda: forget_if_due(unpooled_engine()))
            if self.site.memory.flag(Flag.LAST_WRITE_FAILED):
                self._has_done("writing", partial(try_to_write, self.site.memory))
            time.sleep(min(RETRY_SECONDS, PURGE_INTERVAL))

    def _start_up(self) -> None:
        """Do what a start could not do, because the database was away or full."""
        if self.prepares:
            with unpooled_engine().connect() as connection:
                is_old = schema_revision.compare_schema(connection) is SchemaFit.OLD
            if is_old:
                # In a process of its own: here, any request that ends would close the connection of the migrations.
                subprocess.run([sys.executable, *sys.orig_argv[1:]], env=os.environ | {PREPARE_ONLY: "1"}, check=False)  # noqa: S603  # itself
        questionnaire_versions.store_active_versions(unpooled_engine(), self.site.questionnaires)

    def _has_done(self, what: str, work: Callable[[], object]) -> bool:
        try:
            with self.app.app_context():
                work()
        except (SQLAlchemyError, OSError) as error:
            failure = f"{type(error).__name__} while {what}"
            if failure != self.failure:
                log.error("%s; tried again every few seconds", failure)
            self.failure = failure
            return False
        self.failure = ""
        return True


def wait_for_turn(path: Path) -> None:
    """Return once this process alone holds the lock, which it keeps for as long as it lives."""
    lock = -1
    while True:
        try:
            lock = lock if lock >= 0 else os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Another worker has it, or the disk is full.
            time.sleep(RETRY_SECONDS)
        else:
            return
