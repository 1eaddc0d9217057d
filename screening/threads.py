"""A worker's threads, by kind of request. Pages that need no database have threads that nothing else can take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher

# Pages are computed, not waited for: more threads than this would only take turns.
PAGE_THREADS = 4
# Most of these wait for one of the few database connections. Each wait has a limit.
DATABASE_THREADS = 16
# A probe that waits for the database keeps no page waiting.
PROBE_THREADS = 2
# Seconds after which threads count as stuck that begin and end no request though some wait.
HUNG = 20


class Threads(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress carries no types
    """Threads that take requests from one queue. They notice when they get nothing done any more."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.progress = time.monotonic()
        self.set_thread_count(number)

    def add_task(self, task: Any) -> None:
        """Queue a task."""
        super().add_task(Watched(task, self))

    @property
    def is_stuck(self) -> bool:
        """Whether tasks wait, and no thread has begun or ended one for too long."""
        return bool(self.queue) and time.monotonic() - self.progress > HUNG


class Watched:
    """A task that says when it begins and ends."""

    def __init__(self, task: Any, threads: Threads) -> None:
        self.task = task
        self.threads = threads

    def service(self) -> None:
        """Do the task."""
        self.threads.progress = time.monotonic()
        try:
            self.task.service()
        finally:
            self.threads.progress = time.monotonic()

    def cancel(self) -> None:
        """Give the task up."""
        self.task.cancel()


class Dispatcher:
    """Hands each request to the threads of its kind."""

    def __init__(self, kind_of: Callable[[str], str]) -> None:
        self.kind_of = kind_of
        self.threads = {
            "page": Threads(PAGE_THREADS),
            "database": Threads(DATABASE_THREADS),
            "probe": Threads(PROBE_THREADS),
        }

    def add_task(self, channel: HTTPChannel) -> None:
        """Queue the request that a channel has read. One that could not be parsed has no path."""
        kind = self.kind_of(getattr(channel.requests[0], "path", ""))
        self.threads[kind].add_task(channel)

    @property
    def is_stuck(self) -> bool:
        """Whether some kind of request is not answered any more."""
        return any(threads.is_stuck for threads in self.threads.values())
