"""The cost of staff pages as submissions grow, as a ratio to the same page with few submissions, measured in turn."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from screening.site import site_of
from screening.statistics import publishing
from screening.storage import published_figures, weeks
from screening.storage.accounts import REVIEWER
from screening.storage.database import db
from screening.storage.tables import QuestionnaireVersion, Submission
from tests.bench.journey import bare_client, cpu, served, tenth
from tests.bench.storing import REAL, records
from tests.support.staff_client import Staff

HOME, LIST, FIGURES, INSIGHTS = "/staff/", "/staff/submissions", "/staff/figures", "/staff/insights"
FILTERED = f"{INSIGHTS}?answer=interests.cravings"
# The worst case of the list: a filter that nothing matches, so that every row within the limit is read.
NOBODY = f"{LIST}?answer=asking-for.myself&answer=asking-for.learning&answer=interests.cravings"
SEARCHES = tuple(f"{NOBODY}&state={state}" for state in ("unread", "reviewed", "set-aside"))

SINGLED_OUT = tuple(f"/staff/export?level={level}&count=singled-out" for level in ("year-only", "weekly"))


class Searched(NamedTuple):
    """The slowest search among many: CPU seconds, and ratios to a bare route and to the same search among few."""

    seconds: float
    to_bare: float
    growth: float


@contextmanager
def reading(number: int) -> Iterator[FlaskClient]:
    """Sign in a reviewer at a clinic with this many submissions."""
    with served(REAL) as app:
        fill(app, number)
        staff = Staff(app)
        staff.sign_in(REVIEWER)
        yield staff.client


def growth(few: FlaskClient, many: FlaskClient, times: int = 30) -> dict[str, float]:
    """Measure page address -> CPU among many submissions divided by CPU among few; 10th percentile."""
    ratios = {}
    for address in (HOME, LIST, FIGURES, INSIGHTS, FILTERED):
        taken: list[list[float]] = [[], []]
        for turn in range(2 * times + 2):
            seconds = cpu(partial((few, many)[turn % 2].get, address))
            # The first request of each page builds the tallies.
            taken[turn % 2] += [seconds] if turn > 1 else []
        ratios[address] = tenth(taken[1]) / tenth(taken[0])
    return ratios


def searched(few: FlaskClient, many: FlaskClient, times: int = 12) -> Searched:
    """Measure the slowest search, in turn with the same among few and with a bare route."""
    bare, several = bare_client(), []
    for address in SEARCHES:
        calls = (partial(many.get, address), partial(bare.get, "/"), partial(few.get, address))
        of_many, of_bare, of_few = (
            tenth(list(taken)) for taken in zip(*(map(cpu, calls) for _ in range(times)), strict=True)
        )
        several.append(Searched(of_many, of_many / of_bare, of_many / of_few))
    return max(several)


def seconds_to_single_out(many: FlaskClient, times: int = 5) -> float:
    """Measure the CPU seconds of an export page that says who can be singled out: of the slower level."""
    return max(tenth([cpu(partial(many.get, address)) for _ in range(times)]) for address in SINGLED_OUT)


def fill(app: Flask, number: int) -> None:
    """Store this many submissions across the retained weeks, and publish the last block."""
    with app.app_context():
        now = datetime.now(UTC)
        kept = weeks.retained_weeks(now, site_of(app).retention_days)
        version = db.session.scalars(select(QuestionnaireVersion.id)).one()
        several = [record.answers for record in records(app, 1_000)]
        for week in kept:
            rows = [
                {
                    "week": week,
                    "ref": os.urandom(16),
                    "version": version,
                    "state": int(row % 3 == 0),
                    "answers": several[row % 1_000],
                }
                for row in range(number // len(kept))
            ]
            db.session.execute(insert(Submission), rows)
            db.session.commit()
        first = publishing.blocks_to_publish(db.session, now, site_of(app).retention_days)[-1]
        published_figures.publish_block(db.session, first, publishing.block_figures(db.session, first, now))
