"""Commands that check the audit trail."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from screening.storage import audit
from screening.storage.database import db


def audit_commands(key: str) -> AppGroup:
    """Make the group of commands. `key`: the audit key."""
    trail = AppGroup("audit", help="Check that the notes of who read what are as they were written.")

    @trail.command("head")
    def head_command() -> None:
        """Say where the audit trail ends. Keep it elsewhere: a tail cut off later shows against it."""
        click.echo(str(audit.chain_head(db.session)))

    @trail.command("verify")
    @click.option(
        "--head", "kept", default=str(audit.EMPTY_CHAIN), show_default=False, help="What audit head said earlier."
    )
    def verify_command(kept: str) -> None:
        """Check that nobody changed the audit trail."""
        try:
            broken = audit.verify_chain(db.session, key, audit.ChainHead.read(kept))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        if broken is not None:
            raise click.ClickException(f"Entry {broken} is not as it was written, or not there any more.")
        click.echo(f"These {audit.chain_head(db.session).number} entries are as they were written.")
        if kept == str(audit.EMPTY_CHAIN):
            click.echo(
                "Whether some were cut off at the end shows only against a head that was kept elsewhere (--head)."
            )

    return trail
