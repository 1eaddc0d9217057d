"""Logging: time, level and process; for a failed request, its endpoint and the class of the error.

Lines contain no personal data. A line logged during a request has a date but no time, which would be that of a visit.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, has_request_context, request

log = logging.getLogger("screening")


def without_traceback(record: logging.LogRecord) -> bool:
    """Keep only the class of an error: messages and tracebacks can contain SQL with its parameters."""
    if record.exc_info:
        kind = record.exc_info[0]
        record.msg, record.args, record.exc_info = "%s", (kind.__name__ if kind else "Error",), None
    return True


# Flask logs to this logger too.
log.addFilter(without_traceback)
# Pages and commands report broken connections themselves.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


class OperatorFormatter(logging.Formatter):
    """Log line format: time (UTC), level, process and message. systemd's journal adds the first three itself."""

    def __init__(self) -> None:
        is_journal = bool(os.environ.get("JOURNAL_STREAM"))
        super().__init__("%(message)s" if is_journal else "%(asctime)s %(levelname)s [%(process)d] %(message)s")

    def formatTime(self, record: logging.LogRecord, _datefmt: str | None = None) -> str:  # noqa: N802  # of logging
        """Return the time, or during a request only the date."""
        form = "%Y-%m-%d" if has_request_context() else "%Y-%m-%dT%H:%M:%SZ"
        return time.strftime(form, time.gmtime(record.created))


def log_to_stderr() -> None:
    """Write the site's log lines, from INFO on, to stderr, whether the server or a command causes them."""
    handler = logging.StreamHandler()
    handler.setFormatter(OperatorFormatter())
    log.handlers[:] = [handler]
    log.setLevel(logging.INFO)


class QuietFlask(Flask):
    """Flask without an error's URL, message and traceback in the log: each could contain an answer."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Skip Flask's check for async functions; there are none."""
        return func

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log the class of the error, the endpoint, and the function and line that raised it."""
        kind, _, trace = exc_info
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"
        log.error("%s in %s at %s", kind.__name__ if kind else "Error", request.endpoint, place)
