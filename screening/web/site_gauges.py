"""Gauges of the site's own state, for alarms. None says anything about a patient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from screening.settings.release import release
from screening.site import site
from screening.storage import expiry, schema_revision
from screening.storage.database import unpooled_engine
from screening.storage.replication import StandbyState, standby_state


def site_gauges(served: str) -> Iterator[Metric]:
    """Yield every gauge that can be read now. `served`: the version of the questions that are served."""
    current = site()
    yield _gauge(
        "support_unconfirmed", "1 while the support lines are not confirmed.", not current.is_support_confirmed
    )
    if workers := current.metrics.workers.total():
        yield _gauge("workers", "Worker processes that serve.", workers)
        yield _gauge(
            "restarts", "Workers that ended by themselves since start or reload.", current.metrics.restarts.total()
        )
    if made := current.backups.last_made():
        yield _gauge("backup_age_days", "Days since the last backup in this host's folder.", (_today() - made).days)
    schema, found = "", list[Metric]()
    with suppress(SQLAlchemyError), unpooled_engine().connect() as connection:
        connection.execute(text("SELECT 1"))
        found.append(_gauge("database_up", "1 if the database answers.", 1))
        # An older schema may lack what these read.
        with suppress(SQLAlchemyError):
            schema = schema_revision.stored_revision(connection)
            found += _database_gauges(connection)
    yield from found or [_gauge("database_up", "1 if the database answers.", 0)]
    info = GaugeMetricFamily("screening_info", "What runs here.", labels=("release", "schema", "questions"))
    info.add_metric((release(), schema, served), 1)
    yield info


def _database_gauges(connection: Connection) -> Iterator[Metric]:
    if connection.dialect.name != "sqlite":
        yield _gauge(
            "synchronous_standby_missing",
            "1 while a standby is expected and none confirms commits.",
            standby_state(connection) is StandbyState.MISSING,
        )
    with Session(connection) as session:
        yield _gauge(
            "purge_held",
            "1 while the purge is held back because the clock may be wrong, otherwise 0.",
            expiry.is_purge_held(session),
        )
        if day := expiry.last_purge(session):
            yield _gauge("purge_age_days", "Days since the last purge.", (_today() - day).days)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"screening_{name}", meaning, float(value))


def _today() -> date:
    return datetime.now(UTC).date()
