"""List of submissions of closed weeks."""

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
    """A submission in the list: its main pick, other picks, and how many questions were answered."""

    address: str
    week: int
    first: str
    others: Sequence[str]
    answered: str
    title: str


@staff.get("/submissions")
@allowed(REVIEWER, MANAGER)
def list_submissions() -> str | Response:
    """List submissions of closed weeks: by default, those not yet reviewed."""
    filters = Filters(request.args)
    given = {name: request.args.getlist(name) for name in FILTER_WORDS}
    if any("" in values for values in given.values()):
        # Drop empty fields, so that the URL is short enough to read and share.
        asked: Query = {name: [*filter(None, values)] for name, values in given.items()}
        return redirect(url_for("staff.list_submissions", **asked), 303)
    after = parse_key(*request.args.get("after", "").partition(".")[::2])
    log_page_access(Action.LIST_READ)
    now = datetime.now(UTC)
    page = submission_search.search_page(db.session, filters.wanted, after)
    return render_template(
        "staff/review/submissions.html",
        filters=filters,
        state=filters.state.word,
        rows=_rows(page.records, filters),
        counts=_counts(page.records, filters),
        is_first=after is None,
        page=page,
        older=format_key(page.goes_on) if page.goes_on else "",
        last=last_marked(filters),
        notices=notices.notices_since(db.session, weeks.week_of(now - NOTICES_LAST)),
        closes=weeks.closes_on(weeks.week_of(now)),
    )


def _counts(records: Sequence[Submitted], filters: Filters) -> dict[int, int | None]:
    """Count the state's submissions in each shown week. With other filters, counting would mean reading them all."""
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
    # A damaged ref can be empty, and then has no URL.
    url = submission_url(record, **filters.query) if record.ref else ""
    try:
        journey = journey_of(record)
    except NotPacked:
        # A damaged submission must not break the list.
        return SubmissionRow(url, record.week, "This submission cannot be read", (), "", "")
    answers = [one for _, answered in summary_items(journey) for one in answered]
    # Most rows share the first answer (whom someone asks for). Multiple-choice picks tell rows apart.
    picks = next((one for one in answers if one.question.many), answers[0])
    first = picks if picks.said else answers[0]
    shown = asked_about or {answers[0].question.id}
    return SubmissionRow(
        url,
        record.week,
        _words(first),
        [_words(one) for one in answers if one.said and one is not first and one.question.id in shown],
        f"{sum(map(bool, journey.answers.values()))} of {len(journey.questions)} answered"
        + ("" if record.has_state else ", review state damaged: mark it again"),
        journey.questionnaire.title if filters.has_several else "",
    )


def _words(answer: SummaryItem) -> str:
    return ", ".join(answer.said) or "No answer"
