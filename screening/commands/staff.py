"""Commands for staff accounts and published figures.

A one-time password is printed once. It is in no log and on no command line.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from flask import Flask
from flask.cli import AppGroup
from flask_security import hash_password
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.questionnaire.packing import NotPacked
from screening.site import site
from screening.staff.auth.sign_in_names import WHAT_TO_WRITE, can_be_name, canonical_name
from screening.staff.figures.published_pages import paused_weeks
from screening.staff.figures.published_words import FEWER, BlockSum, describe_figures
from screening.statistics import publishing
from screening.storage import accounts, audit, published_figures, weeks
from screening.storage.accounts import MANAGER, ROLES, VIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.published_figures import Block


def init_staff_commands(app: Flask, manager: str) -> None:
    """Register the groups `staff` and `figures`. `manager`: the first manager's name, or ""."""
    staff = AppGroup("staff", help="Manage staff accounts.")

    @staff.command("add")
    def add_command() -> None:
        """Create an account. Asks for its name, role and purpose."""
        email = click.prompt("E-mail address to sign in with", value_proc=_email)
        role = click.prompt("Role", type=click.Choice(ROLES), default=VIEWER)
        why = f"Why does this account need the role {role}? (stored with the account)"
        purpose = "" if role == VIEWER else click.prompt(why, value_proc=_purpose)
        _add(email, role, purpose)

    @staff.command("renew")
    def renew_command() -> None:
        """Give someone who lost password, phone or codes a new one-time password. They set everything up again."""
        email = click.prompt("E-mail address they sign in with", value_proc=_email)
        password = _one_time_password()
        with db.sessionmaker() as session:
            if not accounts.renew_account(session, email, hash_password(password)):
                raise click.ClickException(f"There is no account {email}. Create it with staff add.")
            _write(session, Action.ACCOUNT_RENEWED, email)
        _print_credentials(email, password)

    @staff.command("disable")
    def disable_command() -> None:
        """Disable the account of someone who left. It is signed out at once and cannot sign in again."""
        email = click.prompt("E-mail address they sign in with", value_proc=_email)
        with db.sessionmaker() as session:
            if not accounts.disable_account(session, email):
                raise click.ClickException(f"There is no account {email}. Check the name at /staff/accounts.")
            _write(session, Action.ACCOUNT_DISABLED, email)
        click.echo(f"{email} is signed out and cannot sign in again.")

    @staff.command("first")
    def first_command() -> None:
        """Create the first manager if there is no account yet. Asks for the name unless MANAGER is set."""
        make_first_manager(manager, sys.stdin.isatty())

    app.cli.add_command(staff)
    app.cli.add_command(_figures_commands())


def _figures_commands() -> AppGroup:
    figures = AppGroup("figures", help="Publish the figures that everyone with an account reads.")

    @figures.command("publish")
    @click.argument("week", default="")
    def publish_command(week: str) -> None:
        """Publish the figures of the four weeks that begin with WEEK, such as 2026-W45. Shows them and asks first."""
        now = datetime.now(UTC)
        ready = publishing.blocks_to_publish(db.session, now, site().retention_days)
        first = weeks.parse_week(week)
        if first is None or first not in ready:
            available = ", ".join(map(weeks.format_week, ready)) or "none yet; four weeks must be over first"
            raise click.UsageError(f"Name the first of four weeks that can be published. Available: {available}.")
        try:
            block = publishing.block_figures(db.session, first, now)
        except NotPacked:
            wrong = "A submission of these weeks cannot be read. Something other than this site changed it."
            raise click.ClickException(f"{wrong} A backup may still hold it intact.") from None
        for line in (*_preview(block), *_warnings(first, now)):
            click.echo(line)
        click.confirm(
            "This publishes exactly these figures to everyone with an account, and cannot be undone. Continue?",
            abort=True,
        )
        with db.sessionmaker() as session:
            if published_figures.drawn_figures(session, first) != block:
                raise click.ClickException("These figures are gone. Nothing was published. Run the command again.")
            _write(session, Action.FIGURES_PUBLISHED)
            if not published_figures.publish_block(session, first, block):
                wrong = "Someone else has just published these four weeks. Nothing was changed."
                raise click.ClickException(wrong)
        click.echo("Published.")

    return figures


def _preview(block: Block) -> Iterator[str]:
    """Yield figures as lines, as viewers would read them."""
    if not block:
        yield f"Submissions: {FEWER}. Nothing more is shown."
    for version, figures in block.items():
        description = describe_figures(version, [BlockSum([figures], 1)])
        yield f"{description.title} ({version[:6]})\nSubmissions: {description.submissions[0]}"
        for asked in description.asked:
            yield f"  {asked.question.ask}" + ("" if asked.rows else " Not shown: it could identify someone.")
            yield from (f"    {row.say}: {row.bars[0].words}" for row in asked.rows)


def _warnings(first: int, now: datetime) -> Iterator[str]:
    """Yield what to look into before figures are published."""
    for week in paused_weeks(first):
        yield f"Sharing was paused for part of {weeks.format_week(week)}: too many submissions came in within an hour."
    for busy in publishing.busy_weeks(db.session, first, now, site().retention_days):
        yield f"In {weeks.format_week(busy.week)}, {busy.number} people shared. The usual number is {busy.usual}."


def make_first_manager(name: str, is_interactive: bool = False) -> None:
    """Create a manager if there is no account yet, and print the name and a one-time password.

    Without a name, ask for one on a terminal; otherwise make up a random one. No manual may contain a default name:
    anyone who knows a name can lock its account with failed sign-ins.
    """
    with db.sessionmaker() as session:
        if accounts.has_any_account(session):
            return
    click.echo("There is no staff account yet. This creates the first manager's.")
    if not name and is_interactive:
        name = click.prompt("E-mail address to sign in with", value_proc=_email)
    email = _email(name or f"manager-{secrets.token_hex(5)}@localhost")
    _add(email, MANAGER, "The first account, made with the site.")


def _add(email: str, role: str, purpose: str) -> None:
    password = _one_time_password()
    try:
        with db.sessionmaker() as session:
            accounts.add_account(session, email, hash_password(password), role, purpose, datetime.now(UTC).date())
            _write(session, Action.ACCOUNT_ADDED, email)
    except IntegrityError:
        raise click.ClickException(
            f"There is already an account {email}. For a new one-time password, use staff renew."
        ) from None
    _print_credentials(email, password)


def _write(session: Session, action: Action, email: str = "") -> None:
    # Before the password is printed, so that nobody can use an account that is not in the audit trail.
    key = site().audit_key
    about = audit.account_mac(key, email) if email else b""
    audit.append_entry(session, key, audit.COMMAND_LINE, action, datetime.now(UTC).date(), about)


def _one_time_password() -> str:
    return "-".join(secrets.token_hex(2) for _ in range(5))


def _print_credentials(email: str, password: str) -> None:
    click.echo(f"  sign-in page:       /staff/\n  name:               {email}\n  one-time password:  {password}")
    click.echo("The password is shown only once. It must be changed at the first sign-in.")


def _purpose(typed: str) -> str:
    if not typed.strip():
        raise click.UsageError("A purpose is required. Enter one, such as: reads submissions for the intake team.")
    return typed.strip()


def _email(typed: str) -> str:
    email = canonical_name(typed)
    if not can_be_name(email):
        raise click.UsageError(WHAT_TO_WRITE)
    return email
