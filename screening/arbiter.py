"""gunicorn's arbiter, with a reload that is checked first and that reads everything anew.

SIGHUP starts the same command once more, only to check. If that would start, the arbiter replaces its own program by
exec, under the same process id: the workers stay its children, and answer until new ones do.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress

import click
from gunicorn.arbiter import Arbiter as Base

# Seconds: a worker that gives no sign for so long is replaced; a check of a reload may take so long.
HEARTBEAT, CHECKING = 30, 120
# Seconds after which files are read again that were changed between their check and their use.
AGAIN = 2
# After this many seconds without a turn the whole machine slept, and no worker is to blame.
SLEPT = 5
# How a program that replaces itself tells the next one: the listening socket, and the workers that still answer.
LISTENER, OUTGOING, CHECK = "SCREENING_LISTENER", "SCREENING_OUTGOING", "SCREENING_CHECK"
# They wait while one program gives way to the next; their default would end the site.
HELD = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Outgoing:
    """A worker of the program before this one. It ends by itself, or after half a minute by force."""

    age = 0
    aborted = False

    def __init__(self) -> None:
        self.since = time.monotonic()
        self.tmp = self

    def last_update(self) -> float:
        """When it was told to end. The arbiter takes this for its last sign of life."""
        return self.since

    def close(self) -> None:
        """Nothing is open for it here."""


class Arbiter(Base):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's arbiter, with a reload that is checked first, and that ends with no worker's failure to start."""

    # No exit code of a process is as large: a worker that cannot start never ends the others.
    WORKER_BOOT_ERROR = APP_LOAD_ERROR = 256 + 3

    check: tuple[int, int, float] | None = None
    is_asked = False
    last_turn = is_awake_from = 0.0

    def start(self) -> None:
        """Listen, and take signals again that waited."""
        super().start()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
        for pid in map(int, os.environ.pop(OUTGOING, "").split()):
            self.WORKERS[pid] = Outgoing()
        # They are replaced, not kept: `child_exit` takes each off again.
        self.num_workers += len(self.WORKERS)

    def manage_workers(self) -> None:
        """Keep the number of workers; once new ones are there, tell outgoing ones to end."""
        super().manage_workers()
        for pid, worker in list(self.WORKERS.items()):
            if isinstance(worker, Outgoing) and not worker.aborted:
                self.kill_worker(pid, signal.SIGTERM)

    def murder_workers(self) -> None:
        """Replace workers that give no sign, unless this process was stopped too."""
        now = time.monotonic()
        if now - self.last_turn > SLEPT:
            self.is_awake_from = now + HEARTBEAT
        self.last_turn = now
        if now >= self.is_awake_from:
            super().murder_workers()
        self._follow_check()

    def handle_hup(self) -> None:
        """Check configuration, questions and code in another process first; while that fails nothing changes."""
        self.is_asked = True
        self._begin_check()

    def handle_int(self) -> None:
        """Ctrl+C: end as on SIGTERM, so that nobody's share is cut off."""
        self.handle_term()

    def stop(self, graceful: bool = True) -> None:
        """End all workers, and be the last to end."""
        if self.check is not None:
            os.kill(self.check[0], signal.SIGKILL)
        super().stop(graceful)
        last = time.monotonic() + 1
        while time.monotonic() < last:
            try:
                # Those that had to be killed take a moment.
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
        self.check = (pid, reading, time.monotonic() + CHECKING)

    def _follow_check(self) -> None:
        """Look whether a check has ended. Its exit code is not to be had: the arbiter reaps every child."""
        if self.check is None:
            return
        pid, reading, until = self.check
        try:
            said = os.read(reading, 1)
        except BlockingIOError:
            if time.monotonic() < until:
                return
            os.kill(pid, signal.SIGKILL)
            said = b""
        os.close(reading)
        self.check = None
        if said:
            click.echo("The question files are right. New workers take over with them.")
            self._replace()
        click.echo("Nothing was changed: patients still see the questions as they were.")
        self._begin_check()

    def _replace(self) -> None:
        """Run the program anew in this process. Its workers stay its children."""
        (listener,) = self.LISTENERS
        workers = [pid for pid, worker in self.WORKERS.items() if not isinstance(worker, Outgoing)]
        environment = os.environ | {LISTENER: str(listener.fileno()), OUTGOING: " ".join(map(str, workers))}
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
        sys.stdout.flush()
        os.execve(sys.executable, sys.orig_argv, environment)  # noqa: S606  # itself


def wait_for_files(reason: str) -> None:
    """Load again what was right when it was checked, and was changed since. The old workers answer meanwhile.

    Returns if this program does not take another one's place, or is told to stop.
    """
    if LISTENER not in os.environ:
        return
    click.echo(
        f"{reason}\nPatients still see the questions as they were. They are read again in {AGAIN} seconds.", err=True
    )
    told = signal.sigtimedwait(HELD, AGAIN)
    if told is None or told.si_signo == signal.SIGHUP:
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606  # itself
    for pid in map(int, os.environ[OUTGOING].split()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
