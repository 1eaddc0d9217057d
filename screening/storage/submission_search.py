"""The list of submissions as staff ask for it: filtered, read page by page, and never too many rows for one page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from screening.questionnaire.packing import option_digits
from screening.storage import questionnaire_versions
from screening.storage.submissions import ReviewState, Submitted, load_record, load_records, records_in_state
from screening.storage.tables import QuestionnaireVersion, Submission

PagePosition: TypeAlias = tuple[int, bytes]
"""Week and ref of a record: where it stands in the list, the highest first."""

LIST_PAGE_SIZE = 50
# Rows that are read for one page, however few of them are what was asked for.
MOST_READ = 200_000
# The same of those not reviewed: an index finds them, but each is then fetched by itself, at four times the cost.
MOST_FETCHED = 50_000
# Rows that are counted for the heading of one week.
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class SubmissionQuery:
    """Which records are asked for: those of which all of this is true.

    `versions`: hashes in hex, None for any. `answers`: picked options, each as the ids of question and option.
    """

    state: ReviewState
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
        return MOST_FETCHED if self.state is ReviewState.UNREAD else MOST_READ

    @property
    def is_indexed(self) -> bool:
        """Whether an index holds these records and no others."""
        return self.state is ReviewState.UNREAD and not self.is_filtered


class SearchPage(NamedTuple):
    """One page, and the place after which the next one begins. `is_cut`: rows after it were not read at all."""

    records: Sequence[Submitted]
    goes_on: PagePosition | None = None
    is_cut: bool = False


def search_page(
    session: Session,
    wanted: SubmissionQuery,
    after: PagePosition | None = None,
    size: int = LIST_PAGE_SIZE,
    most: int | None = None,
) -> SearchPage:
    """At most so many of the records wanted, the latest week first, among at most so many rows, else `most_read`;
    `after` one seen.

    Inside a week the order is that of the refs, which is random.
    """
    last = None if wanted.is_indexed else _last_read(session, wanted, after, most or wanted.most_read)
    asked = page_query(wanted, _picked(session, wanted), after, last).limit(size + 1)
    found = [load_record(row) for row in session.execute(asked)]
    if len(found) > size:
        return SearchPage(found[:size], found[size - 1].week_and_ref)
    return SearchPage(found, last, last is not None)


def page_query(
    wanted: SubmissionQuery, picked: ColumnElement[bool], after: PagePosition | None, last: PagePosition | None
) -> Select[int, bytes, bytes, str, int]:
    """What `page` asks of the database, down to the last row that may be read."""
    asked = load_records().where(*_rows(wanted, after, last), records_in_state(Submission.state, wanted.state), picked)
    return asked.order_by(*_LATEST_FIRST)


def last_query(wanted: SubmissionQuery, after: PagePosition | None, most: int) -> Select[int, bytes]:
    """The last of so many rows, and the one after it."""
    return (
        select(Submission.week, Submission.ref)
        .where(*_rows(wanted, after))
        .order_by(*_LATEST_FIRST)
        .offset(most - 1)
        .limit(2)
    )


def count_submissions(session: Session, state: ReviewState, week: int, most: int = MOST_COUNTED) -> int | None:
    """How many records of a state a week has; None where more rows would have to be read than that."""
    read = _rows(SubmissionQuery(state, week, week), None)
    rows = select(Submission.state).where(*read).limit(most + 1).subquery()
    of_state = func.sum(case((records_in_state(rows.c.state, state), 1), else_=0))
    number, counted = session.execute(select(func.count(), of_state).select_from(rows)).one()
    return None if number > most else counted or 0


def count_unread(session: Session, oldest: int, newest: int, most: int) -> int:
    """How many records of these weeks nobody has marked yet; `most`, if there are so many or more."""
    rows = (
        select(Submission.week)
        .where(*_rows(SubmissionQuery(ReviewState.UNREAD, newest, oldest), None))
        .limit(most)
        .subquery()
    )
    return session.scalars(select(func.count()).select_from(rows)).one()


_here = tuple_(Submission.week, Submission.ref)
_LATEST_FIRST = (Submission.week.desc(), Submission.ref.desc())


def _last_read(session: Session, wanted: SubmissionQuery, after: PagePosition | None, most: int) -> PagePosition | None:
    """The last row that may be read; None where there are no more than that."""
    rows = session.execute(last_query(wanted, after, most)).all()
    return (rows[0].week, rows[0].ref) if len(rows) > 1 else None


def _rows(
    wanted: SubmissionQuery, after: PagePosition | None, last: PagePosition | None = None
) -> tuple[ColumnElement[bool], ...]:
    """The rows among which is looked: what no index tells is asked of each."""
    start = (wanted.newest + 1, b"")
    # Both ends as pairs: of a week beside a pair SQLite takes the week, and reads on to its end.
    between = (_here < tuple_(*min(after or start, start)), _here >= tuple_(*(last or (wanted.oldest, b""))))
    return (
        (*between, records_in_state(Submission.state, wanted.state)) if wanted.state is ReviewState.UNREAD else between
    )


def _picked(session: Session, wanted: SubmissionQuery) -> ColumnElement[bool]:
    """Whether a row is of a version that is wanted and holds every answer that is: versions know in which digits."""
    if not wanted.is_filtered:
        return true()
    alike: dict[tuple[tuple[int, str], ...], list[int]] = defaultdict(list)
    for number, version in session.execute(select(QuestionnaireVersion.id, QuestionnaireVersion.hash)).all():
        if wanted.versions is not None and version.hex() not in wanted.versions:
            continue
        for questionnaire in questionnaire_versions.load_versions(session, [version.hex()]):
            places = [option_digits(questionnaire, *answer) for answer in wanted.answers]
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
