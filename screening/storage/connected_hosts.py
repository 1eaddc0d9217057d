"""Discovery of the hosts that serve one PostgreSQL database, by `application_name`. Nothing is stored."""

from __future__ import annotations

import re
import socket
from typing import NamedTuple

from sqlalchemy import Connection, text

# PostgreSQL truncates longer names.
LONGEST_CONNECTION_NAME = 63
NAME = re.compile(r"screening (\S+) ([0-9a-f]{12}) (\d+)/h (\S+)")
OWN_NAME = text("SELECT current_setting('application_name')")
NAMES = text("SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = current_database()")


class ConnectedHost(NamedTuple):
    """A host with open connections: its release, the hash of its questions, its SHARES_PER_HOUR and its name."""

    release: str
    questions: str
    shares_per_hour: int
    name: str


def connection_name(release: str, questions: str, shares_per_hour: int) -> str:
    """Return the name of this host's connections. `questions`: 12 hexadecimal digits."""
    return f"screening {release} {questions} {shares_per_hour}/h {socket.gethostname()}"[:LONGEST_CONNECTION_NAME]


def connected_hosts(connection: Connection) -> list[ConnectedHost]:
    """Return what each connected host says about itself, this one included; nothing on SQLite."""
    if connection.dialect.name == "sqlite":
        return []
    found = (NAME.fullmatch(name) for name in connection.scalars(NAMES))
    return sorted({ConnectedHost(one[1], one[2], int(one[3]), one[4]) for one in found if one})


def other_hosts(connection: Connection) -> set[str]:
    """Return the names of the connected hosts except this one; empty on SQLite."""
    hosts = connected_hosts(connection)
    # PostgreSQL may have truncated this host's name too.
    own = NAME.fullmatch(connection.scalar(OWN_NAME) or "") if hosts else None
    return {host.name for host in hosts} - ({own[4]} if own else set())
