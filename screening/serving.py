"""Granian, started so that what it serves was checked before, and never beside another server on one port."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from datetime import UTC, datetime

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from config import Config
from screening.questionnaire.model import Questionnaire
from screening.retention import keep_purging
from screening.storage import versions
from screening.storage.database import db, migrations
from screening.web.metrics import share_among_workers

# Pages are computed, not waited for: more threads than this would only take turns.
THREADS = 4
# Bytes of request line and headers; ours, with the fullest cookie, are far below.
MOST_HEADERS = 32 * 1024


class Refused(Exception):
    """The server cannot start; the message says what to do."""


def serve(app: Flask, host: str, port: int, config: Config, questionnaires: Iterable[Questionnaire]) -> None:
    """Keep the versions served, purge what is over its time, then serve `wsgi:app` until told to stop.

    Raises:
        Refused: the port is in use, or the database is not in the form that this code needs.
    """
    if _is_taken(host, port):
        raise Refused(f"Port {port} of {host} is in use. Stop what runs there, or set PORT to another number.")
    if migrations.needs_upgrade():
        raise Refused("The database is not up to date. Run flask --app wsgi database upgrade.")
    with db.sessionmaker() as session:
        for questionnaire in questionnaires:
            versions.keep(session, questionnaire, datetime.now(UTC).date())
    keep_purging(app, config.retention_days)
    share_among_workers(config.instance / "metrics")
    # Workers are forked from here, so that files are read once; a connection must not be shared with them.
    db.engine.dispose()
    click.echo(f"Screening is at http://{host}:{port}/ (Ctrl+C stops it).")
    Granian(
        "wsgi:app",
        host,
        port,
        interface=Interfaces.WSGI,
        workers=config.workers,
        blocking_threads=THREADS,
        http1_settings=HTTP1Settings(max_buffer_size=MOST_HEADERS),
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


def _is_taken(host: str, port: int) -> bool:
    # Two Granians on one port are accepted silently, and each would answer some of the requests.
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
