"""The command `version`."""

from __future__ import annotations

import click

from screening.settings.release import release


@click.command("version")
def version_command() -> None:
    """Print the version of this code."""
    click.echo(f"screening {release()}")
