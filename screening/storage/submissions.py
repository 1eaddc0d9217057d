"""Shared records. Functions that take a session; those that change something commit.

Only week and ref identify a record: nothing else in it could reveal whose it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Result,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from screening.storage import patient_codes, weeks
from screening.storage.column_types import is_undamaged_text
from screening.storage.database import memory_of, noted_write
from screening.storage.secure_delete import commit_write, forget_deleted, forget_order
from screening.storage.tables import Base, Drawn, QuestionnaireVersion, Submission, Tally


class ReviewState(IntEnum):
    """What staff have done with a record."""

    UNREAD = 0
    REVIEWED = 1
    SET_ASIDE = 2

    @property
    def word(self) -> str:
        """The state as written in URLs and files."""
        return self.name.lower().replace("_", "-")


_STATES = frozenset(ReviewState)


class Added(Enum):
    """The result of sharing: stored, already there with the same answers, or already there with others."""

    STORED = "stored"
    THERE = "there"
    DIFFERENT = "different"


class Removed(Enum):
    """The result of deleting: nothing to delete, all copies removed, or one remains while a read still uses it."""

    NOTHING = "nothing"
    WHOLLY = "wholly"
    STILL_READ = "still read"

    def __bool__(self) -> bool:
        return self is not Removed.NOTHING


@dataclass(frozen=True)
class Submitted:
    """A shared record: five fields, which the patient is shown. `version` is the questionnaire's hash in hex.

    `is_damaged`: the row holds a value that this site never writes. The answers may be damaged without that, see
    `packing`. `has_state`: the stored state is valid; otherwise the record counts as set aside.
    """

    week: int
    ref: bytes
    version: str
    answers: str
    state: ReviewState = ReviewState.UNREAD
    is_damaged: bool = False
    has_state: bool = True

    @property
    def week_and_ref(self) -> tuple[int, bytes]:
        """The record's primary key."""
        return self.week, self.ref


# Built once, because building the statement took longer than running it.
_ADD = insert(Base.metadata.tables[Submission.__tablename__]).values(
    week=bindparam("week"),
    ref=bindparam("ref"),
    version=select(QuestionnaireVersion.id).where(QuestionnaireVersion.hash == bindparam("hash")).scalar_subquery(),
    state=bindparam("state"),
    answers=bindparam("answers"),
)


def add_submission(session: Session, record: Submitted) -> Added:
    """Store a record durably, at most once. Commits.

    Raises:
        SQLAlchemyError: the record may not be stored; adding it again is safe.
    """
    try:
        with noted_write(memory_of(session)):
            session.execute(_ADD, _values(record))
            commit_write(session)
    except IntegrityError:
        session.rollback()
        stored = find_stored(session, [record.week], [record.ref])
        if stored is None:
            raise
        is_same = (stored.version, stored.answers) == (record.version, record.answers)
        return Added.THERE if is_same else Added.DIFFERENT
    return Added.STORED


def add_submissions(session: Session, records: Iterable[Submitted]) -> None:
    """Store records with new refs, all or none. Commits."""
    session.execute(_ADD, [_values(record) for record in records])
    session.commit()


def lookup_keys(
    session: Session, code: str, keys: Iterable[str], now: datetime, retention_days: int
) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Return every week and every ref that a code's record can have, as `remove_submission` takes them.

    A record that was shared while the clock was ahead is in a future week.
    """
    future = session.scalars(select(Submission.week).where(Submission.week > weeks.week_of(now)).distinct())
    return (*weeks.retained_weeks(now, retention_days), *future), patient_codes.code_refs(code, keys)


def find_stored(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Submitted | None:
    """Return the record with one of these refs in one of these weeks, or None. Each pair is looked up in any case."""
    row = session.execute(load_records().where(Submission.week.in_(in_weeks), Submission.ref.in_(refs))).first()
    return load_record(row) if row else None


def load_records() -> Select[int, bytes, bytes, str, int]:
    """Select all records, for a query to narrow down. The hash is NULL if the version is missing."""
    return select(
        Submission.week, Submission.ref, QuestionnaireVersion.hash, Submission.answers, Submission.state
    ).outerjoin(QuestionnaireVersion, QuestionnaireVersion.id == Submission.version)


def load_record(row: Row[int, bytes, bytes, str, int]) -> Submitted:
    """Return the record in a row of `load_records`, even if the row is damaged."""
    week, ref, version, answers, state = row
    is_whole = (
        bool(version) and len(ref) == patient_codes.REF_BYTES and is_undamaged_text(answers) and weeks.is_week(week)
    )
    has_state = state in _STATES
    review_state = ReviewState(state) if has_state else ReviewState.SET_ASIDE
    return Submitted(week, ref, (version or b"").hex(), answers, review_state, not is_whole, has_state)


def records_in_state(
    column: ColumnElement[int] | InstrumentedAttribute[int], state: ReviewState
) -> ColumnElement[bool]:
    """Match rows in a state. An invalid stored state counts as set aside."""
    if state is ReviewState.SET_ASIDE:
        return column.not_in([_literal(ReviewState.UNREAD), _literal(ReviewState.REVIEWED)])
    return column == _literal(state)


def set_review_state(session: Session, record: Submitted, state: ReviewState) -> bool:
    """Set a record's state by one atomic UPDATE, unless it has changed since it was read. Commits."""
    result = session.execute(
        update(Submission)
        .where(_is(record), records_in_state(Submission.state, record.state))
        .values(state=state.value)
    )
    commit_write(session)
    return _row_count(result) == 1


def remove_submission(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Removed:
    """Delete the records with these refs in these weeks, from the file too. Commits."""
    matching = delete(Submission).where(Submission.week.in_(in_weeks), Submission.ref.in_(refs))
    deleted_weeks = set(session.scalars(matching.returning(Submission.week)))
    if deleted_weeks:
        session.execute(delete(Tally).where(Tally.week.in_(deleted_weeks)))
    session.commit()
    is_forgotten = forget_deleted(session)
    if not deleted_weeks:
        return Removed.NOTHING
    return Removed.WHOLLY if is_forgotten else Removed.STILL_READ


def count_older(session: Session, week: int) -> int:
    """Count the records of weeks before this one."""
    return session.scalars(select(func.count()).select_from(Submission).where(Submission.week < week)).one()


def purge_submissions(session: Session, week: int) -> int:
    """Delete the records of weeks before this one, and return their number. Commits.

    It also removes traces of the order in which the other records came.
    """
    result = session.execute(delete(Submission).where(Submission.week < week))
    session.execute(delete(Tally).where(Tally.week < week))
    # A block with an expired week is no longer published.
    session.execute(delete(Drawn).where(Drawn.week < week))
    session.commit()
    forget_order(session)
    return _row_count(result)


def _values(record: Submitted) -> dict[str, object]:
    return {
        "week": record.week,
        "ref": record.ref,
        "hash": bytes.fromhex(record.version),
        "state": record.state.value,
        "answers": record.answers,
    }


def _literal(state: ReviewState) -> ColumnElement[int]:
    # SQLite uses the partial index only for a literal, not for a bound parameter.
    return literal_column(str(state.value))


def _is(record: Submitted) -> ColumnElement[bool]:
    return and_(Submission.week == record.week, Submission.ref == record.ref)


def _row_count(result: Result[*tuple[()]]) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
