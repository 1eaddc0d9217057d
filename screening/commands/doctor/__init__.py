"""The command `doctor`: installation checks, one line for each finding, with a remedy."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import with_appcontext

from config import DEFAULT_INSTANCE, Config
from screening.authoring.loader import Collection
from screening.commands.doctor.database import check_database
from screening.commands.doctor.diagnosis import Diagnosis, Severity, broken, fine
from screening.commands.doctor.machine import check_descriptors, check_folder, check_keys
from screening.commands.doctor.proxy import check_proxy
from screening.commands.doctor.running import check_running
from screening.commands.doctor.settings import check_address, check_settings, check_support_lines
from screening.commands.serve import HOST_OPTION, PORT_OPTION
from screening.settings.release import release
from screening.site import site_of
from screening.storage.questionnaire_versions import served_version


def doctor_command(app: Flask, config: Config, collection: Collection) -> click.Command:
    """Make the command `doctor` of a site."""

    def examine(url: str, host: str, port: int) -> Iterator[Diagnosis]:
        served = f"{_versions()}, questions {served_version(collection.questionnaires)}."
        yield fine("Version", served)
        yield from check_running(config, host, port)
        yield from check_settings(config)
        yield from check_support_lines(config, collection, datetime.now(UTC).date())
        yield from check_keys(config, os.environ)
        yield from check_folder(config.instance)
        yield from check_descriptors()
        yield from check_address(config.database_url)
        yield from check_database(config, site_of(app))
        if url:
            yield from check_proxy(config, url)
        else:
            yield fine("Proxy", "Not asked. Add --url and the address that patients open.")

    return _command(examine)


def doctor_without_site(reason: str) -> click.Command:
    """Make the command `doctor` for an installation whose configuration or questions are not usable."""

    def examine(_url: str, _host: str, _port: int) -> Iterator[Diagnosis]:
        yield fine("Version", f"{_versions()}.")
        for line in reason.splitlines():
            yield broken("Settings", line)
        instance = Path(os.environ.get("INSTANCE", "").strip() or DEFAULT_INSTANCE).absolute()
        yield from check_folder(instance)
        yield from check_descriptors()

    return _command(examine)


def _command(examine: Callable[[str, str, int], Iterator[Diagnosis]]) -> click.Command:
    @click.command("doctor")
    @click.option("--url", default="", metavar="URL", help="Also ask the site through its proxy at this address.")
    @HOST_OPTION
    @PORT_OPTION
    @with_appcontext
    def command(url: str, host: str, port: int) -> None:
        """Check the installation, and exit with 0 (fine), 1 (warnings) or 2 (broken)."""
        worst = Severity.FINE
        for diagnosis in examine(url, host, port):
            click.echo(str(diagnosis))
            worst = max(worst, diagnosis.severity)
        raise SystemExit(int(worst))

    return command


def _versions() -> str:
    return f"screening {release()} on Python {platform.python_version()}"
