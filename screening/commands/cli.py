"""Commands that read like sentences: `submissions purge`, `database upgrade`, `serve`. See authors.py for the rest."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import click
from flask import Flask
from flask.cli import AppGroup

from config import ROOT, Config
from screening import retention
from screening.authoring.checks import sources
from screening.authoring.loader import Collection
from screening.commands import demo
from screening.commands.database import database_commands, upgrade
from screening.commands.error_handling import explain_failures
from screening.commands.questions import authors_commands
from screening.commands.staff import init_staff_commands, make_first_manager
from screening.commands.submissions import export_command
from screening.server import Refused, serve
from screening.storage import audit, expiry, saved_drafts, weeks
from screening.storage.database import db


def init_commands(app: Flask, config: Config, collection: Collection) -> None:
    """Give the application its commands."""
    shared = AppGroup("submissions", help="Look after what patients shared.")

    @shared.command("purge")
    @click.option("--delete", "is_meant", is_flag=True, help="Delete them. Without it, nothing is changed.")
    def purge_command(is_meant: bool) -> None:
        """Say how many submissions, saved drafts and backups are over their time, or delete them."""
        first = expiry.oldest_kept(config.retention_days)
        over = f"of weeks before {weeks.written(first)}, over their {config.retention_days} days"
        drafts_over = f"saved for later, over their {saved_drafts.KEPT.days} days"
        backups_over = f"of the database, over their {config.backup_days} days"
        if is_meant:
            before = expiry.last_purge(db.session)
            db.session.commit()
            gone = retention.purge(config.retention_days)
            click.echo(f"{gone.submissions} submissions {over}, were deleted.")
            click.echo(f"{gone.drafts} drafts {drafts_over}, were deleted.")
            click.echo(f"{gone.backups} backups {backups_over}, were deleted.")
            click.echo(_last_purge(expiry.last_purge(db.session), before))
        else:
            there = expiry.count(db.session, config.retention_days, app.extensions["backups"])
            click.echo(f"{there.submissions} submissions {over}, would be deleted. To delete them, add --delete.")
            click.echo(f"{there.drafts} drafts {drafts_over}, would be deleted too.")
            click.echo(f"{there.backups} backups {backups_over}, would be deleted too.")
            if alarm := expiry.alarm(db.session):
                click.echo(f"{alarm}")

    @app.cli.command("serve")
    @click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True, callback=_listening)
    @click.option("--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535))
    @click.option("--prepare", is_flag=True, help="First do database upgrade and staff first.")
    def serve_command(host: str, port: int, prepare: bool) -> None:
        """Serve the site."""

        def prepare_database() -> None:
            upgrade(app)
            make_first_manager(config.manager)

        for warning in warnings(config, collection, datetime.now(UTC).date()):
            click.echo(warning)
        try:
            serve(app, host, port, config, prepare_database if prepare else None)
        except Refused as reason:
            raise click.ClickException(str(reason)) from None

    @app.cli.command("version")
    def version_command() -> None:
        """Print the version of this code."""
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        click.echo(f"{project['name']} {project['version']}")

    @app.cli.command("demo")
    @click.option("--seed", default=1, show_default=True, help="Another number makes other answers.")
    @click.option("--number", default=demo.NUMBER, show_default=True, type=click.IntRange(min=1), help="How many.")
    def demo_command(seed: int, number: int) -> None:
        """Fill an empty database with made-up submissions."""
        try:
            made = demo.fill(config, collection.questionnaires[0], datetime.now(UTC), seed, number, _of(number))
        except demo.Declined as reason:
            raise click.ClickException(str(reason)) from None
        click.echo(made)

    app.cli.add_command(authors_commands(config, collection))
    shared.add_command(export_command)
    app.cli.add_command(shared)
    app.cli.add_command(database_commands(app, config))
    app.cli.add_command(_audit_commands(config.audit_key))
    init_staff_commands(app, config.manager)
    explain_failures(app.cli)


def _listening(_context: click.Context, _parameter: click.Parameter, written: str) -> str:
    """An address to listen on, of IPv6 with or without brackets."""
    host = re.sub(r"^\[(.*)\]$", r"\1", written.strip())
    try:
        host.encode("idna")
    except UnicodeError:
        raise click.BadParameter(f'"{written}" is not a host. Write an address, such as 127.0.0.1 or ::1.') from None
    return host


def _last_purge(now: date | None, before: date | None) -> str:
    """What became of the day of the last purge."""
    told = f"The day of the last purge is now {now} (UTC)."
    if now and before and now < before:
        told += f" That is before {before}, the day of the purge before it. Check the server's clock."
    return told


def _of(number: int) -> Callable[[int], None]:
    """What tells how far a long work is, at each tenth."""
    told = 0

    def tell(done: int) -> None:
        nonlocal told
        if done < number and 10 * done // number > told:
            told = 10 * done // number
            click.echo(f"{done} of {number} …")

    return tell


def _audit_commands(key: str) -> AppGroup:
    trail = AppGroup("audit", help="Check that the notes of who read what are as they were written.")

    @trail.command("head")
    def head_command() -> None:
        """Say where the audit trail ends. Keep it elsewhere: a tail cut off later shows against it."""
        click.echo(str(audit.head(db.session)))

    @trail.command("verify")
    @click.option(
        "--head", "kept", default=str(audit.NOTHING), show_default=False, help="What audit head said earlier."
    )
    def verify_command(kept: str) -> None:
        """Check that nobody changed the audit trail."""
        try:
            broken = audit.verify(db.session, key, audit.Head.read(kept))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        if broken is not None:
            raise click.ClickException(f"Entry {broken} is not as it was written, or not there any more.")
        click.echo(f"These {audit.head(db.session).number} entries are as they were written.")
        if kept == str(audit.NOTHING):
            click.echo(
                "Whether some were cut off at the end shows only against a head that was kept elsewhere (--head)."
            )

    return trail


def warnings(config: Config, collection: Collection, today: date) -> Iterator[str]:
    """What an operator should look at, though nothing of it stops the site."""
    yield from map(str, collection.warnings)
    for questionnaire in collection.questionnaires:
        yield from sources.out_of_date(questionnaire, today)
    if config.support_confirmed is None:
        yield "The support lines are not confirmed. Compare them with their sources, then set SUPPORT_CONFIRMED."
    for line in collection.support[config.country].stale(today, config.support_confirmed):
        yield f"{line.name}: last checked {line.checked}. Compare it with its source, then set SUPPORT_CONFIRMED."
