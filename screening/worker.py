"""A gunicorn worker that runs waitress, which buffers whole requests and answers outside the threads.

Pages without the database have their own threads, so a database that hangs does not block them.
"""

from __future__ import annotations

import logging
import os
import resource
import sys
import time
from typing import Any
from weakref import WeakKeyDictionary

from flask import Flask
from gunicorn.workers.base import Worker
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, WSGITask
from waitress.wasyncore import loop

from screening import purger
from screening.site import site_of
from screening.storage.database import db, unpooled_engine
from screening.storage.failover import start_failover_watch
from screening.threads import Dispatcher
from screening.web.errors import early_page
from screening.web.headers import HEADERS
from screening.web.proxy_check import RECEIVED_IN
from screening.web.request_kind import request_kind

log = logging.getLogger("screening")

# Connections of one worker, and file descriptors for everything else.
MAX_CONNECTIONS, OTHER_DESCRIPTORS = 4_000, 200
# Bytes. Longer chunks are split, so that a buffer never overflows into a file on disk.
LONGEST_CHUNK = 64 * 1024
WAITRESS_SETTINGS: dict[str, Any] = {
    "asyncore_use_poll": True,
    "channel_timeout": 30,
    "cleanup_interval": 5,
    "clear_untrusted_proxy_headers": False,
    "ident": "",
    "inbuf_overflow": 512 * 1024,
    "log_socket_errors": False,
    # Twice the application's limit, so that the application itself answers slightly larger requests with its own page.
    "max_request_body_size": 128 * 1024,
    "max_request_header_size": 64 * 1024,
    "outbuf_high_watermark": 256 * 1024,
    "outbuf_overflow": 1024 * 1024,
}
# Seconds for a request to arrive, and for which a client that holds a thread may pause.
RECEIVE_TIMEOUT, STALL_TIMEOUT = 30, 15
# Seconds for which a thread holds the GIL before another one may take it.
SWITCH_INTERVAL = 0.001
# Seconds for a stopping worker to finish its requests, and for a new connection to send its first one.
STOP_TIMEOUT, IDLE_TIMEOUT = 20, 1


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to a request that is too long or cannot be parsed: a page with a link to help."""

    def execute(self) -> None:
        """Send the page and close the connection."""
        error = self.request.error
        languages = self.request.headers.get("ACCEPT_LANGUAGE", "").lower()
        pages: dict[tuple[int, str], bytes] = self.channel.server.early_pages
        body = pages[413 if error.code in (413, 431) else 400, "es" if languages.startswith("es") else "en"]
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        self.response_headers += HEADERS.items()
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class TimedParser(HTTPRequestParser):  # type: ignore[misc]
    """A request that knows when its first byte arrived."""

    def __init__(self, adjustments: Any) -> None:
        super().__init__(adjustments)
        self.began = time.monotonic()


class TimedTask(WSGITask):  # type: ignore[misc]
    """An answer that can tell how long its request took to arrive, so that `doctor` sees whether a proxy buffers it."""

    def get_environment(self) -> dict[str, Any]:
        """Return the WSGI environment. The request is whole by now."""
        environ: dict[str, Any] = super().get_environment()
        environ[RECEIVED_IN] = time.monotonic() - self.request.began
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that splits its output into chunks that fit the buffers."""

    error_task_class, parser_class, task_class = Refusal, TimedParser, TimedTask

    def write_soon(self, data: bytes) -> int:
        """Buffer data, and wait while the client lags behind."""
        chunks = range(0, len(data), LONGEST_CHUNK)
        return sum(super(Channel, self).write_soon(data[start : start + LONGEST_CHUNK]) for start in chunks)


class SlowClients:
    """A detector of clients that hold a connection or a thread for too long (Slowloris protection).

    It stores nothing about them.
    """

    def __init__(self) -> None:
        # Monotonic times, because the clock may jump.
        self.receiving: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.silent: WeakKeyDictionary[Any, tuple[float, float]] = WeakKeyDictionary()

    def close(self, channels: list[Channel]) -> None:
        """Close connections that took too long."""
        now = time.monotonic()
        for channel in channels:
            if channel.request is not None and now - self.receiving.setdefault(channel.request, now) > RECEIVE_TIMEOUT:
                channel.will_close = True
            if channel.requests and channel.total_outbufs_len and self.is_silent(channel, STALL_TIMEOUT):
                # This wakes the thread that waits to send more, which then ends the answer.
                channel.handle_close()

    def is_silent(self, channel: Channel, seconds: float) -> bool:
        """Whether a connection had no observed activity for this long."""
        now = time.monotonic()
        last, since = self.silent.get(channel, (0.0, now))
        if last != channel.last_activity:
            self.silent[channel] = (channel.last_activity, now)
            return False
        return now - since > seconds


class WaitressWorker(Worker):  # type: ignore[misc]  # gunicorn carries no types
    """A worker that serves from the arbiter's socket until it is told to stop or the arbiter ends."""

    slot = 0

    def init_process(self) -> None:
        """Start serving. If that fails, end after a second, so that the arbiter starts another worker."""
        try:
            super().init_process()
        except Exception as error:
            log.error("%s while starting a worker; another one is started", type(error).__name__)
            time.sleep(1)
            os._exit(1)

    def run(self) -> None:
        """Serve, then finish the requests in progress."""
        self._restrict_logs()
        # A short interval, so that computations for staff do not delay pages.
        sys.setswitchinterval(SWITCH_INTERVAL)
        app: Flask = self.app.flask_app
        site = site_of(app)
        site.memory.use_slot(self.slot)
        self.map: dict[int, Any] = {}
        sockets = [listener.sock for listener in self.sockets]
        self.server = create_server(
            app, map=self.map, sockets=sockets, connection_limit=connection_limit(), **WAITRESS_SETTINGS
        )
        self.server.task_dispatcher.set_thread_count(0)
        self.server.task_dispatcher = self.dispatcher = Dispatcher(request_kind)
        self.server.channel_class = Channel
        self.server.early_pages = {
            (code, language): early_page(app, code, language) for code in (400, 413) for language in ("en", "es")
        }
        self.slow_clients, self.next_check = SlowClients(), 0.0
        with app.app_context():
            start_failover_watch(db.engine, unpooled_engine())
        purger.start_purger(app, self.app.prepares)
        # The first readiness check takes longest. An early probe shares its result.
        site.readiness.begin()
        while self.alive and os.getppid() == self.ppid:
            self._turn(1.0)
        self._finish()
        os._exit(0)

    def handle_exit(self, *_: object) -> None:
        """On SIGTERM, wake the event loop and stop."""
        self.alive = False
        if hasattr(self, "server"):
            self.server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        loop(timeout, use_poll=True, map=self.map, count=1)
        now = time.monotonic()
        if now >= self.next_check:
            self.next_check = now + 1
            self.slow_clients.close(self._channels())
            if not self.dispatcher.is_stuck:
                self.notify()

    def _finish(self) -> None:
        """Accept no more connections, and answer requests that were sent."""
        self.server.accepting = False
        # When no process listens any more, connections are refused at once.
        self.server.socket.close()
        began = time.monotonic()
        while self._channels() and time.monotonic() < began + STOP_TIMEOUT:
            for channel in self._channels():
                is_idle = not channel.requests and not channel.total_outbufs_len
                is_kept_alive = channel.request is None and channel.last_activity != channel.creation_time
                # Other connections are new or are sending a request.
                if is_idle and (is_kept_alive or self.slow_clients.is_silent(channel, IDLE_TIMEOUT)):
                    channel.will_close = True
            self._turn(0.1)

    def _channels(self) -> list[Channel]:
        return list(self.server.active_channels.values())

    @staticmethod
    def _restrict_logs() -> None:
        """Keep paths of failed requests and the queue length out of waitress's logs."""
        logging.getLogger("waitress").addFilter(_log_error_type)
        logging.getLogger("waitress.queue").disabled = True


def connection_limit() -> int:
    """Raise the limit of file descriptors, and return the number of connections that it allows a worker."""
    _, hard_limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_DESCRIPTORS
    allowed = wanted if hard_limit == resource.RLIM_INFINITY else min(wanted, hard_limit)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard_limit))
    return max(allowed - OTHER_DESCRIPTORS, OTHER_DESCRIPTORS)


def _log_error_type(record: logging.LogRecord) -> bool:
    """Drop waitress's log records, but log the type of an error that reached it."""
    if record.exc_info and record.exc_info[0]:
        log.error("%s while sending an answer", record.exc_info[0].__name__)
    return False
