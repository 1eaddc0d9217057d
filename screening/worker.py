"""A gunicorn worker that runs waitress: whole requests are read before a thread is taken, answers are buffered.

Pages that need no database have threads of their own, so a database that hangs takes none of them.
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
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from screening import purger
from screening.site import site_of
from screening.threads import Dispatcher
from screening.web.errors import early_page
from screening.web.headers import HEADERS
from screening.web.request_kind import request_kind

log = logging.getLogger("screening")

# Connections of one worker; descriptors that it needs for anything else.
MOST_CONNECTIONS, OTHER_DESCRIPTORS = 4_000, 200
# Bytes. No chunk that is sent is longer, so a buffer never overflows into a file: answers never touch a disk.
LONGEST_CHUNK = 64 * 1024
WAITRESS_SETTINGS: dict[str, Any] = {
    "asyncore_use_poll": True,
    "channel_timeout": 30,
    "cleanup_interval": 5,
    "clear_untrusted_proxy_headers": False,
    "ident": "",
    "inbuf_overflow": 512 * 1024,
    "log_socket_errors": False,
    # Twice what the application takes: it answers what is a little too long with the page of that part of the site.
    "max_request_body_size": 128 * 1024,
    "max_request_header_size": 64 * 1024,
    "outbuf_high_watermark": 256 * 1024,
    "outbuf_overflow": 1024 * 1024,
}
# Seconds: a request may take this long to arrive, and a reader who holds a thread may pause for this long.
RECEIVING, STALLED = 30, 15
# Seconds for which a thread computes before another one may.
TURN = 0.001
# Seconds for which a worker that was told to stop finishes what it has; a new connection sends its request sooner.
STOPPING, SILENT = 20, 1


class Refusal(ErrorTask):  # type: ignore[misc]
    """The answer to a request that is too long, or that cannot be parsed: a page with the way to help."""

    def execute(self) -> None:
        """Answer, and close the connection."""
        error = self.request.error
        asked = self.request.headers.get("ACCEPT_LANGUAGE", "").lower()
        pages: dict[tuple[int, str], bytes] = self.channel.server.early_pages
        body = pages[413 if error.code in (413, 431) else 400, "es" if asked.startswith("es") else "en"]
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        self.response_headers += HEADERS.items()
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection. What it sends is cut into chunks that fit the buffers."""

    error_task_class = Refusal

    def write_soon(self, data: bytes) -> int:
        """Buffer data, waiting while the client is behind."""
        chunks = range(0, len(data), LONGEST_CHUNK)
        return sum(super(Channel, self).write_soon(data[start : start + LONGEST_CHUNK]) for start in chunks)


class Slow:
    """Finds clients that hold a connection or a thread for too long. Keeps nothing about them."""

    def __init__(self) -> None:
        # By monotonic time: the clock may jump.
        self.receiving: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.silent: WeakKeyDictionary[Any, tuple[float, float]] = WeakKeyDictionary()

    def close(self, channels: list[Channel]) -> None:
        """Close what took too long."""
        now = time.monotonic()
        for channel in channels:
            if channel.request is not None and now - self.receiving.setdefault(channel.request, now) > RECEIVING:
                channel.will_close = True
            if channel.requests and channel.total_outbufs_len and self.is_silent(channel, STALLED):
                # The thread that waits to send more is woken, and ends the answer.
                channel.handle_close()

    def is_silent(self, channel: Channel, seconds: float) -> bool:
        """Whether nothing came or went for so long, as far as was seen."""
        now = time.monotonic()
        last, since = self.silent.get(channel, (0.0, now))
        if last != channel.last_activity:
            self.silent[channel] = (channel.last_activity, now)
            return False
        return now - since > seconds


class WaitressWorker(Worker):  # type: ignore[misc]  # gunicorn carries no types
    """Serves from the arbiter's socket until it is told to stop, or the arbiter has gone."""

    slot = 0

    def init_process(self) -> None:
        """Begin to serve. A worker that cannot is replaced a second later, and ends no other."""
        try:
            super().init_process()
        except Exception as error:
            log.error("%s while a worker started", type(error).__name__)
            time.sleep(1)
            os._exit(1)

    def run(self) -> None:
        """Serve, then finish what was begun."""
        self._hush()
        # Short turns: a page is not kept waiting by the threads that compute for staff.
        sys.setswitchinterval(TURN)
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
        self.slow, self.next_look = Slow(), 0.0
        purger.start_purger(app, self.app.prepares)
        # The first look takes longest. A probe that comes soon shares it.
        site.readiness.begin()
        while self.alive and os.getppid() == self.ppid:
            self._turn(1.0)
        self._finish()
        os._exit(0)

    def handle_exit(self, *_: object) -> None:
        """SIGTERM: stop when the turn under way ends, which is now."""
        self.alive = False
        if hasattr(self, "server"):
            self.server.pull_trigger()

    def _turn(self, timeout: float) -> None:
        wasyncore.loop(timeout, use_poll=True, map=self.map, count=1)
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + 1
            self.slow.close(self._channels())
            if not self.dispatcher.is_stuck:
                self.notify()

    def _finish(self) -> None:
        """Accept nothing more, and answer what was sent."""
        self.server.accepting = False
        began = time.monotonic()
        while self._channels() and time.monotonic() < began + STOPPING:
            for channel in self._channels():
                is_idle = not channel.requests and not channel.total_outbufs_len
                is_kept_alive = channel.request is None and channel.last_activity != channel.creation_time
                # Others have just been accepted, or are sending.
                if is_idle and (is_kept_alive or self.slow.is_silent(channel, SILENT)):
                    channel.will_close = True
            self._turn(0.1)

    def _channels(self) -> list[Channel]:
        return list(self.server.active_channels.values())

    @staticmethod
    def _hush() -> None:
        """Waitress would write paths of requests that failed, and how many wait."""
        logging.getLogger("waitress").addFilter(_told_by_kind)
        logging.getLogger("waitress.queue").disabled = True


def connection_limit() -> int:
    """How many connections a worker may hold: as many as it has descriptors for."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + OTHER_DESCRIPTORS
    allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return max(allowed - OTHER_DESCRIPTORS, OTHER_DESCRIPTORS)


def _told_by_kind(record: logging.LogRecord) -> bool:
    """Of waitress's records keep the kind of an error that reached it, and nothing else."""
    if record.exc_info and record.exc_info[0]:
        log.error("%s while an answer was sent", record.exc_info[0].__name__)
    return False
