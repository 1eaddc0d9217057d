"""ISO weeks in UTC: the only dates that anything about a patient's visit has.

A week is an int, year * 100 + number, such as 202647. It is *over* on its last Sunday's midnight and *closed* three
hours later, when whoever saw it fixed in their draft has either shared or let the draft lapse.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

# Longer than a draft lives untouched.
CLOSES_AFTER = timedelta(hours=3)
# A share that is under way when its week closes must not arrive after staff have read that week.
LAST_SHARE_BEFORE = timedelta(minutes=5)
ONE_WEEK = timedelta(weeks=1)
# Weeks that are published together.
BLOCK = 4


def week_of(moment: date) -> int:
    """The week of a day, or of a moment in UTC."""
    year, number, _ = moment.isocalendar()
    return year * 100 + number


def monday(week: int) -> date:
    """The day on which a week begins."""
    return date.fromisocalendar(week // 100, week % 100, 1)


def is_week(number: int) -> bool:
    """Whether a number that was read from the database is a week."""
    try:
        monday(number)
    except ValueError:
        return False
    return True


def sunday(week: int) -> date:
    """The day on which a week ends."""
    return date.fromisocalendar(week // 100, week % 100, 7)


def format_week(week: int) -> str:
    """A week as ISO 8601 writes it, such as 2026-W47."""
    return f"{week // 100}-W{week % 100:02}"


def parse_week(text: str) -> int | None:
    """A week from its ISO 8601 form; None if it is no week."""
    try:
        day = datetime.strptime(f"{text}-1", "%G-W%V-%u")
    except ValueError:
        return None
    return week_of(day) if format_week(week_of(day)) == text else None


def closes_on(week: int) -> datetime:
    """The moment from which staff may read a week."""
    return datetime.combine(monday(week) + ONE_WEEK, time(), UTC) + CLOSES_AFTER


def is_closed(week: int, now: datetime) -> bool:
    """Whether staff may read a week."""
    return now >= closes_on(week)


def block_of(week: int) -> tuple[int, ...]:
    """The four weeks that are published together, of which this is one. The calendar says which, and nobody chooses."""
    start = monday(week)
    start -= ((start.toordinal() // 7) % BLOCK) * ONE_WEEK
    return tuple(week_of(start + number * ONE_WEEK) for number in range(BLOCK))


def can_take(week: int, now: datetime) -> bool:
    """Whether something can be shared in a week: it has begun, and is not about to close."""
    return week <= week_of(now) and now < closes_on(week) - LAST_SHARE_BEFORE


def newest_closed(now: datetime) -> int:
    """The last week that staff may read."""
    return week_of((now - CLOSES_AFTER - ONE_WEEK).astimezone(UTC))


def readable_weeks(now: datetime, retention_days: int) -> list[int]:
    """Every week that staff may read and in which a record can still lie, oldest first."""
    return [week for week in retained_weeks(now, retention_days) if is_closed(week, now)]


def last_day_kept(week: int, retention_days: int) -> date:
    """The last day on which `oldest_retained` is not yet past a week."""
    return monday(week) + timedelta(days=retention_days - 1)


def oldest_retained(today: date, retention_days: int) -> int:
    """The first week whose Monday is not yet so many days ago."""
    first = today - timedelta(days=retention_days - 1)
    # A week whose Monday lies before the first day is over its time.
    return week_of(first + timedelta(days=-first.weekday() % 7))


def retained_weeks(now: datetime, retention_days: int) -> tuple[int, ...]:
    """Every week in which a record can still lie, oldest first, up to that of now."""
    day, weeks = monday(oldest_retained(now.date(), retention_days)), []
    while day <= now.date():
        weeks.append(week_of(day))
        day += ONE_WEEK
    return tuple(weeks)
