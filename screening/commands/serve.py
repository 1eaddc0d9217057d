"""The command `serve`, and the warnings for operators before the site opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import click
from flask import Flask
from flask.cli import with_appcontext

from config import Config
from screening.authoring.checks import sources
from screening.authoring.loader import Collection
from screening.commands.database import UPGRADING, upgrade_database
from screening.commands.staff import make_first_manager
from screening.libraries import UnsupportedLibrary
from screening.server import Refused, serve
from screening.settings.reader import Reader
from screening.storage.database import alone_among_hosts, unpooled_engine


def serve_command(app: Flask, config: Config, collection: Collection) -> click.Command:
    """Make the command `serve`."""

    @click.command("serve")
    @HOST_OPTION
    @PORT_OPTION
    @click.option("--prepare", is_flag=True, help='First run "database upgrade" and "staff first".')
    @with_appcontext
    def command(host: str, port: int, prepare: bool) -> None:
        """Serve the site."""

        def prepare_database() -> None:
            with alone_among_hosts(unpooled_engine(), UPGRADING):
                upgrade_database(app)
                make_first_manager(config.manager)

        for warning in warnings(config, collection, datetime.now(UTC).date()):
            click.echo(warning)
        try:
            serve(app, host, port, config, prepare_database if prepare else None)
        except (Refused, UnsupportedLibrary) as reason:
            raise click.ClickException(str(reason)) from None

    return command


def _listening(_context: click.Context, _parameter: click.Parameter, written: str) -> str:
    """Parse an address to listen on; an IPv6 address may be in brackets."""
    host = re.sub(r"^\[(.*)\]$", r"\1", written.strip())
    try:
        host.encode("idna")
    except UnicodeError:
        raise click.ClickException(f'HOST is "{written}". Write an address, such as 127.0.0.1 or ::1.') from None
    return host


def _port(_context: click.Context, _parameter: click.Parameter, written: str) -> int:
    reader = Reader({"PORT": written})
    port = reader.number("PORT", 8000, least=1, most=65_535)
    if reader.errors:
        raise click.ClickException(reader.errors[0])
    return port


HOST_OPTION = click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True, callback=_listening)
PORT_OPTION = click.option("--port", default="8000", envvar="PORT", show_default=True, callback=_port)
CONFIRM = "then set SUPPORT_CONFIRMED and restart."


def warnings(config: Config, collection: Collection, today: date) -> Iterator[str]:
    """Yield what an operator should look into. None of it stops the site from starting."""
    yield from map(str, collection.warnings)
    for questionnaire in collection.questionnaires:
        yield from sources.out_of_date(questionnaire, today)
    if config.support_confirmed is None:
        yield f"The support lines are not confirmed. Compare them with their sources, {CONFIRM}"
    for line in collection.support[config.country].stale(today, config.support_confirmed):
        yield f"{line.name}: last checked {line.checked}. Compare it with its source, {CONFIRM}"
