"""The cost of storing a submission: time, as a ratio to a bare insert in the same run, and bytes in the file."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import Column, Integer, LargeBinary, MetaData, SmallInteger, String, Table, insert, select, update

from config import ROOT
from screening.commands.demo import simulate_journey
from screening.questionnaire.packing import pack
from screening.site import site_of
from screening.storage import submissions, weeks
from screening.storage.database import db
from screening.storage.secure_delete import forget_deleted
from screening.storage.submissions import ReviewState, Submitted
from screening.storage.tables import QuestionnaireVersion, Submission
from tests.bench.journey import served, tenth

REAL = ROOT / "questions" / "ketamine-therapy"
# The number of weeks retained by default.
WEEKS = 13

LIKE = Table(
    "like_submission",
    MetaData(),
    Column("week", Integer, primary_key=True, autoincrement=False),
    Column("ref", LargeBinary(16), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("answers", String(400), nullable=False),
    sqlite_with_rowid=False,
)
_LIKE = insert(LIKE)


def transaction_ratio(times: int) -> float:
    """Divide the time of `submissions.add_submission` by that of a bare insert into a similar table.

    Both run in turn on one session. Wall-clock seconds, since most of the time is disk I/O; 10th percentile.
    """
    with served(REAL) as app, app.app_context():
        LIKE.create(db.engine)
        adds, bares = [], []
        for record in records(app, times):
            bares.append(_seconds(partial(_insert, record)))
            adds.append(_seconds(partial(submissions.add_submission, db.session, record)))
        db.session.close()
    return tenth(adds) / tenth(bares)


def bytes_each(number: int, is_reviewed: bool) -> float:
    """Measure bytes of the file per submission to the real questionnaire, stored week by week as they arrive.

    `is_reviewed`: staff review each week before the next but one begins; otherwise submissions stay unread.
    """
    with served(REAL) as app, app.app_context():
        empty = _size(app)
        version = db.session.scalars(select(QuestionnaireVersion.id)).one()
        several = itertools.cycle(records(app, 1_000))
        kept = weeks.retained_weeks(datetime.now(UTC), 7 * WEEKS)
        for place, week in enumerate(kept):
            rows = [_row(next(several), week, version) for _ in range(number // len(kept))]
            db.session.execute(insert(Submission), rows)
            db.session.commit()
            if is_reviewed and place:
                _mark(kept[place - 1])
        stored = submissions.count_older(db.session, kept[-1] + 1)
        return (_size(app) - empty) / stored


def records(app: Flask, number: int) -> list[Submitted]:
    """Make this many random submissions of the current week."""
    questionnaire = site_of(app).questionnaires[0]
    week = weeks.week_of(datetime.now(UTC))
    walks = (pack(simulate_journey(questionnaire, Random(seed))) for seed in range(number))
    return [Submitted(week, os.urandom(16), questionnaire.version, answers) for answers in walks]


def _row(record: Submitted, week: int, version: int) -> dict[str, object]:
    return {"week": week, "ref": os.urandom(16), "version": version, "state": 0, "answers": record.answers}


def _insert(record: Submitted) -> None:
    db.session.execute(_LIKE, _row(record, record.week, 1))
    db.session.commit()


def _mark(week: int) -> None:
    db.session.execute(update(Submission).where(Submission.week == week).values(state=ReviewState.REVIEWED.value))
    db.session.commit()


def _size(app: Flask) -> int:
    db.session.rollback()
    forget_deleted(db.session)
    return Path(str(db.engine.url.database)).stat().st_size


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun
