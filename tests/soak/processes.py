"""What the kernel knows of a server's processes: memory, threads, descriptors, and shared connections."""

from __future__ import annotations

import ctypes
import itertools
import os
import platform
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc")
KCMP = {"x86_64": 312, "aarch64": 272}[platform.machine()]
PIDFD_GETFD = 438
_LIBC = ctypes.CDLL(None, use_errno=True)
# An arbiter detects hung workers by the times of these files, which are unlinked on purpose.
HEARTBEAT = "/dev/shm/wgunicorn-"


class Size(NamedTuple):
    """Totals over processes. `memory`: proportional set size (PSS), in KB."""

    memory: int
    threads: int
    descriptors: int


class Held(NamedTuple):
    """A process's open descriptor and its target."""

    pid: int
    number: int
    target: str


def of_group(leader: int) -> list[int]:
    """Return the processes of a process group, without zombies."""
    pids = []
    for stat in PROC.glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(group) == leader and state != "Z":
                pids.append(int(stat.parent.name))
    return sorted(pids)


def size(pids: list[int]) -> Size:
    memory = threads = descriptors = 0
    for pid in pids:
        with suppress(OSError):
            told = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
            memory += next(int(line.split()[1]) for line in told if line.startswith("Pss:"))
            threads += len(list((PROC / str(pid) / "task").iterdir()))
            descriptors += len(list((PROC / str(pid) / "fd").iterdir()))
    return Size(memory, threads, descriptors)


def cpu_seconds(pids: list[int]) -> float:
    """Return the CPU seconds of these processes and their ended children."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = (PROC / str(pid) / "stat").read_text().rpartition(") ")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def thread_seconds(pids: list[int]) -> dict[str, float]:
    """Return the CPU seconds of each thread."""
    used = {}
    for pid in pids:
        with suppress(OSError):
            for stat in (PROC / str(pid) / "task").glob("*/stat"):
                with suppress(OSError):
                    fields = stat.read_text().rpartition(") ")[2].split()
                    used[stat.parent.name] = sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return used


def held(pids: list[int]) -> list[Held]:
    """Return every open descriptor."""
    found = []
    for pid in pids:
        with suppress(OSError):
            for link in (PROC / str(pid) / "fd").iterdir():
                with suppress(OSError):
                    found.append(Held(pid, int(link.name), str(link.readlink())))
    return found


def deleted(descriptors: list[Held]) -> list[Held]:
    """Return the descriptors of unlinked files, except heartbeats."""
    return [one for one in descriptors if one.target.endswith(" (deleted)") and not one.target.startswith(HEARTBEAT)]


def shared(descriptors: list[Held], database: str) -> Iterator[tuple[Held, Held]]:
    """Yield pairs of processes that share a connection: the open file of a SQLite database, or a PostgreSQL socket.

    `database`: the path of the file, or "" for PostgreSQL.
    """
    wanted = sorted(one for one in descriptors if one.target.startswith(database or "socket:["))
    for one, other in itertools.combinations(wanted, 2):
        if one.pid == other.pid or one.target != other.target:
            continue
        if _is_same_file(one, other) if database else _is_postgresql(one):
            yield one, other


def _is_same_file(one: Held, other: Held) -> bool:
    return bool(_LIBC.syscall(KCMP, one.pid, other.pid, 0, one.number, other.number) == 0)


def _is_postgresql(one: Held) -> bool:
    """Return whether a socket is connected to PostgreSQL, by duplicating it and asking for its peer."""
    with suppress(OSError):
        process = os.pidfd_open(one.pid)
        try:
            copy = _LIBC.syscall(PIDFD_GETFD, process, one.number, 0)
        finally:
            os.close(process)
        if copy >= 0:
            with socket.socket(fileno=copy) as sock:
                return ".s.PGSQL." in str(sock.getpeername())
    return False
