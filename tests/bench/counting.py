"""What pages of staff cost as submissions grow, as a ratio to the same page with few of them, in turn."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import partial

from flask import Flask
from sqlalchemy import insert, select

from screening.staff import publishing
from screening.storage import published, weeks
from screening.storage.accounts import REVIEWER
from screening.storage.database import db
from screening.storage.tables import QuestionnaireVersion, Submission
from tests.bench.journey import cpu, served, tenth
from tests.bench.storing import REAL, records
from tests.staff.staff import Staff

LIST, FIGURES, INSIGHTS = "/staff/submissions", "/staff/figures", "/staff/insights"
FILTERED = f"{INSIGHTS}?answer=interests.cravings"


def growth(few: int, many: int, times: int = 30) -> dict[str, float]:
    """Address -> CPU of its page among many submissions, divided by that among few; 10th percentile."""
    with served(REAL) as small, served(REAL) as large:
        fill(small, few)
        fill(large, many)
        readers = [signed_in(app) for app in (small, large)]
        ratios = {}
        for address in (LIST, FIGURES, INSIGHTS, FILTERED):
            taken: list[list[float]] = [[], []]
            for turn in range(2 * times + 2):
                seconds = cpu(partial(readers[turn % 2].client.get, address))
                # The first of each builds the tallies.
                taken[turn % 2] += [seconds] if turn > 1 else []
            ratios[address] = tenth(taken[1]) / tenth(taken[0])
    return ratios


def fill(app: Flask, number: int) -> None:
    """Store so many submissions over the weeks that are kept, and publish the last block."""
    with app.app_context():
        now = datetime.now(UTC)
        kept = weeks.kept(now, app.extensions["retention_days"])
        version = db.session.scalars(select(QuestionnaireVersion.id)).one()
        several = [record.answers for record in records(app, 1_000)]
        for week in kept:
            rows = [
                {"week": week, "ref": os.urandom(16), "version": version, "state": 0, "answers": several[row % 1_000]}
                for row in range(number // len(kept))
            ]
            db.session.execute(insert(Submission), rows)
            db.session.commit()
        first = publishing.to_publish(db.session, now, app.extensions["retention_days"])[-1]
        published.add(db.session, first, publishing.block_figures(db.session, first, now))


def signed_in(app: Flask) -> Staff:
    """Someone who reads submissions."""
    staff = Staff(app)
    staff.sign_in(REVIEWER)
    return staff
