"""What a log may tell of a request that failed: which route, and what kind of error. Nothing of who or what."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any

from flask import Flask, request

log = logging.getLogger("screening")


def without_traceback(record: logging.LogRecord) -> bool:
    """Keep the kind of an error and nothing else: messages and tracebacks can hold SQL with what it is given."""
    if record.exc_info:
        kind = record.exc_info[0]
        record.msg, record.args, record.exc_info = "%s", (kind.__name__ if kind else "Error",), None
    return True


# Flask writes to this logger too.
log.addFilter(without_traceback)
# What it says of connections that broke, a page or a command says in a sentence.
logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)


class QuietFlask(Flask):
    """Flask, but an error's address, message and traceback are not written: each could hold an answer."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Nothing here is async, so nothing needs to be asked whether it is."""
        return func

    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Log the route's name and the class of the error."""
        kind, _, trace = exc_info
        while trace and trace.tb_next:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}" if trace else "unknown"
        log.error("%s in %s at %s", kind.__name__ if kind else "Error", request.endpoint, place)
