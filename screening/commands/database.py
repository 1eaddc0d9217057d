"""Commands that look after the database: upgrade, backup, restore."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import inspect
from sqlalchemy.exc import DatabaseError

from config import Config
from screening import purger
from screening.site import site_of
from screening.storage import accounts, audit, backups, expiry, schema_revision
from screening.storage.audit import Action
from screening.storage.backups import BACKUP, UPGRADE, Impossible
from screening.storage.database import db, unpooled_engine
from screening.storage.failures import NEWER, is_damaged


def database_commands(app: Flask, config: Config) -> AppGroup:
    """The group of commands."""
    database = AppGroup("database", help="Look after the database.")

    @database.command("upgrade")
    @click.option("--without-backup", is_flag=True, help="You have made one in another way.")
    def upgrade_command(without_backup: bool) -> None:
        """Bring the database to the form that this code needs; what is there is backed up first."""
        upgrade_database(app, without_backup)
        click.echo("The database is up to date.")

    @database.command("backup")
    @click.argument("file", required=False, type=click.Path(path_type=Path))
    def backup_command(file: Path | None) -> None:
        """Copy the database, while the server may run, and check the copy by restoring it elsewhere."""
        if reason := schema_revision.why_unusable(unpooled_engine()):
            raise click.ClickException(reason)
        _write(app, Action.BACKED_UP)
        _back_up(app, BACKUP, file)

    @database.command("restore")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.confirmation_option(prompt="What was shared, saved or deleted since that backup is then as it was. Go on?")
    def restore_command(file: Path) -> None:
        """Put a backup in the place of the database. The server must be stopped."""
        try:
            with backups.with_exclusive_lock(config.instance):
                _restore(app, config, file)
        except Impossible as reason:
            raise click.ClickException(str(reason)) from None

    return database


def upgrade_database(app: Flask, without_backup: bool = False) -> None:
    """Bring the database to the form that this code needs; one that holds something is backed up first.

    Raises:
        ClickException: it is of a newer release, or could not be backed up; it is as it was.
    """
    reason = schema_revision.why_unusable(unpooled_engine())
    if not reason:
        return
    if reason == NEWER:
        raise click.ClickException(reason)
    if inspect(db.engine).has_table("audit_entry") and not without_backup:
        _back_up(app, UPGRADE, None)
    _upgrade_schema()


def _upgrade_schema() -> None:
    # Imported when needed: Alembic takes memory, and the server's processes need none of it.
    from screening.storage.alembic_setup import upgrade_schema

    upgrade_schema()


def _back_up(app: Flask, why: str, file: Path | None) -> None:
    kept = site_of(app).backups
    ending = "sqlite" if db.engine.dialect.name == "sqlite" else "dump"
    target = file or kept.new(why, ending, _today())
    if target.exists():
        raise click.ClickException(f"{target} is there already. Name another file.")
    try:
        contents = backups.back_up(unpooled_engine(), target)
    except Impossible as reason:
        more = "\nIf you have a backup, run it with --without-backup." if why == UPGRADE else ""
        raise click.ClickException(f"{reason}{more}") from None
    with db.sessionmaker() as session:
        broken = audit.verify_chain(session, site_of(app).audit_key, contents.head)
    click.echo(
        f"{target} holds the database. It was restored elsewhere and compared: {sum(contents.rows.values())} rows."
    )
    if broken is not None:
        click.echo(f"But in the database itself, entry {broken} of the audit trail is not as it was written.")
    goes = _today() + timedelta(days=kept.days)
    click.echo(
        f"Patients are told that it is gone after {kept.days} days. "
        + (
            f"Delete it by {goes}: the site removes only those in {kept.folder}."
            if file
            else f"It is removed on {goes}."
        )
    )
    click.echo(
        "It is not encrypted, and keys are not in it. A copy elsewhere needs both the same care and the same end."
    )


def _restore(app: Flask, config: Config, file: Path) -> None:
    before = _trail_end()
    replaced = backups.restore_backup(db.engine, file, site_of(app).backups, _today())
    _upgrade_schema()
    _write(app, Action.RESTORED)
    with db.sessionmaker() as session:
        accounts.end_all_sessions(session)
    gone = purger.purge_now(config.audit_key, config.retention_days, site_of(app).backups)
    click.echo(f"{file} is now the database. What it held over its time was deleted: {gone.submissions} submissions.")
    click.echo(f"The day of the last purge is now {expiry.last_purge(db.session)} (UTC), as the server's clock says.")
    if replaced:
        click.echo(f"The one before is kept as {replaced}, as long as any backup. {before}")
    click.echo(
        "What patients deleted since that backup is there again, and nothing here knows what it was. "
        "Whoever has the code can delete it once more; tell those whom you can reach.\n"
        "Passwords, roles and disabled accounts are as they were then: look at /staff/accounts. "
        "Everyone is signed out, and links that were given open nothing."
    )


def _trail_end() -> str:
    """Say where the audit trail ends that is about to be replaced."""
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
