"""The command `version`."""

from __future__ import annotations

import tomllib

import click

from config import ROOT


@click.command("version")
def version_command() -> None:
    """Print the version of this code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    click.echo(f"{project['name']} {project['version']}")
