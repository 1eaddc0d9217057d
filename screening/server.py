"""The server: gunicorn's arbiter keeps workers alive, waitress answers in them.

The arbiter never opens the database and starts no thread: workers are forked from it. What must be done before patients
come is done in a child process that has ended. A reload replaces the arbiter's own program by exec, under the same
process id, so configuration, keys and code are read anew; the old workers answer until new ones do.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import Flask
from gunicorn import arbiter
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import SQLAlchemyError

from config import Config
from screening.purger import PREPARE_ONLY
from screening.storage import backups, schema, versions
from screening.storage.backups import Impossible
from screening.storage.database import unpooled_engine
from screening.storage.schema import Fit
from screening.worker import WaitressWorker

# Seconds: a worker that gives no sign for so long is replaced; the end of the whole server; a check of a reload.
HEARTBEAT, GRACE, CHECKING = 30, 8, 120
# Seconds after which files are read again that were changed between their check and their use.
AGAIN = 2
# After this many seconds without a turn the whole machine slept, and no worker is to blame.
SLEPT = 5
# Seconds after which the kernel cuts off a client that acknowledges nothing.
UNACKNOWLEDGED = 60
# Connections that wait to be accepted.
BACKLOG = 1024
SHARED_MEMORY = "/dev/shm"  # noqa: S108  # gunicorn makes a file there that nobody else can open
# How a program that replaces itself tells the next one: the listening socket, and the workers that still answer.
LISTENER, OUTGOING, CHECK = "SCREENING_LISTENER", "SCREENING_OUTGOING", "SCREENING_CHECK"
# They wait while one program gives way to the next; their default would end the site.
HELD = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Refused(Exception):
    """The server cannot start; the message says what to do."""


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


class Arbiter(arbiter.Arbiter):  # type: ignore[misc]  # gunicorn carries no types
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


class Application(BaseApplication):  # type: ignore[misc]
    """Our settings of gunicorn, and the site that its workers serve."""

    def __init__(self, site: Flask, listening: int, workers: int) -> None:
        self.site = site
        self.settings: dict[str, Any] = {
            "bind": f"fd://{listening}",
            "child_exit": forget_outgoing,
            "control_socket_disable": True,
            "graceful_timeout": GRACE,
            "loglevel": "warning",
            "preload_app": True,
            "timeout": HEARTBEAT,
            # In memory: a full disk must not look like a hung worker.
            "worker_tmp_dir": SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None,
            "when_ready": share_memory,
            "worker_class": WaitressWorker,
            "workers": workers,
        }
        super().__init__()

    def load_config(self) -> None:
        """Set what gunicorn would read from its own command line."""
        for name, value in self.settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The site is loaded already."""
        return self.site

    def run(self) -> None:
        """Keep workers alive until told to stop."""
        Arbiter(self).run()


def serve(site: Flask, host: str, port: int, config: Config, prepare: Callable[[], None] | None) -> None:
    """Do what must be done before patients come, then serve until told to stop.

    `prepare` may upgrade the database. It runs in a process of its own, at a start and never at a reload.

    Raises:
        Refused: the port is in use, a backup is being restored, or the database is in another form than this code
            needs. A database that does not answer is no reason: pages that need none are there without it.
    """
    if os.environ.pop(PREPARE_ONLY, ""):
        sys.exit(prepared(site, prepare))
    check = os.environ.pop(CHECK, "")
    if check:
        if code := prepared(site, None):
            sys.exit(code)
        os.write(int(check), b"1")
        return
    site.extensions["prepares"] = prepare is not None
    is_replacing = LISTENER in os.environ
    listening = int(os.environ.pop(LISTENER)) if is_replacing else listen(host, port)
    try:
        with backups.served(config.instance):
            if not is_replacing:
                _prepare_in_child(site, prepare)
                place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
                click.echo(
                    f"Screening is at http://{place}/ (Ctrl+C stops it, kill -HUP {os.getpid()} rereads questions)."
                )
            Application(site, listening, config.workers).run()
    except Impossible as reason:
        raise Refused(str(reason)) from None


def listen(host: str, port: int) -> int:
    """Open the socket that all workers accept from; its descriptor.

    Raises:
        Refused: it cannot be opened.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise Refused(_why_not(host, port, error)) from None
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED * 1000)
    return listening.detach()


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Stop what runs there, or set PORT to another number."
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}. Set PORT to a number above 1023."
    return f"{host} is no address of this machine ({error.strerror}). Set HOST to one, such as 127.0.0.1."


def prepared(site: Flask, prepare: Callable[[], None] | None) -> int:
    """Prepare the database, check that it fits, and say what is wrong. Returns an exit code: 0 lets the site start."""
    try:
        with site.app_context():
            if prepare:
                prepare()
            _check_schema()
            versions.keep_served(site)
    except (click.ClickException, Refused) as reason:
        click.echo(f"Error: {reason}", err=True)
        return 1
    except SQLAlchemyError as error:
        click.echo(
            f"The database does not answer ({type(error).__name__}). The site starts without it: patients can read and "
            "answer, but not share. It tries again every few seconds.",
            err=True,
        )
    return 0


def _prepare_in_child(site: Flask, prepare: Callable[[], None] | None) -> None:
    """Prepare in a process that has ended before workers are forked: they inherit none of its connections."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = prepared(site, prepare)
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)


def _check_schema() -> None:
    with unpooled_engine().connect() as connection:
        fit = schema.fit(connection)
    if fit is Fit.OLD:
        raise Refused("The database is not up to date. Run flask --app wsgi database upgrade.")
    if fit is Fit.NEWER:
        raise Refused(
            "A newer release of this site has upgraded the database. Install that release again, or restore the backup "
            "that was made before the upgrade."
        )


def forget_outgoing(server: Arbiter, worker: object) -> None:
    """Note, as gunicorn's hook, that a worker has ended. An outgoing one is not replaced."""
    if isinstance(worker, Outgoing):
        server.num_workers -= 1


def share_memory(_server: Arbiter) -> None:
    """Freeze, as gunicorn's hook before workers are forked, what is loaded: its memory stays shared."""
    gc.collect()
    gc.freeze()
