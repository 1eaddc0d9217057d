"""Addresses of the review pages: a submission, where its list began, and which one was marked before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import url_for

from screening.staff.review.filters import STATES, Filters, Query
from screening.storage import weeks
from screening.storage.submission_search import PagePosition
from screening.storage.submissions import ReviewState, Submitted

# More pages than anybody turns.
LARGEST_NUMBER = 999_999


class ListStart(NamedTuple):
    """Where a page of the list begins: after a submission, and after how many rows. The first begins after none."""

    after: PagePosition | None = None
    rows: int = 0

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> ListStart:
        """Parse the `after` parameter. An invalid one is ignored."""
        week, ref, rows, *_ = [*asked.get("after", "").split("."), "", ""]
        after = parse_key(week, ref)
        is_number = re.fullmatch(r"\d{1,6}", rows, re.ASCII)
        return cls(after, int(rows) if is_number else 0) if after else cls()

    @property
    def query(self) -> Query:
        """The query parameter for this page; none for the first."""
        return {"after": f"{format_key(self.after)}.{min(self.rows, LARGEST_NUMBER)}"} if self.after else {}


class LastMark(NamedTuple):
    """The mark that was made on the previous page: of which submission, and from which state to which."""

    position: PagePosition
    state: ReviewState
    before: ReviewState

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> LastMark | None:
        """Parse the `last` parameter; None if it is missing or invalid."""
        week, ref, *words = [*asked.get("last", "").split("."), ""]
        position, states = parse_key(week, ref), [STATES[word] for word in words if word in STATES]
        return cls(position, *states) if position and len(states) == 2 else None

    def __str__(self) -> str:
        return f"{format_key(self.position)}.{self.state.word}.{self.before.word}"

    def undo_url(self, query: Query) -> str:
        """Return the URL that undoes it. `query`: of the list."""
        return url_for("staff.undo_mark", **_path(self.position), **query)


def list_query(filters: Filters, asked: Mapping[str, str]) -> Query:
    """Return the query that leads back to a page of the list: its filters, and where it began."""
    return {**filters.query, **ListStart.of(asked).query}


def submission_url(record: Submitted, **query: Any) -> str:
    """Return a submission's URL.

    `query`: that of its list; `seen`: the state that someone else has changed; `last`: the mark made before; `undo`:
    the result of undoing one.
    """
    return url_for("staff.show_submission", **_path(record.week_and_ref), **query)


def next_url(record: Submitted, query: Query) -> str:
    """Return the URL that leads to the next submission of the list."""
    return url_for("staff.show_next", **_path(record.week_and_ref), **query)


def parse_key(week: str, ref: str) -> PagePosition | None:
    """Parse a week and ref as URLs write them; None if invalid. Damaged rows can have any values."""
    week_match = re.fullmatch(r"(\d{1,7})-W(\d\d)", week, re.ASCII)
    is_ref = re.fullmatch("([0-9a-f]{2}){1,64}", ref)
    return (int(week_match[1]) * 100 + int(week_match[2]), bytes.fromhex(ref)) if week_match and is_ref else None


def format_key(position: PagePosition) -> str:
    """Format a week and ref, as `parse_key` reads them."""
    return ".".join(_path(position).values())


def _path(position: PagePosition) -> dict[str, Any]:
    return {"week": weeks.format_week(position[0]), "ref": position[1].hex()}
