"""Commands for submissions: purge what is past its retention, and export the same files as the staff page."""

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
from screening.exports.codebook import codebook
from screening.exports.file_formats import FORMATS
from screening.exports.formats import Level
from screening.exports.record_schema import record_schema
from screening.site import site, site_of
from screening.staff.review.export_page import ACTIONS
from screening.staff.review.filters import STATES
from screening.storage import audit, expiry, export_rows, saved_drafts, weeks
from screening.storage.database import db
from screening.storage.export_rows import AnsweredVersion, Export, ExportQuery

LEVELS = [level.value for level in Level]


def submissions_commands(app: Flask, config: Config) -> AppGroup:
    """Make the group `submissions`."""
    submissions = AppGroup(
        "submissions", help="Export submissions. Purge expired submissions, saved drafts and backups."
    )

    @submissions.command("purge")
    @click.option("--delete", "is_meant", is_flag=True, help="Delete them. Without this, nothing changes.")
    def purge_command(is_meant: bool) -> None:
        """Count the submissions, saved drafts and backups that are past their retention, or delete them."""
        first = expiry.oldest_retained_today(config.retention_days)
        submissions_past = f"of weeks before {weeks.format_week(first)}, past their {config.retention_days} days"
        drafts_past = f"saved for later, past their {saved_drafts.SAVED_FOR.days} days"
        backups_past = f"of the database, past their {config.backup_days} days"
        if is_meant:
            before = expiry.last_purge(db.session)
            db.session.commit()
            deleted = purger.purge_now(config.audit_key, config.retention_days, site_of(app).backups)
            click.echo(f"{deleted.submissions} submissions {submissions_past}, were deleted.")
            click.echo(f"{deleted.drafts} drafts {drafts_past}, were deleted.")
            click.echo(f"{deleted.backups} backups {backups_past}, were deleted.")
            click.echo(_last_purge(expiry.last_purge(db.session), before))
        else:
            expired = expiry.count_expired(db.session, config.retention_days, site_of(app).backups)
            click.echo(
                f"{expired.submissions} submissions {submissions_past}, would be deleted. To delete them, add --delete."
            )
            click.echo(f"{expired.drafts} drafts {drafts_past}, would be deleted too.")
            click.echo(f"{expired.backups} backups {backups_past}, would be deleted too.")
            if alarm := expiry.clock_alarm(db.session):
                click.echo(f"{alarm}")

    submissions.add_command(export_command)
    return submissions


def _last_purge(now: date | None, before: date | None) -> str:
    """Describe the new day of the last purge, and warn if the clock has gone back."""
    message = f"The day of the last purge is now {now} (UTC)."
    if now and before and now < before:
        message += f" That is before {before}, the day of the previous purge. Check the server's clock."
    return message


def _week(_context: click.Context, _parameter: click.Parameter, typed: str | None) -> int | None:
    week = weeks.parse_week(typed) if typed else None
    if typed and week is None:
        raise click.BadParameter(f'"{typed}" is not a week. Use the form 2026-W42.')
    return week


@click.command("export")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format", "form", default="wide", show_default=True, type=click.Choice([*FORMATS, "codebook", "schema"])
)
@click.option("--level", default=LEVELS[0], show_default=True, type=click.Choice(LEVELS), help="weekly reveals more.")
@click.option("--from", "first", callback=_week, help="Weekly: the first week, such as 2026-W42.")
@click.option("--to", "last", callback=_week, help="Weekly: the last week.")
@click.option("--state", type=click.Choice([*STATES]), help="Weekly: only this review state.")
@click.option("--version", default="", help="Weekly: only this version of the questions, by the beginning of its hash.")
@click.option("--questionnaire", help="Its id, if several have submissions.")
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
    """Export the submissions of closed weeks, or their codebook or JSON Schema, to FILE or standard output.

    A file is never overwritten. Each export of submissions is audited. Damaged ones are left out and counted.
    """
    if level == LEVELS[0] and (first or last or state or version):
        raise click.UsageError(
            "A year-only export cannot be filtered: the filter would reveal more than the year. Add --level weekly."
        )
    now = datetime.now(UTC)
    oldest = weeks.oldest_retained(now.date(), site().retention_days)
    with db.sessionmaker() as session:
        answered = _answered(export_rows.answered_versions(session, now, oldest), questionnaire)
        query = ExportQuery(
            answered[0].questionnaire, first, last, _version(answered, version), STATES[state] if state else None
        )
    with _opened(file) as target, db.sessionmaker() as session:
        if form in FORMATS:
            _write(session, query, Level(level), form, target, now, oldest)
            return
        versions = Export(session, query, Level(level), now, oldest).versions
        if form == "codebook":
            text = codebook(versions)
        else:
            text = json.dumps(record_schema(versions, Level(level)), indent=1) + "\n"
        target.write(text.encode())


def _write(
    session: Session, query: ExportQuery, level: Level, form: str, target: BinaryIO, now: datetime, oldest: int
) -> None:
    """Write the file and report progress on stderr, after an entry in the audit trail."""
    with db.sessionmaker() as audit_session:
        audit.append_entry(audit_session, site().audit_key, audit.COMMAND_LINE, ACTIONS[level], now.date())
    export, reported = Export(session, query, level, now, oldest), -1
    for chunk in export.parts(FORMATS[form]):
        target.write(chunk)
        percent = 100 * export.written // max(1, export.number)
        if export.written > reported:
            reported = export.written
            click.echo(f"\r{reported} of {export.number} submissions ({percent}%)", nl=False, err=True)
    click.echo("", err=True)
    if left_out := export.left_out + export.without_version:
        wrong = f"{left_out} damaged {'submission was' if left_out == 1 else 'submissions were'} left out."
        click.echo(
            f"{wrong} Something other than this site changed the stored data. A backup may still hold it intact.",
            err=True,
        )


def _answered(versions: list[AnsweredVersion], questionnaire: str | None) -> list[AnsweredVersion]:
    """Select the answered versions of the questionnaire that is asked for, or of the only one."""
    ids = {version.questionnaire for version in versions}
    available = ", ".join(sorted(ids))
    if not ids:
        raise click.ClickException("There is nothing to export yet: no closed week has submissions.")
    if questionnaire is None and len(ids) > 1:
        raise click.UsageError(
            f"Several questionnaires have submissions. Add --questionnaire with one of: {available}."
        )
    if questionnaire not in {None, *ids}:
        raise click.BadParameter(f'No submissions for "{questionnaire}". Available: {available}.')
    return [version for version in versions if questionnaire in (None, version.questionnaire)]


def _version(answered: list[AnsweredVersion], prefix: str) -> str | None:
    # Exported files write the hash with a "v" before it.
    matching = [one.version for one in answered if one.version.startswith(prefix.removeprefix("v"))]
    if prefix and len(matching) != 1:
        available = ", ".join(one.version[:12] for one in answered)
        raise click.BadParameter(f'"{prefix}" does not match exactly one answered version. Available: {available}.')
    return matching[0] if prefix else None


@contextmanager
def _opened(file: Path | None) -> Iterator[BinaryIO]:
    """Open the standard output, or a new file that only its owner can read. It gets its name once it is complete."""
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
        raise click.ClickException(f"{error.filename} already exists. Name another file.") from None
    except OSError as error:
        raise click.ClickException(f"{file} could not be written: {error.strerror}. Name another file.") from None
