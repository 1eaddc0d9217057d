"""gunicorn's arbiter, with a reload that is checked first and that loads everything again.

SIGHUP runs the same command in another process as a check. If that succeeds, the arbiter replaces its own program by
exec under the same process id. The workers stay its children and answer until new ones do.
"""

from __future__ import annotations

import ctypes
import logging
import os
import select
import signal
import socket
import struct
import sys
import time
from contextlib import suppress

import click
from gunicorn.arbiter import Arbiter as Base

from screening.site import site_of

log = logging.getLogger("screening")

# Seconds until a silent worker is replaced, and until the check of a reload is given up.
HEARTBEAT, CHECK_TIMEOUT = 30, 120
# Seconds until files are loaded again that changed between their check and their use.
RELOAD_PAUSE = 2
# Seconds without a turn that mean that the machine was suspended, so that no worker is to blame.
SUSPENDED = 5
# Environment variables for the next program: the listening socket, the workers that still answer, the check's pipe.
LISTENER, OUTGOING, CHECK = "SCREENING_LISTENER", "SCREENING_OUTGOING", "SCREENING_CHECK"
# Seconds for handshakes that have begun, and for workers to accept these connections, before the site stops.
HANDSHAKE, ACCEPT_TIMEOUT = 0.1, 1
# From Linux's <asm-generic/socket.h>, and a program of its packet filter: load byte 13 of a TCP header, drop the
# segment if that has the SYN flag, otherwise take it.
SO_ATTACH_FILTER = 26
DROP_SYN = b"".join(
    struct.pack("HBBI", *instruction)
    for instruction in ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFF_FFFF))
)
# Blocked during the exec, because their default action would end the site.
BLOCKED_SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Outgoing:
    """A worker of the replaced program. It ends by itself, or is killed after half a minute."""

    age = 0
    aborted = False

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.tmp = self

    def last_update(self) -> float:
        """Return when it was taken over, as its last heartbeat: the arbiter kills it after a timeout."""
        return self.since

    def close(self) -> None:
        """Do nothing: it has no heartbeat file here."""


class Arbiter(Base):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's arbiter, with a checked reload. A worker that cannot start does not end it."""

    # Larger than any exit code, so that a worker's failure to start never ends the other workers.
    WORKER_BOOT_ERROR = APP_LOAD_ERROR = 256 + 3

    check: tuple[int, int, float] | None = None
    is_asked = is_stopping = False
    last_turn = is_awake_from = 0.0

    def start(self) -> None:
        """Listen, unblock signals, and take over outgoing workers."""
        super().start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, BLOCKED_SIGNALS)
        for pid in map(int, os.environ.pop(OUTGOING, "").split()):
            self.WORKERS[pid] = Outgoing()
        # They come on top of the new workers: `child_exit` subtracts each when it ends.
        self.num_workers += len(self.WORKERS)

    def manage_workers(self) -> None:
        """Start missing workers, then send SIGTERM to outgoing ones."""
        super().manage_workers()
        new = sum(not isinstance(worker, Outgoing) for worker in self.WORKERS.values())
        with suppress(Exception):
            site_of(self.app.flask_app).metrics.workers.change(lambda _: new)
        for pid, worker in list(self.WORKERS.items()):
            if isinstance(worker, Outgoing) and not worker.aborted:
                self.kill_worker(pid, signal.SIGTERM)

    def murder_workers(self) -> None:
        """Replace silent workers, unless this process was suspended too."""
        now = time.monotonic()
        if now - self.last_turn > SUSPENDED:
            self.is_awake_from = now + HEARTBEAT
        self.last_turn = now
        if now >= self.is_awake_from:
            super().murder_workers()
        self._follow_check()

    def handle_hup(self) -> None:
        """On SIGHUP, check configuration, questions and code in another process. If that fails, nothing changes."""
        self.is_asked = True
        self._begin_check()

    def handle_int(self) -> None:
        """On Ctrl+C, end as on SIGTERM, so that no share is interrupted."""
        self.handle_term()

    def stop(self, graceful: bool = True) -> None:
        """End all workers before this process ends, and lose no connection that has begun."""
        self.is_stopping = True
        if self.check is not None:
            os.kill(self.check[0], signal.SIGKILL)
        if graceful:
            for listener in self.LISTENERS:
                drain(listener.sock)
        super().stop(graceful)
        log.info("The server has stopped.")
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            try:
                # Killed workers take a moment to end.
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            time.sleep(0.01)

    def _begin_check(self) -> None:
        if self.check is not None or not self.is_asked:
            return
        self.is_asked = False
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        environment = os.environ | {CHECK: str(writing)}
        pid = os.posix_spawn(sys.executable, sys.orig_argv, environment)
        os.close(writing)
        os.set_blocking(reading, False)
        self.check = (pid, reading, time.monotonic() + CHECK_TIMEOUT)

    def _follow_check(self) -> None:
        """Act on a finished check. Its result comes through a pipe, because the arbiter reaps every child."""
        if self.check is None:
            return
        pid, reading, deadline = self.check
        try:
            result = os.read(reading, 1)
        except BlockingIOError:
            if time.monotonic() < deadline:
                return
            os.kill(pid, signal.SIGKILL)
            result = b""
        os.close(reading)
        self.check = None
        if result:
            log.info("The reload passed its check. New workers take over. Changed settings need a restart.")
            self._replace()
        log.warning("The reload was refused. Patients still see the questions as before.")
        self._begin_check()

    def _replace(self) -> None:
        """Replace the program in this process by exec. Its workers stay its children."""
        (listener,) = self.LISTENERS
        workers = [pid for pid, worker in self.WORKERS.items() if not isinstance(worker, Outgoing)]
        environment = os.environ | {LISTENER: str(listener.fileno()), OUTGOING: " ".join(map(str, workers))}
        signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED_SIGNALS)
        sys.stdout.flush()
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606  # this same program


def drain(listening: socket.socket) -> None:
    """Take no new connection, and wait until workers have accepted those that have begun (D-OPS-69).

    Closing the socket would reset them. A client whose SYN is dropped sends it again a second later. By then the port
    is closed, and a proxy goes to another host.
    """
    if sys.platform == "linux":
        instructions = ctypes.create_string_buffer(DROP_SYN, len(DROP_SYN))
        program = struct.pack("HP", len(DROP_SYN) // 8, ctypes.addressof(instructions))
        with suppress(OSError):
            listening.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    deadline = time.monotonic() + ACCEPT_TIMEOUT
    time.sleep(HANDSHAKE)
    while select.select([listening], [], [], 0)[0] and time.monotonic() < deadline:
        time.sleep(0.01)


def wait_for_files(reason: str) -> None:
    """Restart this program if its files became invalid after their check. The old workers answer meanwhile.

    Returns if this program does not replace another one, or receives a signal to stop.
    """
    if LISTENER not in os.environ:
        return
    click.echo(
        f"{reason}\nPatients still see the questions as before. The files are read again in {RELOAD_PAUSE} seconds.",
        err=True,
    )
    received = signal.sigtimedwait(BLOCKED_SIGNALS, RELOAD_PAUSE)
    if received is None or received.si_signo == signal.SIGHUP:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # this same program
    for pid in map(int, os.environ[OUTGOING].split()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
