"""Granian, started so that what it serves was checked before, and never beside another server on one port."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from flask import Flask
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer
from sqlalchemy.exc import SQLAlchemyError

from config import Config, ConfigError
from screening.questionnaire.document import BadQuestions
from screening.retention import keep_purging
from screening.storage import backups, versions
from screening.storage.backups import Impossible
from screening.storage.database import db, migrations
from screening.web.metrics import share_among_workers

# Pages are computed, not waited for: more threads than this would only take turns.
THREADS = 4
# Milliseconds for which an answer may not be read at all. It would hold one of the threads for ever.
STALLED = 60_000
# Seconds in which a worker can finish its answers before it is ended: one told to stop while it starts may not hear.
STOPPING = 10
# Bytes of request line and headers; ours, with the fullest cookie, are far below.
MOST_HEADERS = 32 * 1024


class Refused(Exception):
    """The server cannot start; the message says what to do."""


class Server(MPServer):
    """Granian that takes question files over on SIGHUP: checked first, and while that fails nothing changes."""

    def __init__(self, app: Flask, remake: Callable[[], Flask], host: str, port: int, workers: int) -> None:
        super().__init__(
            "wsgi:app",
            host,
            port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=THREADS,
            workers_kill_timeout=STOPPING,
            http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADERS),
            log_level=LogLevels.warning,
            websockets=False,
        )
        self.app = app
        self.remake = remake
        self.is_asked = self.is_checking = False

    def signal_handler_reload(self, *arguments: Any, **more: Any) -> None:
        """Check the files anew; only if they are right, let new workers take over from the old ones."""
        self.is_asked = True
        if self.is_checking:
            # The check under way looks once more when it is done.
            return
        self.is_checking = True
        while self.is_asked:
            self.is_asked = False
            try:
                app = self.remake()
                keep_versions(app)
            except (BadQuestions, ConfigError, SQLAlchemyError) as error:
                click.echo(f"{error}\nNothing was changed: patients still see the questions as they were.")
            else:
                self.app = app
                click.echo("The question files are right. New workers take over with them.")
                super().signal_handler_reload(*arguments, **more)  # type: ignore[no-untyped-call]
        self.is_checking = False

    def _init_shared_socket(self) -> None:
        """Listen once for all workers, with what Granian has no setting for: who reads nothing is cut off."""
        super()._init_shared_socket()  # type: ignore[no-untyped-call]
        if sys.platform != "linux":
            # Elsewhere there is no such option, and no site of a clinic.
            return
        address: Any = self._ssp
        listening = address.build()
        self._ssp, self._shd = None, listening
        self._sso = socket.socket(fileno=listening.get_fd())
        self._sso.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED)
        self._sso.set_inheritable(True)

    def serve_until_stopped(self) -> None:
        """Serve; each worker is forked from here, and has the application that was checked last."""
        self.serve(target_loader=lambda: self.app, wrap_loader=False)


def serve(app: Flask, remake: Callable[[], Flask], host: str, port: int, config: Config) -> None:
    """Keep the versions served, purge what is over its time, then serve until told to stop.

    `remake` makes the application anew from the question files.

    Raises:
        Refused: the port is in use, a backup is being restored, or the database is in another form than this code
            needs.
    """
    if _is_taken(host, port):
        raise Refused(f"Port {port} of {host} is in use. Stop what runs there, or set PORT to another number.")
    if migrations.needs_upgrade():
        raise Refused("The database is not up to date. Run flask --app wsgi database upgrade.")
    try:
        with backups.served(config.instance):
            _serve(app, remake, host, port, config)
    except Impossible as reason:
        raise Refused(str(reason)) from None


def _serve(app: Flask, remake: Callable[[], Flask], host: str, port: int, config: Config) -> None:
    keep_versions(app)
    keep_purging(app, config.retention_days)
    share_among_workers(config.instance / "metrics")
    click.echo(f"Screening is at http://{host}:{port}/ (Ctrl+C stops it, kill -HUP {os.getpid()} rereads questions).")
    Server(app, remake, host, port, config.workers).serve_until_stopped()


def keep_versions(app: Flask) -> None:
    """Keep the versions of the questionnaires that an application serves."""
    with app.app_context():
        with db.sessionmaker() as session:
            for questionnaire in app.extensions["questionnaires"]:
                versions.keep(session, questionnaire, datetime.now(UTC).date())
        # Workers are forked from here, so that files are read once; a connection must not be shared with them.
        db.engine.dispose()


def _is_taken(host: str, port: int) -> bool:
    # Two Granians on one port are accepted silently, and each would answer some of the requests.
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
