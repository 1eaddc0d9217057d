"""Failover between the PostgreSQL servers that DATABASE_URL names, of which one leads at a time.

New connections go to the server that led last, because each attempt to reach one that is gone takes seconds. A
connection that waits for a server that no longer leads is dropped: a server that hangs keeps its connections open, and
no timeout ends them (D-OPS-65).
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from sqlalchemy import Dialect, Engine, event

from screening.settings.database_url import connection_settings, names_several_hosts

if TYPE_CHECKING:
    from psycopg import Connection

# Seconds between two checks, and of waiting until a connection is suspect. A page's statement may take five.
CHECK_INTERVAL, SUSPECT_AFTER = 2.0, 6.0
# Seconds to reach another server. PostgreSQL's library accepts no fewer.
CONNECT_TIMEOUT = 2

HostPort: TypeAlias = tuple[str, str]
"""A server's host and port, as libpq names them."""


class FailoverWatch:
    """The servers of one process's URL, its connections, and since when each has been seen waiting."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.servers = _servers(settings)
        self.leader: HostPort | None = None
        self.lock = Lock()
        self.waiting: WeakKeyDictionary[Connection[Any], float | None] = WeakKeyDictionary()

    def follow(self, engine: Engine) -> None:
        """Note every connection that an engine opens from now on, and try the last leader first."""
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "connect", lambda connection, _record: self._note(connection))

    def drop_stale(self) -> int:
        """Drop connections that wait for one server while another one leads, and return their number.

        A connection that waits for the leader is left alone: its commit may wait for a standby.
        """
        suspects = self._suspects()
        leader = self._find_leader({_host_port(one) for one in suspects}) if suspects else None
        if leader is None:
            return 0
        self.leader = leader
        for connection in suspects:
            # It may have ended meanwhile.
            with suppress(OSError, connection.OperationalError), socket.socket(fileno=os.dup(connection.fileno())) as s:
                # The thread that waits for it gets an error at once.
                s.shutdown(socket.SHUT_RDWR)
        return len(suspects)

    def _connect(self, dialect: Dialect, _record: object, arguments: Any, parameters: dict[str, Any]) -> Any:
        ordered = sorted(self.servers, key=lambda server: server != self.leader)
        return dialect.connect(*arguments, **parameters | _hosts(ordered))

    def _note(self, connection: Connection[Any]) -> None:
        self.leader = _host_port(connection)
        with self.lock:
            self.waiting[connection] = None

    def _suspects(self) -> list[Connection[Any]]:
        # Imported here to save installations on SQLite the driver's memory.
        from psycopg.pq import TransactionStatus

        now = time.monotonic()
        suspects = []
        with self.lock:
            for connection, since in list(self.waiting.items()):
                if connection.info.transaction_status != TransactionStatus.ACTIVE:
                    self.waiting[connection] = None
                elif since is None:
                    self.waiting[connection] = now
                elif now - since > SUSPECT_AFTER:
                    suspects.append(connection)
        return suspects

    def _find_leader(self, excluded: set[HostPort]) -> HostPort | None:
        """Return another server that accepts writes, or None."""
        import psycopg

        others = [server for server in self.servers if server not in excluded]
        wanted = {"target_session_attrs": "read-write", "connect_timeout": CONNECT_TIMEOUT}
        if not others:
            return None
        try:
            with psycopg.connect(**self.settings | _hosts(others) | wanted) as fresh:
                return _host_port(fresh)
        except psycopg.Error:
            return None


def start_failover_watch(pooled: Engine, unpooled: Engine) -> None:
    """Follow both engines, and start a thread that drops stale connections, if their URL names several hosts.

    The thread opens the database, so this process must not fork afterward.
    """
    settings = connection_settings(pooled.url)
    # Addresses would have to be reordered like the names that they belong to.
    if not names_several_hosts(pooled.url) or "hostaddr" in settings:
        return
    watch = FailoverWatch(settings)
    watch.follow(pooled)
    watch.follow(unpooled)

    def check_repeatedly() -> None:
        while True:
            time.sleep(CHECK_INTERVAL)
            watch.drop_stale()

    Thread(target=check_repeatedly, name="failover", daemon=True).start()


def _servers(settings: dict[str, Any]) -> list[HostPort]:
    hosts = str(settings["host"]).split(",")
    ports = str(settings.get("port") or "5432").split(",")
    # One port stands for all hosts, and an empty one for the default.
    return [(host, port or "5432") for host, port in zip(hosts, ports * (1 if ports[1:] else len(hosts)), strict=True)]


def _hosts(servers: list[HostPort]) -> dict[str, str]:
    hosts, ports = zip(*servers, strict=True)
    return {"host": ",".join(hosts), "port": ",".join(ports)}


def _host_port(connection: Connection[Any]) -> HostPort:
    return connection.info.host, str(connection.info.port)
