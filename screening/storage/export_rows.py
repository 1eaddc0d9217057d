"""Exports of closed weeks: read from one snapshot, shuffled, and streamed in constant memory.

A file contains no record's ref, and each export has a new random order.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, LargeBinary, Row, and_, cast, func, literal, select, text
from sqlalchemy.orm import Session

from screening.exports.formats import Format, Level, RecordFields, short_version
from screening.storage import questionnaire_versions, weeks
from screening.storage.submissions import ReviewState, records_in_state
from screening.storage.tables import QuestionnaireVersion, Submission

EXPORT_BATCH = 1_000
# Records from which the size of a file is estimated.
SIZE_SAMPLE = 200
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
    counted = select(Submission.version, func.count()).where(*_is_readable(now, oldest)).group_by(Submission.version)
    return known_versions(session, {version: number for version, number in session.execute(counted)})  # noqa: C416


def known_versions(session: Session, numbers: Mapping[int, int]) -> list[AnsweredVersion]:
    """Return the readable ones of these versions (row id -> number of records), the newest version first."""
    query = (
        select(QuestionnaireVersion.id, QuestionnaireVersion.hash)
        .where(QuestionnaireVersion.id.in_(numbers))
        .order_by(QuestionnaireVersion.id.desc())
    )
    rows = [(row, hash_.hex()) for row, hash_ in session.execute(query)]
    # Use the id in the content: the column of that name could be damaged while the content is intact.
    questionnaires = questionnaire_versions.load_versions(session, [version for _, version in rows])
    ids = {questionnaire.version: questionnaire.id for questionnaire in questionnaires}
    return [AnsweredVersion(row, ids[version], version, numbers[row]) for row, version in rows if version in ids]


def count_between(session: Session, first: int, last: int) -> int:
    """Count the records from one week to another, damaged ones too.

    All rows less the others: SQLite counts a whole table faster than a part of it.
    """
    count = select(func.count()).select_from(Submission)
    others = (Submission.week < first, Submission.week > last)
    return session.scalars(count).one() - sum(session.scalars(count.where(other)).one() for other in others)


class Export:
    """An export file from one snapshot: later changes to the database do not affect it.

    The session belongs to the export and ends with it. Records are read lazily. `oldest` is the first retained week;
    older records that are not purged yet are left out. `answered`: the answered versions, if they are known already.
    """

    def __init__(
        self,
        session: Session,
        query: ExportQuery,
        level: Level,
        now: datetime,
        oldest: int,
        answered: Sequence[AnsweredVersion] | None = None,
    ) -> None:
        self.session = session
        self.is_sqlite = _begin_snapshot(session)
        answered = answered_versions(session, now, oldest) if answered is None else answered
        of_questionnaire = [one for one in answered if one.questionnaire == query.questionnaire]
        # All answered versions, whichever is asked for: every export then has the same columns and codebook.
        self.versions = [questionnaire_versions.load_version(session, one.version) for one in of_questionnaire]
        self.hashes = {one.row: one.version for one in of_questionnaire}
        self._of_any_version = [*_is_readable(now, oldest), *_conditions(query)]
        self._answered, self.query = answered, query
        self.conditions = [
            *self._of_any_version,
            Submission.version.in_(row for row, version in self.hashes.items() if query.version in (None, version)),
        ]
        self.level = level
        self.written = 0
        """Number of records read for the file so far."""
        self.left_out = 0
        """Number of these that are damaged and so not in the file. Complete once `size` or `parts` has ended."""

    @cached_property
    def by_week(self) -> dict[int, int]:
        """The number of records in each week."""
        return self._count(*self.conditions)

    @cached_property
    def _sample(self) -> list[Answer]:
        """The first records, read once for the sizes of all formats."""
        return list(self._rows(limit=SIZE_SAMPLE))

    @property
    def number(self) -> int:
        """The number of records."""
        return sum(self.by_week.values())

    @cached_property
    def without_version(self) -> int:
        """The number of records, of any questionnaire, whose version cannot be read. No file counts them."""
        unreadable = Submission.version.not_in(one.row for one in self._answered)
        return 0 if self.query.version else sum(self._count(*self._of_any_version, unreadable).values())

    def size(self, form: type[Format]) -> int:
        """Return the file's size in bytes, by formatting and discarding every record."""
        return sum(len(chunk) for _, chunk in self._batches(form, self._rows(), self.number))

    def likely_size(self, form: type[Format], number: int) -> int:
        """Estimate the size in bytes of a file of this many records from the first ones."""
        header, *rest = [len(chunk) for _, chunk in self._batches(form, iter(self._sample), number)]
        # The sample is one batch.
        records, footer = sum(rest[:1]), sum(rest[1:])
        return header + records * number // max(1, min(number, SIZE_SAMPLE)) + footer

    def parts(self, form: type[Format]) -> Iterator[bytes]:
        """Yield the file in chunks of at most `EXPORT_CHUNK_BYTES` bytes."""
        for number, batch in self._batches(form, self._rows(self._random_order()), self.number):
            self.written = number
            for start in range(0, max(1, len(batch)), EXPORT_CHUNK_BYTES):
                yield batch[start : start + EXPORT_CHUNK_BYTES]

    def count_stateless(self) -> int:
        """Count the records with a damaged state; 0 if the file does not contain states."""
        if self.level is Level.YEAR_ONLY:
            return 0
        is_stateless = and_(*(Submission.state != int(state) for state in ReviewState))
        # Hardly any database has one. SQLite compares all rows in half the time that it takes to count with NOT IN.
        if not self.session.execute(select(Submission.week).where(is_stateless).limit(1)).first():
            return 0
        return sum(self._count(*self.conditions, is_stateless).values())

    def _count(self, *conditions: ColumnElement[bool]) -> dict[int, int]:
        """Count the records of each week."""
        counted = select(Submission.week, func.count()).where(*conditions).group_by(Submission.week)
        return {week: number for week, number in self.session.execute(counted)}  # noqa: C416  # rows are not tuples

    def _batches(self, form: type[Format], rows: Iterator[Answer], most: int) -> Iterator[tuple[int, bytes]]:
        """Yield the header, batches of records, and the footer, each with the number of records read so far."""
        formatter = form(self.versions, self.level, most)
        fields = lru_cache(partial(_record_fields, self.level))
        yield 0, formatter.encode(formatter.header_row())
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
            yield done, formatter.encode("".join(written))
        if footer := formatter.footer():
            yield done, footer

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
