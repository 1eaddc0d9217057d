"""Commands that maintain the database: upgrade, backup, restore."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from config import Config
from screening import purger
from screening.settings.unix_user import may_read, this_user
from screening.site import site_of
from screening.storage import accounts, audit, backups, expiry, schema_revision
from screening.storage.audit import Action
from screening.storage.backups import BACKUP, UPGRADE
from screening.storage.database import alone_among_hosts, db, unpooled_engine
from screening.storage.failures import NEWER, OperationRefused, is_damaged

# Hosts that share a database take turns at this.
UPGRADING = "upgrade"
log = logging.getLogger("screening")


def database_commands(app: Flask, config: Config) -> AppGroup:
    """Make the group `database`."""
    database = AppGroup("database", help="Upgrade, back up and restore the database.")

    @database.command("upgrade")
    @click.option("--without-backup", is_flag=True, help="Skip the backup, if you made one another way.")
    def upgrade_command(without_backup: bool) -> None:
        """Upgrade the database to the schema that this code needs, after a backup of what it holds."""
        with alone_among_hosts(unpooled_engine(), UPGRADING):
            upgrade_database(app, without_backup)
        click.echo("The database is up to date.")

    @database.command("backup")
    @click.argument("file", required=False, type=click.Path(path_type=Path))
    def backup_command(file: Path | None) -> None:
        """Copy the database and check the copy with a test restore. The server may keep running."""
        if reason := schema_revision.why_unusable(unpooled_engine()):
            raise click.ClickException(reason)
        _write(app, Action.BACKED_UP)
        _back_up(app, BACKUP, file)

    @database.command("restore")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    @click.confirmation_option(
        prompt="This reverts everything since that backup and restores submissions that patients have deleted. "
        "Continue?"
    )
    def restore_command(file: Path) -> None:
        """Replace the database with the backup FILE. Stop the server first."""
        if not may_read(file):
            raise click.ClickException(
                f"{file} does not exist, or the user {this_user()} may not read it. Correct the name, or copy the file "
                f"to {site_of(app).backups.folder} and run chown {this_user()}: on the copy."
            )
        try:
            with backups.with_exclusive_lock(config.instance):
                _restore(app, config, file)
        except OperationRefused as reason:
            raise click.ClickException(str(reason)) from None

    return database


def upgrade_database(app: Flask, without_backup: bool = False) -> None:
    """Upgrade the database to the schema that this code needs. A database that holds data is backed up first.

    Raises:
        ClickException: it belongs to a newer release, or its backup failed; nothing was changed.
    """
    reason = schema_revision.why_unusable(unpooled_engine())
    if not reason:
        return
    if reason == NEWER:
        raise click.ClickException(reason)
    if inspect(db.engine).has_table("audit_entry") and not without_backup:
        _back_up(app, UPGRADE, None)
    _upgrade_schema()
    log.info("The database is upgraded to schema %s.", schema_revision.newest())


def _upgrade_schema() -> None:
    # Imported late to save memory: the server's processes do not need Alembic.
    from screening.storage.alembic_setup import upgrade_schema

    upgrade_schema()


def _back_up(app: Flask, why: str, file: Path | None) -> None:
    folder = site_of(app).backups
    ending = "sqlite" if db.engine.dialect.name == "sqlite" else "dump"
    target = file or folder.new(why, ending, _today())
    if target.exists():
        raise click.ClickException(f"{target} already exists. Name another file.")
    try:
        contents = backups.back_up(unpooled_engine(), target)
    except OperationRefused as reason:
        hint = "\nIf you already have a backup, add --without-backup." if why == UPGRADE else ""
        raise click.ClickException(f"{reason}{hint}") from None
    log.info("The database is backed up.")
    with db.sessionmaker() as session:
        broken = audit.verify_chain(session, site_of(app).audit_key, contents.head)
    # No number of rows: a timer's journal would tell day by day how many had shared.
    click.echo(f"Backed up the database to {target}. A test restore is identical.")
    if broken is not None:
        click.echo(
            f"Warning: entry {broken} of the audit trail was changed or deleted, in the database itself. "
            "Compare it with an older backup."
        )
    last_day = _today() + timedelta(days=folder.days)
    click.echo(
        f"The site promises patients that backups are gone after {folder.days} days. "
        + (
            f"Delete this one by {last_day}: the site deletes only those in {folder.folder}."
            if file
            else f"The site deletes this one on {last_day}."
        )
    )
    click.echo("It is not encrypted and holds no keys. Protect any copy just as well, and delete it by the same day.")


def _restore(app: Flask, config: Config, file: Path) -> None:
    audit_end = _audit_end()
    replaced = backups.restore_backup(db.engine, file, site_of(app).backups, _today())
    _upgrade_schema()
    _write(app, Action.RESTORED)
    with db.sessionmaker() as session:
        accounts.end_all_sessions(session)
    purged = purger.purge_now(config.audit_key, config.retention_days, site_of(app).backups)
    click.echo(f"Restored the database from {file}. Submissions deleted as past their retention: {purged.submissions}.")
    click.echo(f"The day of the last purge is now {expiry.last_purge(db.session)} (UTC), by the server's clock.")
    if replaced:
        click.echo(f"The replaced database is kept as {replaced}, for as long as any backup. {audit_end}")
    click.echo(
        "Submissions that patients deleted since that backup are back, and the site cannot tell which. "
        "A patient can delete theirs again with the code: inform those whom you can reach.\n"
        "Passwords, roles and disabled accounts are those of the backup: review them at /staff/accounts. "
        "Everyone is signed out, and account links no longer work."
    )


def _audit_end() -> str:
    """Say where the audit trail of the database that is about to be replaced ends."""
    try:
        with db.sessionmaker() as session:
            head = audit.chain_head(session) if inspect(db.engine).has_table("audit_entry") else audit.EMPTY_CHAIN
    except DatabaseError as error:
        if not is_damaged(error):
            raise
        return "Its audit trail could not be read."
    return f"Its audit trail ended with {head}"


def _write(app: Flask, action: Action) -> None:
    with db.sessionmaker() as session:
        audit.append_entry(session, site_of(app).audit_key, audit.COMMAND_LINE, action, _today())


def _today() -> date:
    return datetime.now(UTC).date()
