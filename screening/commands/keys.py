"""The commands `keys make` and `keys rotate`."""

from __future__ import annotations

import os
from pathlib import Path

import click
from flask.cli import AppGroup

from config import DEFAULT_INSTANCE, ConfigError, make_secrets
from screening.settings.keys import LOST


def keys_commands() -> AppGroup:
    """Make the group `keys`. `make` needs no site, and so works before there is a configuration."""
    keys = AppGroup("keys", help="Make and rotate the keys of this installation.")

    @keys.command("make")
    def make_command() -> None:
        """Make the keys that are missing. It never replaces one."""
        instance = Path(os.environ.get("INSTANCE", "").strip() or DEFAULT_INSTANCE).absolute()
        is_in_use = (instance / "screening.sqlite").exists()
        try:
            made = make_secrets(instance, os.environ)
        except ConfigError as reason:
            raise click.ClickException(str(reason)) from None
        if not made:
            click.echo("Nothing to make: every key exists.")
            return
        click.echo(f"Made in {instance}, readable only by this user: {', '.join(made)}.")
        click.echo("Keep a copy where only you can read it: no backup of the database holds these keys.")
        for name in made if is_in_use else ():
            click.echo(
                f"Warning: this folder already has a database. If you had another {name}, delete the new one and "
                f"restore yours from your backup: without it, {LOST[name]}.",
                err=True,
            )

    return keys
