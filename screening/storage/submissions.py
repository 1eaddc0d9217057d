"""What patients shared. Functions that take a session; those that change something commit.

A record is found by its week and ref alone: nothing else in it could tell whose it is.
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
from screening.storage.column_types import is_text
from screening.storage.database import memory_of, noted_write
from screening.storage.secure_delete import commit_and_forget, forget_deleted, forget_order
from screening.storage.tables import Base, Drawn, QuestionnaireVersion, Submission, Tally


class ReviewState(IntEnum):
    """What staff have done with a record."""

    UNREAD = 0
    REVIEWED = 1
    SET_ASIDE = 2

    @property
    def word(self) -> str:
        """As addresses and files write it."""
        return self.name.lower().replace("_", "-")


_STATES = frozenset(ReviewState)


class Added(Enum):
    """What came of sharing: stored now, there already as it is, or there already with other answers."""

    STORED = "stored"
    THERE = "there"
    DIFFERENT = "different"


class Removed(Enum):
    """What came of deleting: nothing was there, every copy is gone, or one stays while somebody still reads it."""

    NOTHING = "nothing"
    WHOLLY = "wholly"
    STILL_READ = "still read"

    def __bool__(self) -> bool:
        return self is not Removed.NOTHING


@dataclass(frozen=True)
class Submitted:
    """What is shared: five fields, as the patient is shown them. `version` is the questionnaire's hash in hex.

    `is_damaged`: something other than this site changed the row so that it cannot be read; its answers may be damaged
    without that, see `packing`. `has_state`: whether its state is one that there is; otherwise it counts as set aside.
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
        """What tells one record from every other."""
        return self.week, self.ref


# Made once: building it anew took longer than storing did.
_ADD = insert(Base.metadata.tables[Submission.__tablename__]).values(
    week=bindparam("week"),
    ref=bindparam("ref"),
    version=select(QuestionnaireVersion.id).where(QuestionnaireVersion.hash == bindparam("hash")).scalar_subquery(),
    state=bindparam("state"),
    answers=bindparam("answers"),
)


def add_submission(session: Session, record: Submitted) -> Added:
    """Store a record once, durably. Commits.

    Raises:
        SQLAlchemyError: nothing is known to be stored; adding the same record again is safe.
    """
    try:
        with noted_write(memory_of(session)):
            session.execute(_ADD, _values(record))
            commit_and_forget(session)
    except IntegrityError:
        session.rollback()
        stored = find_stored(session, [record.week], [record.ref])
        if stored is None:
            raise
        is_same = (stored.version, stored.answers) == (record.version, record.answers)
        return Added.THERE if is_same else Added.DIFFERENT
    return Added.STORED


def add_submissions(session: Session, records: Iterable[Submitted]) -> None:
    """Store records under refs that are not there yet, all of them or none. Commits."""
    session.execute(_ADD, [_values(record) for record in records])
    session.commit()


def lookup_keys(
    session: Session, code: str, keys: Iterable[str], now: datetime, retention_days: int
) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Return every week that can hold a code's record, and every ref it can have, as `remove_submission` takes them.

    What was shared while the clock was ahead lies in weeks that have not begun.
    """
    to_come = session.scalars(select(Submission.week).where(Submission.week > weeks.week_of(now)).distinct())
    return (*weeks.retained_weeks(now, retention_days), *to_come), patient_codes.code_refs(code, keys)


def find_stored(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Submitted | None:
    """The record of one of these refs in one of these weeks. Each pair is looked up, found or not."""
    row = session.execute(load_records().where(Submission.week.in_(in_weeks), Submission.ref.in_(refs))).first()
    return load_record(row) if row else None


def load_records() -> Select[int, bytes, bytes, str, int]:
    """Every record there is, for a query to choose among. The hash is NULL where the version is not there."""
    return select(
        Submission.week, Submission.ref, QuestionnaireVersion.hash, Submission.answers, Submission.state
    ).outerjoin(QuestionnaireVersion, QuestionnaireVersion.id == Submission.version)


def load_record(row: Row[int, bytes, bytes, str, int]) -> Submitted:
    """A record from a row of `load_records`, whatever the row holds."""
    week, ref, version, answers, state = row
    is_whole = bool(version) and len(ref) == patient_codes.REF_BYTES and is_text(answers) and weeks.is_week(week)
    has_state = state in _STATES
    known = ReviewState(state) if has_state else ReviewState.SET_ASIDE
    return Submitted(week, ref, (version or b"").hex(), answers, known, not is_whole, has_state)


def records_in_state(
    column: ColumnElement[int] | InstrumentedAttribute[int], state: ReviewState
) -> ColumnElement[bool]:
    """Whether a row counts as one of this state. A damaged state, which is none, counts as set aside."""
    if state is ReviewState.SET_ASIDE:
        return column.not_in([_written(ReviewState.UNREAD), _written(ReviewState.REVIEWED)])
    return column == _written(state)


def set_review_state(session: Session, record: Submitted, state: ReviewState) -> bool:
    """Give a record a state, unless somebody else gave it another since it was read. Commits."""
    result = session.execute(
        update(Submission)
        .where(_is(record), records_in_state(Submission.state, record.state))
        .values(state=state.value)
    )
    commit_and_forget(session)
    return _touched(result) == 1


def remove_submission(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Removed:
    """Delete whatever has one of these refs in these weeks, from the file too. Commits."""
    theirs = delete(Submission).where(Submission.week.in_(in_weeks), Submission.ref.in_(refs))
    gone = set(session.scalars(theirs.returning(Submission.week)))
    if gone:
        session.execute(delete(Tally).where(Tally.week.in_(gone)))
    session.commit()
    is_forgotten = forget_deleted(session)
    if not gone:
        return Removed.NOTHING
    return Removed.WHOLLY if is_forgotten else Removed.STILL_READ


def count_older(session: Session, week: int) -> int:
    """How many records lie in weeks before this one."""
    return session.scalars(select(func.count()).select_from(Submission).where(Submission.week < week)).one()


def purge_submissions(session: Session, week: int) -> int:
    """Delete what lies in weeks before this one, and every trace of the order in which the rest came. Commits.

    Returns how many there were.
    """
    result = session.execute(delete(Submission).where(Submission.week < week))
    session.execute(delete(Tally).where(Tally.week < week))
    # A block of which a week is over its time is published no more.
    session.execute(delete(Drawn).where(Drawn.week < week))
    session.commit()
    forget_order(session)
    return _touched(result)


def _values(record: Submitted) -> dict[str, object]:
    return {
        "week": record.week,
        "ref": record.ref,
        "hash": bytes.fromhex(record.version),
        "state": record.state.value,
        "answers": record.answers,
    }


def _written(state: ReviewState) -> ColumnElement[int]:
    # Written out, not bound: only so can SQLite tell that the partial index holds what is wanted.
    return literal_column(str(state.value))


def _is(record: Submitted) -> ColumnElement[bool]:
    return and_(Submission.week == record.week, Submission.ref == record.ref)


def _touched(result: Result[*tuple[()]]) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
