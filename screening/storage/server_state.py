"""State of a PostgreSQL server: clock, durability settings, replication, privileges and connection limit."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from screening.storage.replication import StandbyState, standby_state
from screening.storage.tables import columns

SETTINGS = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
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
    standby: StandbyState
    may_use: bool
    may_upgrade: bool
    may_create_database: bool
    max_connections: int


def server_state(connection: Connection) -> ServerState:
    """Query the server. The tables must exist.

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
        standby_state(connection),
        bool(connection.scalar(MAY_USE, {"tables": list(columns())})),
        bool(connection.scalar(MAY_UPGRADE)),
        bool(connection.scalar(ROLE)),
        int(settings["max_connections"]),
    )
