"""Processes for tests: forked from this one, as workers are, and ended whatever happens."""

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
    """Do it in a new process; return its id. It exits with 0 unless something was raised."""
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
    """Do each in a process of its own, all at once."""
    processes = [fork(work) for work in works]
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * len(works)


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    last = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < last
        time.sleep(0.001)


@contextmanager
def killed_afterwards(work: Callable[[], object]) -> Iterator[int]:
    """A process that is killed at the end of the block, wherever it is then."""
    process = fork(work)
    try:
        yield process
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
