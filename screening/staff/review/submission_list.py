"""List of submissions of closed weeks, as a numbered table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.packing import NotPacked
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.review.addresses import ListStart, submission_url
from screening.staff.review.filters import FILTER_WORDS, STATES, Filters, Query
from screening.staff.review.submission_view import journey_of, marked_before
from screening.storage import notices, questionnaire_versions, submission_search, weeks
from screening.storage.accounts import MANAGER, REVIEWER
from screening.storage.audit import Action
from screening.storage.database import db
from screening.storage.submission_search import BoundedCount
from screening.storage.submissions import Submitted

NOTICES_LAST = timedelta(weeks=4)


class SubmissionRow(NamedTuple):
    """A submission in the list. `number`: its place in this view. `ref`: in hex, with which coming back finds the row.

    `picks`: what was picked at each leading question; none if the submission cannot be read. `address`: empty if it has
    none.
    """

    number: int
    week: int
    ref: str
    address: str
    picks: Sequence[str] = ()
    answered: str = ""
    title: str = ""


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
    start = ListStart.of(request.args)
    log_page_access(Action.LIST_READ)
    now = datetime.now(UTC)
    page = submission_search.search_page(db.session, filters.wanted, start.after)
    following = ListStart(page.goes_on, start.rows + len(page.records))
    return render_template(
        "staff/review/submissions.html",
        **marked_before(filters, filters.query),
        filters=filters,
        state=filters.state.word,
        rows=[*_rows(page.records, filters, start)],
        asks=_asks(page.records),
        tabs=_tabs(filters),
        counts=_counts(page.records, filters),
        is_first=start.after is None,
        is_end="end" in request.args,
        page=page,
        older=url_for("staff.list_submissions", **filters.query, **following.query) if page.goes_on else "",
        notices=notices.notices_since(db.session, weeks.week_of(now - NOTICES_LAST)),
        closes=weeks.closes_on(weeks.week_of(now)),
    )


def _tabs(filters: Filters) -> Mapping[str, BoundedCount | None]:
    """Count the submissions of each state. With other filters than weeks, counting would mean reading them all."""
    if filters.wanted.is_filtered:
        return dict.fromkeys(STATES)
    counts = submission_search.count_by_state(db.session, filters.wanted)
    return {name: counts[state] for name, state in STATES.items()}


def _counts(records: Sequence[Submitted], filters: Filters) -> Mapping[int, BoundedCount]:
    """Count the state's submissions in each shown week, unless there are other filters than weeks."""
    if filters.wanted.is_filtered:
        return {}
    return {
        week: submission_search.count_submissions(db.session, replace(filters.wanted, newest=week, oldest=week))
        for week in {record.week for record in records}
    }


def _rows(records: Sequence[Submitted], filters: Filters, start: ListStart) -> Iterator[SubmissionRow]:
    for number, record in enumerate(records, start.rows + 1):
        # A damaged ref can be empty, and then has no URL.
        url = submission_url(record, **filters.query, **start.query) if record.ref else ""
        row = SubmissionRow(number, record.week, record.ref.hex(), url)
        with suppress(NotPacked):
            # A damaged submission must not break the list.
            journey = journey_of(record)
            picks = [_picked(journey, question) for question in _leading(journey.questionnaire)]
            row = row._replace(picks=picks, answered=_answered(record, journey), title=journey.questionnaire.title)
        yield row


def _asks(records: Sequence[Submitted]) -> Sequence[str]:
    """Return the words of each leading question; if records belong to several questionnaires, the words of each."""
    newest: dict[str, Questionnaire] = {}
    for version in dict.fromkeys(record.version for record in records):
        for questionnaire in questionnaire_versions.load_versions(db.session, [version]):
            newest.setdefault(questionnaire.id, questionnaire)
    both = zip(*map(_leading, newest.values()), strict=True)
    return [" / ".join(question.ask for question in several if question) or "No such question" for several in both]


def _leading(questionnaire: Questionnaire) -> tuple[Question | None, ...]:
    """Return the first question with one choice and the first with several: for whom, and what to read about."""
    return tuple(next((one for one in questionnaire.questions if one.many is many), None) for many in (False, True))


def _picked(journey: Journey, question: Question | None) -> str:
    if question is None or question not in journey.questions:
        return "Not asked"
    return ", ".join(option.say for option in question.chosen(journey.answers.get(question.id, ()))) or "No answer"


def _answered(record: Submitted, journey: Journey) -> str:
    number = sum(map(bool, journey.answers.values()))
    return f"{number} of {len(journey.questions)}" + (
        "" if record.has_state else ", review state damaged: mark it again"
    )
