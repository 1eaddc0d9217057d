"""Commands for what patients shared: delete what is over its time, and export the same files as on the page."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.orm import Session

from config import Config
from screening import purger
from screening.exports.codebook import codebook, record_schema
from screening.exports.formats import FORMATS, Level
from screening.site import site, site_of
from screening.staff.review.export_page import ACTIONS
from screening.staff.review.filters import STATES
from screening.storage import audit, expiry, export_rows, saved_drafts, weeks
from screening.storage.database import db
from screening.storage.export_rows import AnsweredVersion, Export, ExportQuery

LEVELS = [level.value for level in Level]


def submissions_commands(app: Flask, config: Config) -> AppGroup:
    """Make the group of commands."""
    submissions = AppGroup("submissions", help="Look after what patients shared.")

    @submissions.command("purge")
    @click.option("--delete", "is_meant", is_flag=True, help="Delete them. Without it, nothing is changed.")
    def purge_command(is_meant: bool) -> None:
        """Say how many submissions, saved drafts and backups are over their time, or delete them."""
        first = expiry.oldest_retained_today(config.retention_days)
        over = f"of weeks before {weeks.format_week(first)}, over their {config.retention_days} days"
        drafts_over = f"saved for later, over their {saved_drafts.SAVED_FOR.days} days"
        backups_over = f"of the database, over their {config.backup_days} days"
        if is_meant:
            before = expiry.last_purge(db.session)
            db.session.commit()
            gone = purger.purge_now(config.audit_key, config.retention_days, site_of(app).backups)
            click.echo(f"{gone.submissions} submissions {over}, were deleted.")
            click.echo(f"{gone.drafts} drafts {drafts_over}, were deleted.")
            click.echo(f"{gone.backups} backups {backups_over}, were deleted.")
            click.echo(_last_purge(expiry.last_purge(db.session), before))
        else:
            there = expiry.count_expired(db.session, config.retention_days, site_of(app).backups)
            click.echo(f"{there.submissions} submissions {over}, would be deleted. To delete them, add --delete.")
            click.echo(f"{there.drafts} drafts {drafts_over}, would be deleted too.")
            click.echo(f"{there.backups} backups {backups_over}, would be deleted too.")
            if alarm := expiry.clock_alarm(db.session):
                click.echo(f"{alarm}")

    submissions.add_command(export_command)
    return submissions


def _last_purge(now: date | None, before: date | None) -> str:
    """What became of the day of the last purge."""
    told = f"The day of the last purge is now {now} (UTC)."
    if now and before and now < before:
        told += f" That is before {before}, the day of the purge before it. Check the server's clock."
    return told


def _week(_context: click.Context, _parameter: click.Parameter, typed: str | None) -> int | None:
    week = weeks.parse_week(typed) if typed else None
    if typed and week is None:
        raise click.BadParameter(f'"{typed}" is no week. Write it as 2026-W42.')
    return week


@click.command("export")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", default="wide", show_default=True, type=click.Choice([*FORMATS, "codebook", "schema"])
)
@click.option("--level", default=LEVELS[0], show_default=True, type=click.Choice(LEVELS), help="weekly tells more.")
@click.option("--from", "first", callback=_week, help="Weekly: the first week, such as 2026-W42.")
@click.option("--to", "last", callback=_week, help="Weekly: the last week.")
@click.option("--state", type=click.Choice([*STATES]), help="Weekly: only these.")
@click.option("--version", default="", help="Weekly: only this version of the questions, by the beginning of its hash.")
@click.option("--questionnaire", help="Its id, if several were answered.")
@with_appcontext
def export_command(
    file: Path | None,
    form: str,
    level: str,
    first: int | None,
    last: int | None,
    state: str | None,
    version: str,
    questionnaire: str | None,
) -> None:
    """Write what was shared in closed weeks to FILE, or to the terminal. A codebook says what its columns mean."""
    if level == LEVELS[0] and (first or last or state or version):
        raise click.UsageError("Only a weekly export can be limited: a choice of weeks would tell them.")
    now = datetime.now(UTC)
    oldest = weeks.oldest_retained(now.date(), site().retention_days)
    with db.sessionmaker() as session:
        known = _known(export_rows.answered_versions(session, now, oldest), questionnaire)
        wanted = ExportQuery(
            known[0].questionnaire, first, last, _version(known, version), STATES[state] if state else None
        )
    with _opened(file) as target, db.sessionmaker() as session:
        if form in FORMATS:
            _write(session, wanted, Level(level), form, target, now, oldest)
            return
        made = Export(session, wanted, Level(level), now, oldest).versions
        text = codebook(made) if form == "codebook" else json.dumps(record_schema(made, Level(level)), indent=1) + "\n"
        target.write(text.encode())


def _write(
    session: Session, wanted: ExportQuery, level: Level, form: str, target: BinaryIO, now: datetime, oldest: int
) -> None:
    with db.sessionmaker() as trail:
        audit.append_entry(trail, site().audit_key, audit.COMMAND_LINE, ACTIONS[level], now.date())
    export = Export(session, wanted, level, now, oldest)
    for part in export.parts(FORMATS[form]):
        target.write(part)
        share = 100 * export.written // max(1, export.number)
        click.echo(f"\r{export.written} of {export.number} submissions ({share}%)", nl=False, err=True)
    click.echo("", err=True)
    if left_out := export.left_out + export.without_version:
        told = f"{left_out} damaged {'submission was' if left_out == 1 else 'submissions were'} left out."
        click.echo(
            f"{told} Something other than this site changed what was stored. A backup may still have it.", err=True
        )


def _known(answered: list[AnsweredVersion], questionnaire: str | None) -> list[AnsweredVersion]:
    """The versions of the questionnaire that is asked for, or of the only one."""
    ids = {one.questionnaire for one in answered}
    if not ids:
        raise click.ClickException("There is nothing to export: nothing was shared in a week that is closed.")
    if questionnaire is None and len(ids) > 1:
        raise click.UsageError(f"Several were answered. Add --questionnaire: {', '.join(sorted(ids))}.")
    if questionnaire not in {None, *ids}:
        raise click.BadParameter(f"Nobody answered {questionnaire}, but {', '.join(sorted(ids))}.")
    return [one for one in answered if questionnaire in (None, one.questionnaire)]


def _version(known: list[AnsweredVersion], beginning: str) -> str | None:
    # As files write it, with a letter before it.
    found = [one.version for one in known if one.version.startswith(beginning.removeprefix("v"))]
    if beginning and len(found) != 1:
        there = ", ".join(one.version[:12] for one in known)
        raise click.BadParameter(f"{beginning} is not the beginning of one version that was answered: {there}.")
    return found[0] if beginning else None


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    """The standard output, or a new file for its owner alone, which has its name only once it is whole."""
    if file is None:
        yield sys.stdout.buffer
        return
    part = file.with_name(f"{file.name}.part")
    try:
        if file.exists():
            raise FileExistsError(errno.EEXIST, "", str(file))
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as opened:
            try:
                yield opened
                opened.flush()
                os.fsync(opened.fileno())
                part.rename(file)
            finally:
                part.unlink(missing_ok=True)
    except FileExistsError as error:
        raise click.ClickException(f"{error.filename} is there already. Name another file.") from None
    except OSError as error:
        raise click.ClickException(f"{file} could not be written: {error.strerror}.") from None
