"""Staff home page: pending work, a field for a patient's code, and what each role needs to know today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from flask import render_template

from screening.site import site
from screening.staff.auth.access import OPENS_FOR, account, allowed, role_holders
from screening.staff.blueprint import staff
from screening.staff.figures.charts import Bar, ChartRow
from screening.staff.figures.published_words import FEWER
from screening.staff.review.addresses import submission_url
from screening.statistics import publishing
from screening.storage import accounts, audit, expiry, published_figures, submission_search, tallies, weeks
from screening.storage.accounts import MANAGER, REVIEWER, ROLES, VIEWER, User
from screening.storage.database import db
from screening.storage.expiry import ClockAlarm
from screening.storage.submission_search import SubmissionQuery
from screening.storage.submissions import ReviewState
from screening.web.week_words import week_label

# Weeks and four-week blocks in a chart.
SHOWN_IN_TREND = 8
# Audit entries. Checking this many takes a few milliseconds; the audit page checks all.
CHECKED_ENTRIES = 100


class ToReview(NamedTuple):
    """Submissions to review. `next_url`: of the first in the list, or "". `goes_on`: when the oldest is deleted."""

    number: int
    is_more: bool
    next_url: str
    goes_on: date | None
    days_left: int


class NewestWeek(NamedTuple):
    """The newest closed week: its submissions by state, if few enough to count, and in all."""

    week: int
    by_state: Sequence[tuple[str, int]]
    number: int


class Upkeep(NamedTuple):
    """What a manager looks after. `broken`: the first wrong audit entry of the last `checked` of `entries`."""

    alarm: ClockAlarm | None
    blocks: int
    unfinished: Sequence[User]
    backed_up: date | None
    entries: int
    checked: int
    broken: int | None


@staff.get("/")
@allowed(*ROLES)
def home() -> str:
    """Show the pending work of this role, what it can open, and links to both."""
    now, role = datetime.now(UTC), account().role
    reads, is_viewer = role in (REVIEWER, MANAGER), role == VIEWER
    counts = weekly_counts(now) if reads else {}
    return render_template(
        "staff/home.html",
        opens_for=OPENS_FOR[role],
        holder=role_holders(role, 1),
        has_code_field=not is_viewer,
        to_review=submissions_to_review(now) if reads else None,
        newest=newest_week(counts) if counts else None,
        trend=_weekly_trend(counts) if counts else None,
        closes=weeks.closes_on(weeks.week_of(now)),
        published=_published_trend() if is_viewer else None,
        upkeep=_upkeep(now) if role == MANAGER else None,
    )


def submissions_to_review(now: datetime) -> ToReview:
    """Count what the list of submissions to review shows, and find its first one."""
    days = site().retention_days
    oldest, newest = weeks.oldest_retained(now.date(), days), weeks.newest_closed(now)
    query = SubmissionQuery(ReviewState.UNREAD, newest, oldest)
    unread = submission_search.count_submissions(db.session, query)
    following = submission_search.search_page(db.session, query, size=1).records
    first = submission_search.oldest_unread(db.session, oldest, newest)
    goes_on = weeks.last_day_kept(first, days) + timedelta(days=1) if first else None
    return ToReview(
        unread.number,
        unread.is_more,
        # A damaged ref can be empty, and then has no URL.
        submission_url(following[0]) if following and following[0].ref else "",
        goes_on,
        (goes_on - now.date()).days if goes_on else 0,
    )


def weekly_counts(now: datetime) -> dict[int, int]:
    """Count the submissions of each of the latest closed weeks, oldest first."""
    shown = weeks.readable_weeks(now, site().retention_days)[-SHOWN_IN_TREND:]
    return tallies.row_counts(db.session, shown, now)


def newest_week(counts: Mapping[int, int]) -> NewestWeek:
    """Count the newest of these weeks by state, if it has few enough submissions to read them all."""
    week = max(counts)
    found = submission_search.count_by_state(db.session, SubmissionQuery(ReviewState.UNREAD, week, week))
    if any(count.is_more for count in found.values()):
        return NewestWeek(week, (), counts[week])
    by_state = [(state.word, count.number) for state, count in found.items()]
    return NewestWeek(week, by_state, sum(count.number for count in found.values()))


def _weekly_trend(counts: Mapping[int, int]) -> list[ChartRow]:
    """Return a bar for each of these weeks: how many shared."""
    most = max(counts.values()) or 1
    return [ChartRow(week_label(week), [Bar(number / most, f"{number:,}")]) for week, number in counts.items()]


def _published_trend() -> list[ChartRow]:
    """Return a bar for each of the latest published blocks: about how many shared."""
    every = published_figures.published_blocks(db.session).items()
    latest_first = [(week, block) for week, block in every if block is not None][:SHOWN_IN_TREND]
    numbers = {week: sum(figures.submissions for figures in block.values()) for week, block in latest_first[::-1]}
    most = max(numbers.values(), default=0) or 1
    return [
        ChartRow(
            week_label(week, weeks.block_of(week)[-1]), [Bar(number / most, f"about {number}" if number else FEWER)]
        )
        for week, number in numbers.items()
    ]


def _upkeep(now: datetime) -> Upkeep:
    current = site()
    entries = audit.chain_head(db.session).number
    return Upkeep(
        expiry.clock_alarm(db.session),
        len(publishing.blocks_to_publish(db.session, now, current.retention_days)),
        [user for user in accounts.all_accounts(db.session) if user.active and not user.is_set_up],
        current.backups.last_made(),
        entries,
        min(entries, CHECKED_ENTRIES),
        audit.verify_newest(db.session, current.audit_key, CHECKED_ENTRIES),
    )
