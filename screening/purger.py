"""What a served site does by itself, in a thread of one worker: start-up work, then a purge every hour.

No page waits for it or fails with it. The worker that holds the lock does it; when that one ends, another takes over.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from screening import retention
from screening.storage import versions

log = logging.getLogger("screening")

# Seconds between two purges; between two attempts to take over, or to reach the database.
EVERY = 60 * 60
RETRY = 5.0
LOCK = "purging"


def start(app: Flask) -> None:
    """Begin the work in this process. It opens the database, so no process is forked from here any more."""
    Thread(target=_work, args=(app,), name="purger", daemon=True).start()


def _work(app: Flask) -> None:
    _wait_for_turn(app.extensions["instance"] / LOCK)
    while not _try(app, "starting", versions.keep_served):
        time.sleep(RETRY)
    last = -float("inf")
    while True:
        if time.monotonic() - last >= EVERY and _try(app, "purging", retention.purge_as_set):
            last = time.monotonic()
        time.sleep(min(RETRY, EVERY))


def _wait_for_turn(path: Path) -> None:
    """Return once this process alone holds the lock, which it keeps for as long as it lives."""
    lock = -1
    while True:
        try:
            lock = lock if lock >= 0 else os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            # Another worker has it, or the disk is full.
            time.sleep(RETRY)
        else:
            return


def _try(app: Flask, what: str, work: Callable[[Flask], object]) -> bool:
    try:
        with app.app_context():
            work(app)
    except (SQLAlchemyError, OSError) as error:
        log.error("%s while %s; tried again soon", type(error).__name__, what)
        return False
    return True
