"""A worker's thread pools, by kind of request. Pages without the database have a pool of their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from waitress.channel import HTTPChannel
from waitress.task import ThreadedTaskDispatcher

# These pages are CPU-bound, so more threads would only take turns.
PAGE_THREADS = 4
# Most of these wait for one of the few database connections. Each wait has a timeout.
DATABASE_THREADS = 16
# A separate pool, so that a probe that waits for the database delays no page.
PROBE_THREADS = 2
# Seconds without progress, while requests wait, after which a pool counts as stuck.
STUCK_AFTER = 20


class ThreadPool(ThreadedTaskDispatcher):  # type: ignore[misc]  # waitress carries no types
    """A thread pool with one queue, which detects that it is stuck."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.progress = time.monotonic()
        self.set_thread_count(number)

    def add_task(self, task: Any) -> None:
        """Queue a task."""
        super().add_task(TrackedTask(task, self))

    @property
    def is_stuck(self) -> bool:
        """Whether tasks wait and no thread has begun or ended one for too long."""
        return bool(self.queue) and time.monotonic() - self.progress > STUCK_AFTER


class TrackedTask:
    """A task that records when it begins and ends."""

    def __init__(self, task: Any, pool: ThreadPool) -> None:
        self.task = task
        self.pool = pool

    def service(self) -> None:
        """Do the task."""
        self.pool.progress = time.monotonic()
        try:
            self.task.service()
        finally:
            self.pool.progress = time.monotonic()

    def cancel(self) -> None:
        """Cancel the task."""
        self.task.cancel()


class Dispatcher:
    """A dispatcher of each request to the pool of its kind."""

    def __init__(self, kind_of: Callable[[str], str]) -> None:
        self.kind_of = kind_of
        self.pools = {
            "page": ThreadPool(PAGE_THREADS),
            "database": ThreadPool(DATABASE_THREADS),
            "probe": ThreadPool(PROBE_THREADS),
        }

    def add_task(self, channel: HTTPChannel) -> None:
        """Queue the request that a channel has read. A request that could not be parsed has no path."""
        kind = self.kind_of(getattr(channel.requests[0], "path", ""))
        self.pools[kind].add_task(channel)

    @property
    def is_stuck(self) -> bool:
        """Whether any pool is stuck."""
        return any(pool.is_stuck for pool in self.pools.values())
