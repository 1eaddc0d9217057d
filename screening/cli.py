"""Commands that read like sentences: `questions check`, `questions walk`, `database upgrade`, `demo`, `serve`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from config import Config
from screening import demo
from screening.questionnaire.document import BadQuestions
from screening.questionnaire.loader import Collection, load_collection, load_questionnaire
from screening.questionnaire.model import Questionnaire
from screening.serving import Refused, serve
from screening.storage.database import migrations
from screening.walking import walk


def init_commands(app: Flask, config: Config, collection: Collection) -> None:
    """Give the application its commands."""
    questions = AppGroup("questions", help="Check and try the question files.")
    database = AppGroup("database", help="Look after the database.")

    @questions.command("check")
    @click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=config.questions)
    def check_command(folder: Path) -> None:
        """Say what is wrong in FOLDER: one questionnaire, or all of them."""
        _check(folder, collection)

    @questions.command("walk")
    @click.argument("slug", default=collection.questionnaires[0].slug)
    def walk_command(slug: str) -> None:
        """Answer the questionnaire SLUG here, and read the summary."""
        known = {questionnaire.slug: questionnaire for questionnaire in collection.questionnaires}
        if slug not in known:
            raise click.BadParameter(f"{slug} is not here. Known: {', '.join(known)}.")
        walk(known[slug], collection.support[config.country].shown(config.support_confirmed is not None))

    @database.command("upgrade")
    def upgrade_command() -> None:
        """Bring the database to the form that this code needs."""
        migrations.upgrade()
        click.echo("The database is up to date.")

    @app.cli.command("serve")
    @click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True)
    @click.option("--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535))
    def serve_command(host: str, port: int) -> None:
        """Serve the site."""
        for warning in _warnings(config, collection):
            click.echo(warning)
        try:
            serve(host, port, config.workers, collection.questionnaires)
        except Refused as reason:
            raise click.ClickException(str(reason)) from None

    @app.cli.command("demo")
    @click.option("--seed", default=1, show_default=True, help="Another number makes other answers.")
    def demo_command(seed: int) -> None:
        """Fill an empty database with made-up submissions."""
        try:
            made = demo.fill(config, collection.questionnaires[0], datetime.now(UTC), seed)
        except demo.Declined as reason:
            raise click.ClickException(str(reason)) from None
        click.echo(made)

    app.cli.add_command(questions)
    app.cli.add_command(database)


def _warnings(config: Config, collection: Collection) -> Iterator[str]:
    """What an operator should look at, though nothing of it stops the site."""
    yield from map(str, collection.warnings)
    today = datetime.now(UTC).date()
    if config.support_confirmed is None:
        yield "The support lines are not confirmed. Compare them with their sources, then set SUPPORT_CONFIRMED."
    for line in collection.support[config.country].stale(today, config.support_confirmed):
        yield f"{line.name}: last checked {line.checked}. Compare it with its source, then set SUPPORT_CONFIRMED."


def _check(folder: Path, collection: Collection) -> None:
    found: tuple[Questionnaire, ...]
    try:
        if (folder / "questionnaire.yaml").exists():
            questionnaire, warnings = load_questionnaire(folder, collection.wording)
            found = (questionnaire,)
        else:
            read = load_collection(folder)
            found, warnings = read.questionnaires, list(read.warnings)
    except BadQuestions as error:
        click.echo(str(error))
        raise click.exceptions.Exit(1) from None
    for warning in warnings:
        click.echo(f"{warning} (a warning)")
    for questionnaire in found:
        told = f"{len(questionnaire.questions)} questions, {len(questionnaire.topics)} topics"
        click.echo(f"{questionnaire.id}: {told}. Nothing is wrong. Version {questionnaire.version[:12]}.")
