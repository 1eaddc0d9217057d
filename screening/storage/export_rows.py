"""Records of closed weeks on their way into a file: counted, in an order that means nothing, in constant memory.

No record's ref goes into a file, and which records lie beside each other is another chance in each export.
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
# Bytes: the server keeps what it was handed in memory until it is sent.
LONGEST_PART = 64 * 1024
Answer: TypeAlias = Row[int, int, int, str]
"""Week, the version's row, state, answers."""


class AnsweredVersion(NamedTuple):
    """A version that was answered in closed weeks: its row, its questionnaire's id, its hash in hex, how often."""

    row: int
    questionnaire: str
    version: str
    number: int


@dataclass(frozen=True)
class ExportQuery:
    """Which records of one questionnaire: of some weeks, one version (its hash in hex) or one state; else all."""

    questionnaire: str
    first: int | None = None
    last: int | None = None
    version: str | None = None
    state: ReviewState | None = None


def answered_versions(session: Session, now: datetime, oldest: int) -> list[AnsweredVersion]:
    """What was answered in closed weeks that are kept, and can be read, the newest version first."""
    counted = (
        select(Submission.version, func.count().label("number"))
        .where(*_is_readable(now, oldest))
        .group_by(Submission.version)
        .subquery()
    )
    found = (
        select(QuestionnaireVersion.id, QuestionnaireVersion.hash, counted.c.number)
        .join(counted, counted.c.version == QuestionnaireVersion.id)
        .order_by(QuestionnaireVersion.id.desc())
    )
    rows = [(row, hash_.hex(), number) for row, hash_, number in session.execute(found)]
    # Not the id in a column of its own, which could be damaged while the questions are whole.
    ids = {
        one.version: one.id
        for one in questionnaire_versions.load_versions(session, [version for _, version, _ in rows])
    }
    return [AnsweredVersion(row, ids[version], version, number) for row, version, number in rows if version in ids]


class Export:
    """A file of one moment: what is shared or deleted while it is written changes nothing in it.

    The session is the export's own, and ends with it. Nothing is read before it is asked for. `oldest` is the first
    week that is kept: what lies before it may not be purged yet, and is not shown.
    """

    def __init__(self, session: Session, wanted: ExportQuery, level: Level, now: datetime, oldest: int) -> None:
        self.session = session
        self.is_sqlite = _hold_still(session)
        every = answered_versions(session, now, oldest)
        known = [one for one in every if one.questionnaire == wanted.questionnaire]
        # All that were answered, whichever are wanted: so every export has the same columns, and one codebook.
        self.versions = [questionnaire_versions.load_version(session, one.version) for one in known]
        self.hashes = {one.row: one.version for one in known}
        among = [*_is_readable(now, oldest), *_conditions(wanted)]
        self.conditions = [
            *among,
            Submission.version.in_(row for row, version in self.hashes.items() if wanted.version in (None, version)),
        ]
        self.level = level
        by_week = self._count(*self.conditions)
        self.number = sum(by_week.values())
        unknown = Submission.version.not_in(one.row for one in every)
        self.without_version = 0 if wanted.version else sum(self._count(*among, unknown).values())
        """How many records answered questions that cannot be read, of whichever questionnaire. No file counts them."""
        self.undated = sum(number for week, number in by_week.items() if not weeks.is_week(week))
        """How many records lie in a week that there is not."""
        self.written = 0
        """How many records have been read for the file."""
        self.left_out = 0
        """How many of them are damaged, and so not in the file. Known once `size` or `parts` has gone through them."""

    def size(self, form: type[Format]) -> int:
        """How many bytes the file has: every record is written once, in no order, and thrown away."""
        return sum(len(part) for _, part in self._parts(form, self._rows()))

    def likely_size(self, form: type[Format]) -> int:
        """About how many bytes, as the first records go."""
        first = [len(part) for _, part in self._parts(form, self._rows(most=EXPORT_BATCH))]
        return first[0] + sum(first[1:]) * self.number // max(1, min(self.number, EXPORT_BATCH))

    def parts(self, form: type[Format]) -> Iterator[bytes]:
        """The file, in pieces of at most `LONGEST_PART` bytes."""
        for number, part in self._parts(form, self._rows(self._by_chance())):
            self.written = number
            for start in range(0, max(1, len(part)), LONGEST_PART):
                yield part[start : start + LONGEST_PART]

    def count_stateless(self) -> int:
        """How many records have a state that there is not, if the file tells states."""
        if self.level is Level.YEAR_ONLY:
            return 0
        return sum(self._count(*self.conditions, Submission.state.not_in(map(int, ReviewState))).values())

    def _count(self, *conditions: ColumnElement[bool]) -> dict[int, int]:
        """How many records each week has."""
        counted = select(Submission.week, func.count()).where(*conditions).group_by(Submission.week)
        return {week: number for week, number in self.session.execute(counted)}  # noqa: C416  # rows are no tuples

    def _parts(self, form: type[Format], rows: Iterator[Answer]) -> Iterator[tuple[int, bytes]]:
        """The head, then some records at a time, with how many there were up to then."""
        made = form(self.versions, self.level, self.number)
        about = lru_cache(partial(_about, self.level))
        yield 0, made.header_row().encode()
        done = self.left_out = 0
        while several := list(islice(rows, EXPORT_BATCH)):
            written: list[str] = []
            for week, version, state, answers in several:
                hash_, number = self.hashes[version], done - self.left_out + len(written) + 1
                # What is damaged fails here: no week, no state, or not the answers of its version.
                with suppress(ValueError):
                    written.append(made.format_row(number, about(week, hash_, state), hash_, answers))
            done += len(several)
            self.left_out += len(several) - len(written)
            yield done, "".join(written).encode()

    def _rows(self, order: ColumnElement[bytes] | None = None, most: int | None = None) -> Iterator[Answer]:
        wanted = select(Submission.week, Submission.version, Submission.state, Submission.answers)
        asked = wanted.where(*self.conditions).order_by(order).limit(most)
        with self.session.execute(asked, execution_options={"yield_per": EXPORT_BATCH}) as rows:
            yield from rows

    def _by_chance(self) -> ColumnElement[bytes]:
        """An order by a key that nobody keeps; the database sorts, since it need not hold all rows in memory."""
        key = literal(os.urandom(32))
        if not self.is_sqlite:
            return func.sha256(key.op("||")(Submission.ref))
        connection: Any = self.session.connection().connection.driver_connection
        connection.create_function("shuffled", 2, _shuffled, deterministic=True)
        # A damaged one can be text that Python could not even be handed.
        return func.shuffled(key, cast(Submission.ref, LargeBinary))


def _hold_still(session: Session) -> bool:
    """Let a session see this moment until its end; whether the database is SQLite."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("BEGIN"))
        return True
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    return False


def _shuffled(key: bytes, ref: bytes) -> bytes:
    return sha256(key + ref).digest()


def _is_readable(now: datetime, oldest: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Submission.week <= weeks.newest_closed(now), Submission.week >= oldest


def _conditions(wanted: ExportQuery) -> Iterator[ColumnElement[bool]]:
    if wanted.first is not None:
        yield Submission.week >= wanted.first
    if wanted.last is not None:
        yield Submission.week <= wanted.last
    if wanted.state is not None:
        yield records_in_state(Submission.state, wanted.state)


def _about(level: Level, week: int, version: str, state: int) -> RecordFields:
    begins, year = weeks.monday(week), week // 100
    if level is Level.YEAR_ONLY:
        return (year,)
    return year, weeks.format_week(week), str(begins), short_version(version), ReviewState(state).word
