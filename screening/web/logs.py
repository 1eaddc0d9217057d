"""Log lines of failed requests: the route and the class of the error, nothing about the person or the content."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, request

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
