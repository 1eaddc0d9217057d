"""The site under soak: its files, its filled database, and its server."""

from __future__ import annotations

import os
import random
import shutil
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask

from config import Config, make_secrets
from screening.app import create_app
from screening.commands.database import upgrade_database
from screening.site import site_of
from screening.storage import questionnaire_versions
from screening.storage.accounts import MANAGER
from screening.storage.database import db
from tests.bench.counting import fill
from tests.soak.databases import Database, database, rows
from tests.soak.disk import small_disk
from tests.soak.faults import Faults
from tests.support.server import Server, settings
from tests.support.settings import TestConfig
from tests.support.staff_client import Staff

CLERKS, STORED = 6, 20_000
PURGE_EVERY, NEVER = "5", "100000"
# Seconds. A short soak has short faults.
LONG, LASTS, LASTS_SHORTLY = 300, 10, 5
MEGABYTES = {"sqlite": 64, "postgresql": 600}


@dataclass
class Site:
    """`before`: the refs stored before anybody shares. `cookies`: of signed-in managers."""

    server: Server
    database: Database
    code_keys: tuple[str, ...]
    before: Counter[bytes]
    cookies: list[str]
    faults: Faults


@contextmanager
def site(
    kind: str, folder: Path, seconds: float, only: Collection[str], app: str, chance: random.Random
) -> Iterator[Site]:
    """Run a site for the block. Its log is in the outer folder, whose disk is never filled."""
    questions = Path(shutil.copytree(TestConfig.questions, folder / "questions"))
    instance, disk = folder / "instance", folder / ("instance" if kind == "sqlite" else "disk")
    with ExitStack() as held:
        can_fill = held.enter_context(small_disk(disk, MEGABYTES[kind]))
        make_secrets(instance)
        (instance / "output").symlink_to(folder / "output")
        stored = held.enter_context(database(kind, disk))
        server = Server(
            instance,
            prepares=True,
            app=app,
            WORKERS="2",
            DATABASE_URL=stored.url,
            QUESTIONS=str(questions),
            PATH=stored.programs + os.environ["PATH"],
            SHARES_PER_HOUR=NEVER,
            PURGE_EVERY=PURGE_EVERY if "purge" in only else NEVER,
        )
        config = Config.from_environment(settings(instance, **server.environment))
        cookies = stock(create_app(config), CLERKS)
        lasts = LASTS if seconds >= LONG else LASTS_SHORTLY
        faults = Faults(server, stored, questions, lasts, can_fill, chance)
        held.callback(_end, server)
        server.start()
        yield Site(server, stored, config.code_keys, rows(stored.url), cookies, faults)


def stock(app: Flask, clerks: int) -> list[str]:
    """Store submissions of earlier weeks for staff to read, and return the cookies of signed-in managers."""
    with app.app_context():
        upgrade_database(app)
        questionnaire_versions.store_version(db.session, site_of(app).questionnaires[0], datetime.now(UTC).date())
    fill(app, STORED)
    cookies = [_cookie(Staff(app)) for _ in range(clerks)]
    with app.app_context():
        db.engine.dispose()
    return cookies


def _cookie(staff: Staff) -> str:
    staff.sign_in(MANAGER)
    cookie = staff.client.get_cookie("staff")
    assert cookie
    return cookie.value


def _end(server: Server) -> None:
    if server.has_processes:
        server.kill()
