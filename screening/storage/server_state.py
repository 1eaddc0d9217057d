"""What an operator should know about a PostgreSQL server: clock, durability, replication, rights and connections."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from screening.storage.tables import columns

SETTINGS = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
STANDBYS = text("SELECT sync_state FROM pg_stat_replication")
ROLE = text("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
# Whether this user may do everything that the site does, and own what an upgrade changes.
MAY_USE = text(
    "SELECT bool_and(has_table_privilege(current_user, quote_ident(name), privilege))"
    " FROM unnest(CAST(:tables AS text[])) AS tables(name),"
    " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privileges(privilege)"
)
MAY_UPGRADE = text(
    "SELECT bool_and(pg_has_role(current_user, relowner, 'USAGE')) FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")


class ServerState(NamedTuple):
    """`unsafe`: settings that lose acknowledged shares in a power cut. `version`: such as 16."""

    clock: datetime
    version: int
    unsafe: list[str]
    has_standbys: bool
    lacks_synchronous: bool
    may_use: bool
    may_upgrade: bool
    may_create_database: bool
    most_connections: int


def server_state(connection: Connection) -> ServerState:
    """Ask the server. The tables must exist.

    Raises:
        SQLAlchemyError: the server does not answer.
    """
    wanted = [*DURABLE, "max_connections", "server_version_num"]
    settings = {row.name: row.setting for row in connection.execute(SETTINGS, {"names": wanted})}
    clock: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return ServerState(
        clock,
        int(settings["server_version_num"]) // 10_000,
        [f"{name} = {settings[name]}" for name in DURABLE if settings[name] in ("off", "local", "remote_write")],
        connection.execute(STANDBYS).first() is not None,
        lacks_synchronous_standby(connection),
        bool(connection.scalar(MAY_USE, {"tables": list(columns())})),
        bool(connection.scalar(MAY_UPGRADE)),
        bool(connection.scalar(ROLE)),
        int(settings["max_connections"]),
    )


def lacks_synchronous_standby(connection: Connection) -> bool:
    """Whether a failover could lose acknowledged shares: the database is replicated, and no standby is synchronous.

    It counts as replicated if a standby is connected, or if its URL names several hosts. Without the right to see
    the state of standbys (pg_monitor), the server's setting decides.
    """
    if connection.dialect.name == "sqlite":
        return False
    states = connection.scalars(STANDBYS).all()
    names = connection.scalar(text("SELECT current_setting('synchronous_standby_names')"))
    is_replicated = bool(states or names or "," in str(connection.engine.url.query.get("host", "")))
    is_hidden = None in states
    has_synchronous = bool(names) and (is_hidden or not {"sync", "quorum"}.isdisjoint(states))
    return is_replicated and not has_synchronous
