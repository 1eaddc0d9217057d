"""The command `help-page`."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import click
from flask import Flask
from flask.cli import with_appcontext

from screening.patient.static_help import static_help


def help_page_command(app: Flask) -> click.Command:
    """Make the command `help-page`."""

    @click.command("help-page")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    @with_appcontext
    def command(file: Path) -> None:
        """Write /help to FILE, with this site's support lines, for a proxy to serve while the site does not answer."""
        try:
            # Renamed at the end, so that the proxy never serves half of it.
            with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as part:
                part.write(static_help(app))
            written = Path(part.name)
            written.chmod(0o644)
            written.replace(file)
        except OSError as error:
            raise click.ClickException(
                f"{file} cannot be written ({error.strerror}). Name a file in a folder that this user may write."
            ) from None

    return command
