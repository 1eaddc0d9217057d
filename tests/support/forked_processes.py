"""Processes for tests, forked from this one as workers are, and always ended."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 30


def fork(work: Callable[[], object]) -> int:
    """Run the work in a forked process, and return its id. It exits with 0 unless something is raised."""
    process = os.fork()
    if process:
        return process
    try:
        signal.alarm(SECONDS)
        work()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def in_processes(*works: Callable[[], object]) -> None:
    """Run each in its own process, all at once."""
    processes = [fork(work) for work in works]
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * len(works)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    last = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.001)


@contextmanager
def killed_afterwards(work: Callable[[], object]) -> Iterator[int]:
    """Run the work in a process that is killed at the end of the block, wherever it is."""
    process = fork(work)
    try:
        yield process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
