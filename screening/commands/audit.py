"""Commands that check the audit trail."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from screening.storage import audit
from screening.storage.database import db


def audit_commands(key: str) -> AppGroup:
    """Make the group `audit`. `key`: the audit key."""
    trail = AppGroup("audit", help="Check that nobody has changed the record of what staff did.")

    @trail.command("head")
    def head_command() -> None:
        """Print the audit head (last line). Store it elsewhere: it reveals entries that are cut off the end later."""
        click.echo(str(audit.chain_head(db.session)))

    @trail.command("verify")
    @click.option(
        "--head",
        "stored_head",
        default=str(audit.EMPTY_CHAIN),
        show_default=False,
        help="An audit head (last line) that audit head printed earlier.",
    )
    def verify_command(stored_head: str) -> None:
        """Check that nobody has changed the audit trail."""
        try:
            broken = audit.verify_chain(db.session, key, audit.ChainHead.read(stored_head))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        if broken is not None:
            wrong = f"Entry {broken} of the audit trail was changed or deleted, and not by this site."
            raise click.ClickException(f"{wrong} Compare the trail with that of a backup.")
        click.echo(f"The audit trail is unchanged. Entries: {audit.chain_head(db.session).number}.")
        if stored_head == str(audit.EMPTY_CHAIN):
            click.echo("To also detect entries cut off the end, add --head with an audit head that you stored earlier.")

    return trail
