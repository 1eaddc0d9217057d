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
from screening.storage.secure_delete import commit, forget_deleted, forget_order
from screening.storage.tables import Base, Drawn, QuestionnaireVersion, Submission, Tally


class State(IntEnum):
    """What staff have done with a record."""

    UNREAD = 0
    REVIEWED = 1
    SET_ASIDE = 2

    @property
    def word(self) -> str:
        """As addresses and files write it."""
        return self.name.lower().replace("_", "-")


_STATES = frozenset(State)


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
class Record:
    """What is shared: five fields, as the patient is shown them. `version` is the questionnaire's hash in hex.

    `is_damaged`: something other than this site changed the row so that it cannot be read; its answers may be damaged
    without that, see `packing`. `has_state`: whether its state is one that there is; otherwise it counts as set aside.
    """

    week: int
    ref: bytes
    version: str
    answers: str
    state: State = State.UNREAD
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


def add(session: Session, record: Record) -> Added:
    """Store a record once, durably. Commits.

    Raises:
        SQLAlchemyError: nothing is known to be stored; adding the same record again is safe.
    """
    try:
        with noted_write(memory_of(session)):
            session.execute(_ADD, _values(record))
            commit(session)
    except IntegrityError:
        session.rollback()
        stored = find(session, [record.week], [record.ref])
        if stored is None:
            raise
        is_same = (stored.version, stored.answers) == (record.version, record.answers)
        return Added.THERE if is_same else Added.DIFFERENT
    return Added.STORED


def add_new(session: Session, records: Iterable[Record]) -> None:
    """Store records under refs that are not there yet, all of them or none. Commits."""
    session.execute(_ADD, [_values(record) for record in records])
    session.commit()


def places(
    session: Session, code: str, keys: Iterable[str], now: datetime, retention_days: int
) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    """Every week in which a record of a code can lie, and every ref that it can have: what `find` and `remove` take.

    What was shared while the clock was ahead lies in weeks that have not begun.
    """
    to_come = session.scalars(select(Submission.week).where(Submission.week > weeks.week_of(now)).distinct())
    return (*weeks.kept(now, retention_days), *to_come), patient_codes.refs(code, keys)


def find(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Record | None:
    """The record of one of these refs in one of these weeks. Each pair is looked up, found or not."""
    row = session.execute(records().where(Submission.week.in_(in_weeks), Submission.ref.in_(refs))).first()
    return record(row) if row else None


def records() -> Select[int, bytes, bytes, str, int]:
    """Every record there is, for a query to choose among. The hash is NULL where the version is not there."""
    return select(
        Submission.week, Submission.ref, QuestionnaireVersion.hash, Submission.answers, Submission.state
    ).outerjoin(QuestionnaireVersion, QuestionnaireVersion.id == Submission.version)


def record(row: Row[int, bytes, bytes, str, int]) -> Record:
    """A record from a row of `records`, whatever the row holds."""
    week, ref, version, answers, state = row
    is_whole = bool(version) and len(ref) == patient_codes.REF_BYTES and is_text(answers) and weeks.is_week(week)
    has_state = state in _STATES
    known = State(state) if has_state else State.SET_ASIDE
    return Record(week, ref, (version or b"").hex(), answers, known, not is_whole, has_state)


def in_state(column: ColumnElement[int] | InstrumentedAttribute[int], state: State) -> ColumnElement[bool]:
    """Whether a row counts as one of this state. A damaged state, which is none, counts as set aside."""
    if state is State.SET_ASIDE:
        return column.not_in([_written(State.UNREAD), _written(State.REVIEWED)])
    return column == _written(state)


def mark(session: Session, record: Record, state: State) -> bool:
    """Give a record a state, unless somebody else gave it another since it was read. Commits."""
    result = session.execute(
        update(Submission).where(_is(record), in_state(Submission.state, record.state)).values(state=state.value)
    )
    commit(session)
    return _touched(result) == 1


def remove(session: Session, in_weeks: Collection[int], refs: Collection[bytes]) -> Removed:
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


def count_before(session: Session, week: int) -> int:
    """How many records lie in weeks before this one."""
    return session.scalars(select(func.count()).select_from(Submission).where(Submission.week < week)).one()


def purge(session: Session, week: int) -> int:
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


def _values(record: Record) -> dict[str, object]:
    return {
        "week": record.week,
        "ref": record.ref,
        "hash": bytes.fromhex(record.version),
        "state": record.state.value,
        "answers": record.answers,
    }


def _written(state: State) -> ColumnElement[int]:
    # Written out, not bound: only so can SQLite tell that the partial index holds what is wanted.
    return literal_column(str(state.value))


def _is(record: Record) -> ColumnElement[bool]:
    return and_(Submission.week == record.week, Submission.ref == record.ref)


def _touched(result: Result[*tuple[()]]) -> int:
    assert isinstance(result, CursorResult)
    return result.rowcount
