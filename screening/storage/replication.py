"""PostgreSQL replication: whether a synchronous standby confirms each commit before the site acknowledges it."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Connection, text

from screening.settings.database_url import names_several_hosts

# Only a role with pg_read_all_stats sees the state of a standby. Every role sees that there is one.
_STANDBYS = """
SELECT
    count(*),
    count(*) FILTER (WHERE sync_state IS NOT NULL),
    count(*) FILTER (WHERE sync_state IN ('sync', 'quorum') AND state = 'streaming')
FROM pg_stat_replication
WHERE application_name IS DISTINCT FROM 'pg_basebackup'
"""


class StandbyState(Enum):
    """Whether acknowledged shares survive the loss of the primary."""

    ALONE = "no standby is connected or expected"
    SYNCHRONOUS = "a synchronous standby confirms each commit"
    MISSING = "no standby confirms commits, although one is expected"
    HIDDEN = "this role may not see the state of standbys"


def standby_state(connection: Connection) -> StandbyState:
    """Return whether a synchronous standby confirms this server's commits.

    A standby is expected if one is connected, if the server waits for one, or if DATABASE_URL names several hosts.
    SQLite is always alone.

    Raises:
        SQLAlchemyError: the database does not answer.
    """
    if connection.dialect.name == "sqlite":
        return StandbyState.ALONE
    connected, visible, synchronous = connection.execute(text(_STANDBYS)).one()
    awaited = connection.scalar(text("SHOW synchronous_standby_names"))
    if synchronous and awaited:
        return StandbyState.SYNCHRONOUS
    if connected > visible and awaited:
        return StandbyState.HIDDEN
    is_expected = connected or awaited or names_several_hosts(connection.engine.url)
    return StandbyState.MISSING if is_expected else StandbyState.ALONE
