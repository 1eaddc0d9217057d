"""The server: gunicorn's arbiter keeps workers alive, and waitress answers in them.

The arbiter never opens the database and starts no thread, because workers are forked from it. A child process prepares
the database and ends before the fork.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import logging
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from screening.arbiter import CHECK, HEARTBEAT, LISTENER, Arbiter, Outgoing
from screening.purger import PREPARE_ONLY
from screening.server_libraries import require_server_libraries
from screening.settings.database_url import database_name
from screening.settings.trusted_hosts import network_location
from screening.shared_memory import SLOTS
from screening.site import site_of
from screening.storage import backups, questionnaire_versions, schema_revision
from screening.storage.database import db
from screening.storage.failures import OperationRefused, Unsuitable, explain_database_error
from screening.web.logs import OperatorFormatter
from screening.worker import WaitressWorker

log = logging.getLogger("screening")

# Seconds for workers to end after SIGTERM.
GRACE = 8
# Seconds until the kernel drops a client that acknowledges nothing.
UNACKNOWLEDGED = 60
# Connections that may wait to be accepted.
BACKLOG = 1024
# From <malloc.h>, for mallopt: the number of arenas of a process.
M_ARENA_MAX = -8
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # gunicorn makes a private file there


class Refused(Exception):
    """The server cannot start; the message says what to do."""


class ServerLog(Logger):  # type: ignore[misc]
    """gunicorn's own lines, in the form of ours."""

    def setup(self, cfg: object) -> None:
        """Give gunicorn's handlers our form."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(OperatorFormatter())


class Application(BaseApplication):  # type: ignore[misc]
    """gunicorn's settings, and the application that its workers serve.

    `prepares`: a worker upgrades an old database that did not answer at start.
    """

    def __init__(self, app: Flask, listening: int, workers: int, prepares: bool) -> None:
        self.flask_app = app
        self.prepares = prepares
        self.settings: dict[str, Any] = {
            "bind": f"fd://{listening}",
            "child_exit": forget_outgoing,
            "control_socket_disable": True,
            "graceful_timeout": GRACE,
            "logger_class": ServerLog,
            "loglevel": "warning",
            "pre_fork": give_slot,
            "preload_app": True,
            "timeout": HEARTBEAT,
            # Heartbeat files in memory, so that a full disk does not look like a stuck worker.
            "worker_tmp_dir": SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None,
            "when_ready": share_memory,
            "worker_class": WaitressWorker,
            "workers": workers,
        }
        super().__init__()

    def load_config(self) -> None:
        """Apply our settings in place of gunicorn's command line."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application, which exists already."""
        return self.flask_app

    def run(self) -> None:
        """Run the arbiter until it is told to stop."""
        Arbiter(self).run()


def serve(app: Flask, host: str, port: int, config: Config, prepare: Callable[[], None] | None) -> None:
    """Prepare the database, then serve until told to stop.

    `prepare` may upgrade the database. It runs in a separate process, at a start and never at a reload.

    Raises:
        Refused: the port is in use, a backup is being restored, or the schema does not fit this code. An unreachable
            database does not stop the start, because many pages work without it.
        UnsupportedLibrary: gunicorn or waitress has changed.
    """
    require_server_libraries()
    if os.environ.pop(PREPARE_ONLY, ""):
        sys.exit(prepared(app, prepare))
    check = os.environ.pop(CHECK, "")
    if check:
        if code := prepared(app, None):
            sys.exit(code)
        os.write(int(check), b"1")
        return
    is_replacing = LISTENER in os.environ
    listening = int(os.environ.pop(LISTENER)) if is_replacing else listen(host, port)
    try:
        with backups.while_serving(config.instance, database_name(config.database_url)):
            if not is_replacing:
                _prepare_in_child(app, prepare)
                log.info(
                    "Screening is at http://%s/ (Ctrl+C stops it, kill -HUP %d rereads questions).",
                    network_location(host, port),
                    os.getpid(),
                )
            Application(app, listening, config.workers, prepares=prepare is not None).run()
    except OperationRefused as reason:
        os.close(listening)
        raise Refused(str(reason)) from None


def listen(host: str, port: int) -> int:
    """Open the listening socket of all workers, and return its file descriptor.

    Raises:
        Refused: the socket cannot be opened.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise Refused(_explain_refusal(host, port, error)) from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED * 1000)
    return listening.detach()


def _explain_refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Stop what runs there, or set PORT to another number."
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}. Set PORT to a number above 1023."
    return f"{host} is not an address of this machine. Set HOST to one, such as 127.0.0.1."


def prepared(app: Flask, prepare: Callable[[], None] | None) -> int:
    """Prepare and check the database, print any problem, and return an exit code: 0 lets the site start."""
    try:
        with app.app_context():
            if prepare:
                prepare()
            # The engine for pages has time limits, so that a locked table does not keep the site from starting.
            if reason := schema_revision.why_unusable(db.engine):
                raise Refused(reason)
            questionnaire_versions.store_active_versions(db.engine, site_of(app).questionnaires)
    except (click.ClickException, OperationRefused, Refused, Unsuitable) as reason:
        click.echo(f"Error: {reason}", err=True)
        return 1
    except SQLAlchemyError as error:
        with app.app_context():
            explanation = explain_database_error(error, db.engine.url)
        click.echo(
            f"{explanation}\nUntil then patients can read and answer, but not share. The site retries by itself.",
            err=True,
        )
    return 0


def _prepare_in_child(app: Flask, prepare: Callable[[], None] | None) -> None:
    """Prepare in a child process that ends before workers are forked, so that they inherit no connection."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = prepared(app, prepare)
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)


def forget_outgoing(server: Arbiter, worker: object) -> None:
    """Note that a worker has ended (`child_exit` hook). An outgoing worker is not replaced."""
    if isinstance(worker, Outgoing):
        server.num_workers -= 1
    elif not server.is_stopping:
        log.warning("A worker has ended by itself. Another one takes its place.")
        site_of(server.app.flask_app).metrics.restarts.add()


def give_slot(server: Arbiter, worker: WaitressWorker) -> None:
    """Give a worker the lowest free slot of shared memory (`pre_fork` hook)."""
    taken = {other.slot for other in server.WORKERS.values() if isinstance(other, WaitressWorker)}
    # This process uses slot 0.
    worker.slot = next((slot for slot in range(1, SLOTS) if slot not in taken), 0)


def share_memory(_server: Arbiter) -> None:
    """Freeze loaded objects before the fork, so that workers share their memory (`when_ready` hook).

    With glibc, a worker's threads use a single arena, because each further arena would retain free memory.
    """
    gc.collect()
    gc.freeze()
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_ARENA_MAX, 1)
