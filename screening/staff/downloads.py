"""Downloads that are written while they are read: one at a time in each process, for a limited time.

A file that is cut short is recognizable: its Content-Length is sent first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock

from flask import Response, session
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable

from screening.questionnaire.packing import NotPacked
from screening.staff.auth.sessions import StaffVisit
from screening.storage import accounts
from screening.storage.database import db

log = logging.getLogger("screening")

# Seconds. A slower download would hold a thread that patients need, and the write-ahead log of what they delete.
LONGEST_DOWNLOAD = 15 * 60
# One download per process: each holds one of the few threads that serve patients until it is read.
one_at_a_time = Lock()


class ExportBusy(ServiceUnavailable):
    """503: another file is being downloaded."""


class BrokenExport(Exception):
    """The file is cut short. The client sees it from Content-Length; the log says why."""


@contextmanager
def reserved_download() -> Iterator[ExitStack]:
    """Reserve this process's download, and release it with the yielded resources.

    Raises:
        ExportBusy: another download is running.
    """
    if not one_at_a_time.acquire(blocking=False):
        raise ExportBusy
    with ExitStack() as resources:
        resources.callback(one_at_a_time.release)
        yield resources


def streamed(file: Response, size: int, chunks: Iterator[bytes], roles: tuple[str, ...], held: ExitStack) -> Response:
    """Send `chunks` of `size` bytes in all as the file's content, while the session has one of the roles.

    The response takes over the resources in `held`.
    """
    resources = held.pop_all()
    file.content_length = size
    file.response = _stream(chunks, _time_and_access(roles), resources)
    # A generator that is never started does not run its cleanup.
    file.call_on_close(resources.close)
    return file


def attached(name: str, mimetype: str, content: str = "") -> Response:
    """Return a response that the browser saves as a file."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _stream(chunks: Iterator[bytes], may_go_on: Callable[[], bool], resources: ExitStack) -> Iterator[bytes]:
    """Yield the chunks. Log only the class name of an error, which cannot contain data."""
    with resources:
        try:
            for chunk in chunks:
                if not may_go_on():
                    raise BrokenExport
                yield chunk
        except (SQLAlchemyError, NotPacked) as error:
            log.error("%s while exporting", type(error).__name__)
            raise BrokenExport from None


def _time_and_access(roles: tuple[str, ...]) -> Callable[[], bool]:
    """Return a function that tells whether time is left and the session still has access."""
    assert isinstance(session, StaffVisit)
    row, until, sessions = session.row, time.monotonic() + LONGEST_DOWNLOAD, db.sessionmaker

    def may_go_on() -> bool:
        with sessions() as now:
            return time.monotonic() < until and accounts.role_of_session(now, row) in roles

    return may_go_on
