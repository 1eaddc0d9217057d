"""Exports of closed weeks: read from one snapshot, shuffled, and streamed in constant memory.

A file contains no record's ref, and each export has a new random order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache, partial
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, LargeBinary, Row, cast, func, literal, select, text
from sqlalchemy.orm import Session

from screening.exports.formats import Format, Level, RecordFields, short_version
from screening.storage import questionnaire_versions, weeks
from screening.storage.submissions import ReviewState, records_in_state
from screening.storage.tables import QuestionnaireVersion, Submission

EXPORT_BATCH = 1_000
# Bytes: the server keeps each chunk in memory until it is sent.
EXPORT_CHUNK_BYTES = 64 * 1024
Answer: TypeAlias = Row[int, int, int, str]
"""Week, version row id, state, answers."""


class AnsweredVersion(NamedTuple):
    """A version with records in closed weeks: its row id, questionnaire id, hash in hex, and number of records."""

    row: int
    questionnaire: str
    version: str
    number: int


@dataclass(frozen=True)
class ExportQuery:
    """A filter for one questionnaire's records: by week, version (hash in hex) and state. None matches everything."""

    questionnaire: str
    first: int | None = None
    last: int | None = None
    version: str | None = None
    state: ReviewState | None = None


def answered_versions(session: Session, now: datetime, oldest: int) -> list[AnsweredVersion]:
    """Return the readable versions with records in retained, closed weeks, the newest version first."""
    counted = (
        select(Submission.version, func.count().label("number"))
        .where(*_is_readable(now, oldest))
        .group_by(Submission.version)
        .subquery()
    )
    query = (
        select(QuestionnaireVersion.id, QuestionnaireVersion.hash, counted.c.number)
        .join(counted, counted.c.version == QuestionnaireVersion.id)
        .order_by(QuestionnaireVersion.id.desc())
    )
    rows = [(row, hash_.hex(), number) for row, hash_, number in session.execute(query)]
    # Use the id in the content: the column of that name could be damaged while the content is intact.
    questionnaires = questionnaire_versions.load_versions(session, [version for _, version, _ in rows])
    ids = {questionnaire.version: questionnaire.id for questionnaire in questionnaires}
    return [AnsweredVersion(row, ids[version], version, number) for row, version, number in rows if version in ids]


class Export:
    """An export file from one snapshot: later changes to the database do not affect it.

    The session belongs to the export and ends with it. Records are read lazily. `oldest` is the first retained week;
    older records that are not purged yet are left out.
    """

    def __init__(self, session: Session, query: ExportQuery, level: Level, now: datetime, oldest: int) -> None:
        self.session = session
        self.is_sqlite = _begin_snapshot(session)
        answered = answered_versions(session, now, oldest)
        of_questionnaire = [one for one in answered if one.questionnaire == query.questionnaire]
        # All answered versions, whichever is asked for: every export then has the same columns and codebook.
        self.versions = [questionnaire_versions.load_version(session, one.version) for one in of_questionnaire]
        self.hashes = {one.row: one.version for one in of_questionnaire}
        of_any_version = [*_is_readable(now, oldest), *_conditions(query)]
        self.conditions = [
            *of_any_version,
            Submission.version.in_(row for row, version in self.hashes.items() if query.version in (None, version)),
        ]
        self.level = level
        by_week = self._count(*self.conditions)
        self.number = sum(by_week.values())
        unreadable = Submission.version.not_in(one.row for one in answered)
        self.without_version = 0 if query.version else sum(self._count(*of_any_version, unreadable).values())
        """Number of records, of any questionnaire, whose version cannot be read. No file counts them."""
        self.undated = sum(number for week, number in by_week.items() if not weeks.is_week(week))
        """Number of records with a damaged week."""
        self.written = 0
        """Number of records read for the file so far."""
        self.left_out = 0
        """Number of these that are damaged and so not in the file. Complete once `size` or `parts` has ended."""

    def size(self, form: type[Format]) -> int:
        """Return the file's size in bytes, by formatting and discarding every record."""
        return sum(len(chunk) for _, chunk in self._batches(form, self._rows()))

    def likely_size(self, form: type[Format]) -> int:
        """Estimate the file's size in bytes from the first records."""
        header, *records = [len(chunk) for _, chunk in self._batches(form, self._rows(limit=EXPORT_BATCH))]
        return header + sum(records) * self.number // max(1, min(self.number, EXPORT_BATCH))

    def parts(self, form: type[Format]) -> Iterator[bytes]:
        """Yield the file in chunks of at most `EXPORT_CHUNK_BYTES` bytes."""
        for number, batch in self._batches(form, self._rows(self._random_order())):
            self.written = number
            for start in range(0, max(1, len(batch)), EXPORT_CHUNK_BYTES):
                yield batch[start : start + EXPORT_CHUNK_BYTES]

    def count_stateless(self) -> int:
        """Count the records with a damaged state; 0 if the file does not contain states."""
        if self.level is Level.YEAR_ONLY:
            return 0
        return sum(self._count(*self.conditions, Submission.state.not_in(map(int, ReviewState))).values())

    def _count(self, *conditions: ColumnElement[bool]) -> dict[int, int]:
        """Count the records of each week."""
        counted = select(Submission.week, func.count()).where(*conditions).group_by(Submission.week)
        return {week: number for week, number in self.session.execute(counted)}  # noqa: C416  # rows are not tuples

    def _batches(self, form: type[Format], rows: Iterator[Answer]) -> Iterator[tuple[int, bytes]]:
        """Yield the header, then batches of records, each with the number of records read so far."""
        formatter = form(self.versions, self.level, self.number)
        fields = lru_cache(partial(_record_fields, self.level))
        yield 0, formatter.header_row().encode()
        done = self.left_out = 0
        while batch := list(islice(rows, EXPORT_BATCH)):
            written: list[str] = []
            for week, version, state, answers in batch:
                hash_, number = self.hashes[version], done - self.left_out + len(written) + 1
                # A damaged record fails here: an invalid week, state, or answers for its version.
                with suppress(ValueError):
                    written.append(formatter.format_row(number, fields(week, hash_, state), hash_, answers))
            done += len(batch)
            self.left_out += len(batch) - len(written)
            yield done, "".join(written).encode()

    def _rows(self, order: ColumnElement[bytes] | None = None, limit: int | None = None) -> Iterator[Answer]:
        columns = select(Submission.week, Submission.version, Submission.state, Submission.answers)
        query = columns.where(*self.conditions).order_by(order).limit(limit)
        with self.session.execute(query, execution_options={"yield_per": EXPORT_BATCH}) as rows:
            yield from rows

    def _random_order(self) -> ColumnElement[bytes]:
        """Order by a keyed hash with a discarded key. The database sorts, so memory need not hold all rows."""
        key = literal(os.urandom(32))
        if not self.is_sqlite:
            return func.sha256(key.op("||")(Submission.ref))
        connection: Any = self.session.connection().connection.driver_connection
        connection.create_function("shuffled", 2, _shuffled, deterministic=True)
        # A damaged ref can be text that sqlite3 cannot pass to Python.
        return func.shuffled(key, cast(Submission.ref, LargeBinary))


def _begin_snapshot(session: Session) -> bool:
    """Give a session one snapshot until its end, and return whether the database is SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN"))
        return True
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return False


def _shuffled(key: bytes, ref: bytes) -> bytes:
    return sha256(key + ref).digest()


def _is_readable(now: datetime, oldest: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Submission.week <= weeks.newest_closed(now), Submission.week >= oldest


def _conditions(query: ExportQuery) -> Iterator[ColumnElement[bool]]:
    if query.first is not None:
        yield Submission.week >= query.first
    if query.last is not None:
        yield Submission.week <= query.last
    if query.state is not None:
        yield records_in_state(Submission.state, query.state)


def _record_fields(level: Level, week: int, version: str, state: int) -> RecordFields:
    begins, year = weeks.monday(week), week // 100
    if level is Level.YEAR_ONLY:
        return (year,)
    return year, weeks.format_week(week), str(begins), short_version(version), ReviewState(state).word
