"""Database checks: connection, schema, durability, replication, clock skew, accounts, purge and backups."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import Config
from screening.commands.doctor.diagnosis import Diagnosis, broken, fine, or_fine, warning
from screening.site import Site
from screening.staff.auth.resealing import count_unreadable
from screening.storage import accounts, audit, expiry, schema_revision
from screening.storage.connected_hosts import ConnectedHost, connected_hosts
from screening.storage.database import db, try_to_write, unpooled_engine
from screening.storage.failures import explain_database_error
from screening.storage.replication import StandbyState
from screening.storage.server_state import ServerState, server_state

# Seconds. Authenticators' codes are accepted for one step of 30 before and after.
LARGE_SKEW, LARGEST_SKEW = 5, 30
# Connections that a worker may have open at once: two for pages, one for a probe, one for long work.
CONNECTIONS_PER_WORKER = 4
# Entries of the audit trail that are checked.
CHECKED_OF_TRAIL = 1_000
UNSYNCHRONIZED = (
    "No standby is synchronous, so a failover loses shares that patients were told are stored. "
    "Turn on synchronous_mode and synchronous_mode_strict in Patroni, or set synchronous_standby_names."
)
HIDDEN_STANDBYS = (
    "This user may not see whether the standby is synchronous. Run GRANT pg_read_all_stats TO it, as a superuser."
)


def check_database(config: Config, site: Site) -> Iterator[Diagnosis]:
    """Check the database. Without a connection or the right schema, yield that finding alone."""
    try:
        with unpooled_engine().connect() as connection:
            if reason := schema_revision.why_unusable(unpooled_engine()):
                yield broken("Database", reason)
                return
            try_to_write(site.memory)
            # After a rollback it is newer than the newest that this code knows.
            stored = schema_revision.stored_revision(connection)
            yield fine("Database", f"Answers and can be written, schema {stored}.")
            for check in CHECKS:
                yield from check(connection, config, site)
    except SQLAlchemyError as error:
        yield broken("Database", explain_database_error(error, db.engine.url))


def _check_server(connection: Connection, config: Config, _site: Site) -> Iterator[Diagnosis]:
    if connection.dialect.name == "sqlite":
        damage = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        if damage != "ok":
            yield broken("Database", "Its file is damaged. Restore a backup: flask --app wsgi database restore FILE.")
        return
    state = server_state(connection)
    yield from or_fine("Server", _weaknesses(state, config), f"PostgreSQL {state.version}, durable.")
    yield from or_fine("Clock", _skew(state), "Agrees with the database server's.")
    if state.standby is StandbyState.SYNCHRONOUS:
        yield fine("Replication", "A standby is synchronous.")
    elif state.standby is not StandbyState.ALONE:
        yield warning("Replication", UNSYNCHRONIZED if state.standby is StandbyState.MISSING else HIDDEN_STANDBYS)


def _weaknesses(state: ServerState, config: Config) -> Iterator[Diagnosis]:
    if state.unsafe:
        yield broken("Server", f"A power cut loses shares, because of {', '.join(state.unsafe)}. Set each to on.")
    if not state.may_use:
        yield broken("Server", "This user may not read and write every table. Make it their owner.")
    if not state.may_upgrade:
        yield warning("Server", "This user does not own every table, so an upgrade will fail. Make it their owner.")
    if not state.may_create_database:
        yield warning("Server", "This user may not check backups. Run ALTER ROLE … CREATEDB.")
    if state.max_connections < CONNECTIONS_PER_WORKER * config.workers + 3:
        yield warning(
            "Server",
            f"max_connections is {state.max_connections}, and {config.workers} workers may need "
            f"{CONNECTIONS_PER_WORKER * config.workers}. Raise it, or lower WORKERS.",
        )
    for program in ("pg_dump", "pg_restore"):
        if reason := _why_unfit(program, state.version):
            yield warning("Server", f"{reason} Install PostgreSQL {state.version}'s client programs for backups.")


def _why_unfit(program: str, version: int) -> str:
    path = shutil.which(program)
    if path is None:
        return f"{program} is not on this machine."
    output = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", output)
    return f"{program} is older than the server." if found and int(found[1]) < version else ""


def _skew(state: ServerState) -> Iterator[Diagnosis]:
    seconds = abs((datetime.now(UTC) - state.clock).total_seconds())
    difference = f"This machine's clock and the database server's differ by {seconds:.0f} s. Synchronize both (NTP)."
    if seconds > LARGEST_SKEW:
        yield broken("Clock", difference)
    elif seconds > LARGE_SKEW:
        yield warning("Clock", difference)


def _check_hosts(connection: Connection, _config: Config, _site: Site) -> Iterator[Diagnosis]:
    hosts = connected_hosts(connection)
    if len({host.name for host in hosts}) > 1:
        yield from or_fine("Hosts", _differences(hosts), f"{_names(hosts)} serve the same release and questions.")
        together = sum({host.name: host.shares_per_hour for host in hosts}.values())
        yield fine(
            "Hosts", f"Together they allow {together} shares an hour. SHARES_PER_HOUR is each host's own part of that."
        )


def _differences(hosts: list[ConnectedHost]) -> Iterator[Diagnosis]:
    for what, values in (("releases", {h.release for h in hosts}), ("questions", {h.questions for h in hosts})):
        if len(values) > 1:
            each = ", ".join(f"{h.name} {h.release if what == 'releases' else h.questions}" for h in hosts)
            yield warning("Hosts", f"They serve different {what} ({each}). Give all the same, then reload each.")
    if len({host.shares_per_hour for host in hosts}) == 1 and hosts[0].shares_per_hour == Config.shares_per_hour:
        yield warning(
            "Hosts",
            f"SHARES_PER_HOUR is {Config.shares_per_hour}, the default, on each of {_names(hosts)}, so the site allows "
            f"that many times as much. Give each its part.",
        )


def _names(hosts: Iterable[ConnectedHost]) -> str:
    return " and ".join(sorted({host.name for host in hosts}))


def _check_upkeep(connection: Connection, config: Config, site: Site) -> Iterator[Diagnosis]:
    with Session(connection) as session:
        yield from or_fine("Purge", _late_purge(session), f"Last on {expiry.last_purge(session)} (UTC).")
        yield from or_fine("Accounts", _lost_accounts(session, config), "A manager can sign in.")
        yield from or_fine("Audit trail", _changed_trail(session, site.audit_key), "Its newest entries are intact.")
    made = site.backups.last_made()
    yield from or_fine("Backup", _late_backup(made), f"Last on {made} (UTC).")


def _late_purge(session: Session) -> Iterator[Diagnosis]:
    purged_on = expiry.last_purge(session)
    if alarm := expiry.clock_alarm(session):
        yield broken("Purge", str(alarm))
    elif purged_on is not None and purged_on < _today() - timedelta(days=1):
        yield warning("Purge", f"The last one was on {purged_on}. The server purges every hour: see that it runs.")


def _lost_accounts(session: Session, config: Config) -> Iterator[Diagnosis]:
    every = accounts.all_accounts(session)
    if not any(one.active and one.role == accounts.MANAGER for one in every):
        yield warning("Accounts", "There is no manager. Run flask --app wsgi staff add.")
    if lost := count_unreadable(session, config.staff_keys):
        yield broken(
            "Accounts",
            f"STAFF_KEYS does not open the second steps of {lost} accounts. Restore the key from your backup, or run "
            "staff renew for each.",
        )


def _changed_trail(session: Session, key: str) -> Iterator[Diagnosis]:
    if number := audit.verify_newest(session, key, CHECKED_OF_TRAIL):
        yield broken(
            "Audit trail",
            f"Entry {number} was changed, or AUDIT_KEY is not the key it was written with. Restore the key, or compare "
            "the trail with that of a backup.",
        )


def _late_backup(made: date | None) -> Iterator[Diagnosis]:
    remedy = "Run flask --app wsgi database backup every day."
    if made is None:
        yield warning("Backup", f"There is none. {remedy}")
    elif made < _today() - timedelta(days=1):
        yield warning("Backup", f"The last one is from {made} (UTC). {remedy}")


def _today() -> date:
    return datetime.now(UTC).date()


CHECKS: tuple[Callable[[Connection, Config, Site], Iterator[Diagnosis]], ...] = (
    _check_server,
    _check_hosts,
    _check_upkeep,
)
