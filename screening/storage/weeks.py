"""ISO weeks in UTC: the only dates stored about a patient's visit.

A week is an int, year * 100 + number, such as 202647. It is *over* at midnight after its Sunday. It is *closed* three
hours later, when every draft with this week has been shared or has expired.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

# Longer than the idle timeout of a draft.
CLOSES_AFTER = timedelta(hours=3)
# A share in progress when its week closes must not arrive after staff have read that week.
LAST_SHARE_BEFORE = timedelta(minutes=5)
ONE_WEEK = timedelta(weeks=1)
# Weeks that are published together.
BLOCK = 4


def week_of(moment: date) -> int:
    """Return the week of a day, or of a moment in UTC."""
    year, number, _ = moment.isocalendar()
    return year * 100 + number


def monday(week: int) -> date:
    """Return a week's first day."""
    return date.fromisocalendar(week // 100, week % 100, 1)


def is_week(number: int) -> bool:
    """Whether a number from the database is a valid week."""
    try:
        monday(number)
    except ValueError:
        return False
    return True


def sunday(week: int) -> date:
    """Return a week's last day."""
    return date.fromisocalendar(week // 100, week % 100, 7)


def format_week(week: int) -> str:
    """Format a week in ISO 8601, such as 2026-W47."""
    return f"{week // 100}-W{week % 100:02}"


def parse_week(text: str) -> int | None:
    """Parse a week in ISO 8601; None if it is invalid."""
    try:
        day = datetime.strptime(f"{text}-1", "%G-W%V-%u")
    except ValueError:
        return None
    return week_of(day) if format_week(week_of(day)) == text else None


def closes_on(week: int) -> datetime:
    """Return the moment from which staff may read a week."""
    return datetime.combine(monday(week) + ONE_WEEK, time(), UTC) + CLOSES_AFTER


def is_closed(week: int, now: datetime) -> bool:
    """Whether staff may read a week."""
    return now >= closes_on(week)


def block_of(week: int) -> tuple[int, ...]:
    """Return the four-week block of a week, which is published together. The calendar fixes it: nobody can choose."""
    start = monday(week)
    start -= ((start.toordinal() // 7) % BLOCK) * ONE_WEEK
    return tuple(week_of(start + number * ONE_WEEK) for number in range(BLOCK))


def can_take(week: int, now: datetime) -> bool:
    """Whether a week accepts shares: it has begun and is not about to close."""
    return week <= week_of(now) and now < closes_on(week) - LAST_SHARE_BEFORE


def newest_closed(now: datetime) -> int:
    """Return the latest week that staff may read."""
    return week_of((now - CLOSES_AFTER - ONE_WEEK).astimezone(UTC))


def readable_weeks(now: datetime, retention_days: int) -> list[int]:
    """Return every retained week that staff may read, oldest first."""
    return [week for week in retained_weeks(now, retention_days) if is_closed(week, now)]


def last_day_kept(week: int, retention_days: int) -> date:
    """Return the last day on which a week is retained."""
    return monday(week) + timedelta(days=retention_days - 1)


def oldest_retained(today: date, retention_days: int) -> int:
    """Return the oldest week whose Monday is less than `retention_days` ago."""
    first = today - timedelta(days=retention_days - 1)
    # A week whose Monday is before the first day has expired.
    return week_of(first + timedelta(days=-first.weekday() % 7))


def retained_weeks(now: datetime, retention_days: int) -> tuple[int, ...]:
    """Return every week that can still hold records, oldest first, up to the current one."""
    day, weeks = monday(oldest_retained(now.date(), retention_days)), []
    while day <= now.date():
        weeks.append(week_of(day))
        day += ONE_WEEK
    return tuple(weeks)
