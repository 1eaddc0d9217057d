"""Keyset pagination for the filtered list of submissions, with a bound on the rows that one page reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from screening.questionnaire.packing import option_digits
from screening.storage import questionnaire_versions
from screening.storage.submissions import ReviewState, Submitted, load_record, load_records, records_in_state
from screening.storage.tables import QuestionnaireVersion, Submission

PagePosition: TypeAlias = tuple[int, bytes]
"""Week and ref of a record: its position in the list, the highest first."""

LIST_PAGE_SIZE = 50
# Rows read for one page at most, however few of them match.
MAX_READ = 200_000
# The same for unread records: an index finds them, but fetching each row costs four times as much.
MAX_FETCHED = 50_000
# No count goes further.
MAX_COUNTED = 500
# Rows read for one count at most. An index holds the unread records, so for those no others are read.
MAX_READ_TO_COUNT = 10_000


@dataclass(frozen=True)
class SubmissionQuery:
    """A filter for records; all conditions must hold.

    `versions`: hashes in hex, None for any. `answers`: selected options, each as the ids of question and option.
    """

    state: ReviewState
    newest: int
    oldest: int = 0
    versions: tuple[str, ...] | None = None
    answers: tuple[tuple[str, str], ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether the version or the answers of each row must be checked."""
        return self.versions is not None or bool(self.answers)

    @property
    def most_read(self) -> int:
        """The most rows to read for one page."""
        return MAX_FETCHED if self.state is ReviewState.UNREAD else MAX_READ

    @property
    def is_indexed(self) -> bool:
        """Whether an index holds exactly these records."""
        return self.state is ReviewState.UNREAD and not self.is_filtered


class SearchPage(NamedTuple):
    """One page, and the position after which the next one begins. `is_cut`: the bound on rows ended the search."""

    records: Sequence[Submitted]
    goes_on: PagePosition | None = None
    is_cut: bool = False


class BoundedCount(NamedTuple):
    """A count of records. `is_more`: there may be more, because a bound ended the count."""

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        return f"{self.number}+" if self.is_more else str(self.number)


def search_page(
    session: Session,
    query: SubmissionQuery,
    after: PagePosition | None = None,
    size: int = LIST_PAGE_SIZE,
    most: int | None = None,
) -> SearchPage:
    """Return at most `size` matching records after a position, the latest week first.

    It reads at most `most` rows, by default the query's `most_read`. Within a week, the order is that of the refs,
    which is random.
    """
    last = None if query.is_indexed else _last_read(session, query, after, most or query.most_read)
    select_page = page_query(query, _matches_content(session, query), after, last).limit(size + 1)
    records = [load_record(row) for row in session.execute(select_page)]
    if len(records) > size:
        return SearchPage(records[:size], records[size - 1].week_and_ref)
    return SearchPage(records, last, last is not None)


def page_query(
    query: SubmissionQuery, content: ColumnElement[bool], after: PagePosition | None, last: PagePosition | None
) -> Select[int, bytes, bytes, str, int]:
    """Build the SELECT of `search_page`, down to the last row that may be read."""
    matching = load_records().where(
        *_rows(query, after, last), records_in_state(Submission.state, query.state), content
    )
    return matching.order_by(*_LATEST_FIRST)


def last_query(query: SubmissionQuery, after: PagePosition | None, most: int) -> Select[int, bytes]:
    """Build the SELECT of the last of `most` rows and the row after it."""
    return (
        select(Submission.week, Submission.ref)
        .where(*_rows(query, after))
        .order_by(*_LATEST_FIRST)
        .offset(most - 1)
        .limit(2)
    )


def count_submissions(session: Session, query: SubmissionQuery) -> BoundedCount:
    """Count the records of a query's weeks and state, regardless of its versions and answers."""
    if query.state is ReviewState.UNREAD:
        unread = select(Submission.week).where(*_rows(query, None)).limit(MAX_COUNTED + 1).subquery()
        number = session.scalars(select(func.count()).select_from(unread)).one()
        return BoundedCount(min(number, MAX_COUNTED), number > MAX_COUNTED)
    return _count_read(session, query, [query.state])[query.state]


def count_by_state(session: Session, query: SubmissionQuery) -> dict[ReviewState, BoundedCount]:
    """Count the records of a query's weeks in each state as `count_submissions` does, but read the rows once."""
    unread, *others = ReviewState
    of_unread = count_submissions(session, replace(query, state=unread))
    return {unread: of_unread, **_count_read(session, replace(query, state=others[0]), others)}


def oldest_unread(session: Session, oldest: int, newest: int) -> int | None:
    """Return the first of these weeks with an unread record; None if there is none."""
    unread = _rows(SubmissionQuery(ReviewState.UNREAD, newest, oldest), None)
    return session.scalar(select(Submission.week).where(*unread).order_by(Submission.week).limit(1))


_position = tuple_(Submission.week, Submission.ref)
_LATEST_FIRST = (Submission.week.desc(), Submission.ref.desc())


def _count_read(
    session: Session, query: SubmissionQuery, states: Sequence[ReviewState]
) -> dict[ReviewState, BoundedCount]:
    """Count the records in each of these states, none of them unread, in the rows of a query."""
    rows = select(Submission.state).where(*_rows(query, None)).limit(MAX_READ_TO_COUNT + 1).subquery()
    sums = (func.sum(case((records_in_state(rows.c.state, state), 1), else_=0)) for state in states)
    read, *found = session.execute(select(func.count(), *sums).select_from(rows)).one()
    return {
        state: BoundedCount(min(number or 0, MAX_COUNTED), (number or 0) > MAX_COUNTED or read > MAX_READ_TO_COUNT)
        for state, number in zip(states, found, strict=True)
    }


def _last_read(session: Session, query: SubmissionQuery, after: PagePosition | None, most: int) -> PagePosition | None:
    """Return the position of the last row that may be read; None if there are at most `most` rows."""
    rows = session.execute(last_query(query, after, most)).all()
    return (rows[0].week, rows[0].ref) if len(rows) > 1 else None


def _rows(
    query: SubmissionQuery, after: PagePosition | None, last: PagePosition | None = None
) -> tuple[ColumnElement[bool], ...]:
    """Limit the rows to read by what an index can tell; other conditions are checked on each row."""
    start = (query.newest + 1, b"")
    # Both bounds must be pairs: given a week and a pair, SQLite uses only the week, and reads to its end.
    between = (_position < tuple_(*min(after or start, start)), _position >= tuple_(*(last or (query.oldest, b""))))
    return (*between, records_in_state(Submission.state, query.state)) if query.state is ReviewState.UNREAD else between


def _matches_content(session: Session, query: SubmissionQuery) -> ColumnElement[bool]:
    """Match the requested versions and answers. Each version defines which digits hold an answer."""
    if not query.is_filtered:
        return true()
    versions_by_digits: dict[tuple[tuple[int, str], ...], list[int]] = defaultdict(list)
    for number, version in session.execute(select(QuestionnaireVersion.id, QuestionnaireVersion.hash)).all():
        if query.versions is not None and version.hex() not in query.versions:
            continue
        for questionnaire in questionnaire_versions.load_versions(session, [version.hex()]):
            places = [option_digits(questionnaire, *answer) for answer in query.answers]
            # Group versions with the same digits, since most new versions change only wording.
            if None not in places:
                versions_by_digits[tuple(place for place in places if place)].append(number)
    return or_(
        false(),
        *(
            and_(Submission.version.in_(numbers), *(_digit(place).in_([*digits]) for place, digits in places))
            for places, numbers in versions_by_digits.items()
        ),
    )


def _digit(place: int) -> ColumnElement[str]:
    return func.substr(Submission.answers, place + 1, 1)
