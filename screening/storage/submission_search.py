"""The list of submissions as staff ask for it: filtered, read page by page, and never too many rows for one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from screening.questionnaire.packing import where
from screening.storage import questionnaire_versions
from screening.storage.submissions import Record, State, in_state, record, records
from screening.storage.tables import QuestionnaireVersion, Submission

Place: TypeAlias = tuple[int, bytes]
"""Week and ref of a record: where it stands in the list, the highest first."""

PAGE_SIZE = 50
# Rows that are read for one page, however few of them are what was asked for.
MOST_READ = 200_000
# The same of those not reviewed: an index finds them, but each is then fetched by itself, at four times the cost.
MOST_FETCHED = 50_000
# Rows that are counted for the heading of one week.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class Wanted:
    """Which records are asked for: those of which all of this is true.

    `versions`: hashes in hex, None for any. `answers`: picked options, each as the ids of question and option.
    """

    state: State
    newest: int
    oldest: int = 0
    versions: tuple[str, ...] | None = None
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether it is asked of each row what it holds."""
        return self.versions is not None or bool(self.answers)

    @property
    def most_read(self) -> int:
        """How many rows may be read for one page."""
        return MOST_FETCHED if self.state is State.UNREAD else MOST_READ

    @property
    def is_indexed(self) -> bool:
        """Whether an index holds these records and no others."""
        return self.state is State.UNREAD and not self.is_filtered


class Found(NamedTuple):
    """One page, and the place after which the next one begins. `is_cut`: rows after it were not read at all."""

    records: Sequence[Record]
    goes_on: Place | None = None
    is_cut: bool = False


def page(
    session: Session, wanted: Wanted, after: Place | None = None, size: int = PAGE_SIZE, most: int | None = None
) -> Found:
    """At most so many of the records wanted, the latest week first, among at most so many rows, else `most_read`;
    `after` one seen.

    Inside a week the order is that of the refs, which is random.
    """
    last = None if wanted.is_indexed else _last_read(session, wanted, after, most or wanted.most_read)
    asked = page_query(wanted, _picked(session, wanted), after, last).limit(size + 1)
    found = [record(row) for row in session.execute(asked)]
    if len(found) > size:
        return Found(found[:size], found[size - 1].week_and_ref)
    return Found(found, last, last is not None)


def page_query(
    wanted: Wanted, picked: ColumnElement[bool], after: Place | None, last: Place | None
) -> Select[int, bytes, bytes, str, int]:
    """What `page` asks of the database, down to the last row that may be read."""
    asked = records().where(*_rows(wanted, after, last), in_state(Submission.state, wanted.state), picked)
    return asked.order_by(*_LATEST_FIRST)


def last_query(wanted: Wanted, after: Place | None, most: int) -> Select[int, bytes]:
    """The last of so many rows, and the one after it."""
    return (
        select(Submission.week, Submission.ref)
        .where(*_rows(wanted, after))
        .order_by(*_LATEST_FIRST)
        .offset(most - 1)
        .limit(2)
    )


def count(session: Session, state: State, week: int, most: int = MOST_COUNTED) -> int | None:
    """How many records of a state a week has; None where more rows would have to be read than that."""
    read = _rows(Wanted(state, week, week), None)
    rows = select(Submission.state).where(*read).limit(most + 1).subquery()
    of_state = func.sum(case((in_state(rows.c.state, state), 1), else_=0))
    number, counted = session.execute(select(func.count(), of_state).select_from(rows)).one()
    return None if number > most else counted or 0


def count_unread(session: Session, oldest: int, newest: int, most: int) -> int:
    """How many records of these weeks nobody has marked yet; `most`, if there are so many or more."""
    rows = select(Submission.week).where(*_rows(Wanted(State.UNREAD, newest, oldest), None)).limit(most).subquery()
    return session.scalars(select(func.count()).select_from(rows)).one()


_here = tuple_(Submission.week, Submission.ref)
_LATEST_FIRST = (Submission.week.desc(), Submission.ref.desc())


def _last_read(session: Session, wanted: Wanted, after: Place | None, most: int) -> Place | None:
    """The last row that may be read; None where there are no more than that."""
    rows = session.execute(last_query(wanted, after, most)).all()
    return (rows[0].week, rows[0].ref) if len(rows) > 1 else None


def _rows(wanted: Wanted, after: Place | None, last: Place | None = None) -> tuple[ColumnElement[bool], ...]:
    """The rows among which is looked: what no index tells is asked of each."""
    start = (wanted.newest + 1, b"")
    # Both ends as pairs: of a week beside a pair SQLite takes the week, and reads on to its end.
    between = (_here < tuple_(*min(after or start, start)), _here >= tuple_(*(last or (wanted.oldest, b""))))
    return (*between, in_state(Submission.state, wanted.state)) if wanted.state is State.UNREAD else between


def _picked(session: Session, wanted: Wanted) -> ColumnElement[bool]:
    """Whether a row is of a version that is wanted and holds every answer that is: versions know in which digits."""
    if not wanted.is_filtered:
        return true()
    alike: dict[tuple[tuple[int, str], ...], list[int]] = defaultdict(list)
    for number, version in session.execute(select(QuestionnaireVersion.id, QuestionnaireVersion.hash)).all():
        if wanted.versions is not None and version.hex() not in wanted.versions:
            continue
        for questionnaire in questionnaire_versions.readable(session, [version.hex()]):
            places = [where(questionnaire, *answer) for answer in wanted.answers]
            # Words change more often than places do: most versions are asked the same.
            if None not in places:
                alike[tuple(place for place in places if place)].append(number)
    return or_(
        false(),
        *(
            and_(Submission.version.in_(numbers), *(_digit(place).in_([*digits]) for place, digits in places))
            for places, numbers in alike.items()
        ),
    )


def _digit(place: int) -> ColumnElement[str]:
    return func.substr(Submission.answers, place + 1, 1)
