"""All commands of the command line, one module for each group. No other package defines commands."""

from __future__ import annotations

from functools import partial

import click
from flask import Flask

from config import Config
from screening.authoring.loader import Collection
from screening.commands.audit import audit_commands
from screening.commands.database import database_commands
from screening.commands.demo import demo_command
from screening.commands.doctor import doctor_command, doctor_without_site
from screening.commands.error_handling import explain_failures
from screening.commands.help_page import help_page_command
from screening.commands.keys import keys_commands
from screening.commands.questions import questions_commands
from screening.commands.serve import serve_command
from screening.commands.staff import init_staff_commands
from screening.commands.submissions import submissions_commands
from screening.commands.version import version_command
from screening.settings.database_url import database_name
from screening.storage.backups import refuse_another_database
from screening.storage.failures import OperationRefused


def init_commands(app: Flask, config: Config, collection: Collection) -> None:
    """Register all commands. If the database fails, each ends with one sentence instead of a traceback."""
    app.cli.add_command(serve_command(app, config, collection))
    app.cli.add_command(demo_command(config, collection))
    app.cli.add_command(questions_commands(config, collection))
    app.cli.add_command(submissions_commands(app, config))
    app.cli.add_command(database_commands(app, config))
    app.cli.add_command(audit_commands(config.audit_key))
    app.cli.add_command(keys_commands(config))
    app.cli.add_command(doctor_command(app, config, collection))
    app.cli.add_command(help_page_command(app))
    app.cli.add_command(version_command)
    init_staff_commands(app, config.manager)
    for name in ("audit", "database", "staff", "submissions"):
        app.cli.commands[name].callback = partial(_check_database, config)
    explain_failures(app.cli)


def init_commands_without_site(app: Flask, reason: str) -> None:
    """Register the commands that also work before the site can be configured. `reason`: why it cannot be used."""
    app.cli.add_command(keys_commands())
    app.cli.add_command(doctor_without_site(reason))
    app.cli.add_command(version_command)


def _check_database(config: Config) -> None:
    # Settings that are missing would silently make a new SQLite file.
    try:
        refuse_another_database(config.instance, database_name(config.database_url))
    except OperationRefused as reason:
        raise click.ClickException(str(reason)) from None
