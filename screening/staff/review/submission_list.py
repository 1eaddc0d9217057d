"""The list of submissions, of weeks that are closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.questionnaire.packing import NotPacked
from screening.questionnaire.summary import SummaryItem, summary_items
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.filters import FILTER_WORDS, Filters, Query
from screening.staff.review.submission_detail import format_key, journey_of, last_marked, parse_key, submission_url
from screening.storage import notices, submission_search, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submissions import Submitted

NOTICES_LAST = timedelta(weeks=4)


class SubmissionRow(NamedTuple):
    """A record as the list shows it: what somebody wants to read about, what else, and how much was answered."""

    address: str
    week: int
    first: str
    others: Sequence[str]
    answered: str
    title: str


@staff.get("/submissions")
@allowed(REVIEWER, MANAGER)
def list_submissions() -> str | Response:
    """List the records of closed weeks, those not yet reviewed unless another state is asked for."""
    filters = Filters(request.args)
    given = {name: request.args.getlist(name) for name in FILTER_WORDS}
    if any("" in values for values in given.values()):
        # Fields in which nothing was chosen would make an address that nobody can read or pass on.
        asked: Query = {name: [*filter(None, values)] for name, values in given.items()}
        return redirect(url_for("staff.list_submissions", **asked), 303)
    after = parse_key(*request.args.get("after", "").partition(".")[::2])
    log_page_access(Action.LIST_READ)
    now = datetime.now(UTC)
    found = submission_search.search_page(db.session, filters.wanted, after)
    return render_template(
        "staff/review/submissions.html",
        filters=filters,
        state=filters.state.word,
        rows=_rows(found.records, filters),
        counts=_counts(found.records, filters),
        is_first=after is None,
        found=found,
        older=format_key(found.goes_on) if found.goes_on else "",
        last=last_marked(filters),
        notices=notices.notices_since(db.session, weeks.week_of(now - NOTICES_LAST)),
        closes=weeks.closes_on(weeks.week_of(now)),
    )


def _counts(records: Sequence[Submitted], filters: Filters) -> dict[int, int | None]:
    """How many of the state each shown week has. Of what is filtered otherwise nobody knows without reading it all."""
    if filters.wanted.is_filtered:
        return {}
    return {
        week: submission_search.count_submissions(db.session, filters.state, week)
        for week in {record.week for record in records}
    }


def _rows(records: Sequence[Submitted], filters: Filters) -> list[SubmissionRow]:
    asked_about = {question.id for question, _ in filters.picked}
    return [_row(record, filters, asked_about) for record in records]


def _row(record: Submitted, filters: Filters, asked_about: Collection[str]) -> SubmissionRow:
    # A damaged ref can be empty, and names no address.
    there = submission_url(record, **filters.query) if record.ref else ""
    try:
        journey = journey_of(record)
    except NotPacked:
        # One that somebody else changed in the database keeps no other from being read.
        return SubmissionRow(there, record.week, "This submission cannot be read", (), "", "")
    answers = [one for _, answered in summary_items(journey) for one in answered]
    # Whom somebody asks for is mostly the same; the first picks of several tell one row from another.
    picks = next((one for one in answers if one.question.many), answers[0])
    first = picks if picks.said else answers[0]
    shown = asked_about or {answers[0].question.id}
    return SubmissionRow(
        there,
        record.week,
        _said(first),
        [_said(one) for one in answers if one.said and one is not first and one.question.id in shown],
        f"{sum(map(bool, journey.answers.values()))} of {len(journey.questions)} answered"
        + ("" if record.has_state else ", mark it anew: what staff did with it is damaged"),
        journey.questionnaire.title if filters.has_several else "",
    )


def _said(one: SummaryItem) -> str:
    return ", ".join(one.said) or "No answer"
