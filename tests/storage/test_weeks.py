"""Weeks: which one a moment is in, when staff may read it, and how long it is retained."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from screening.storage import weeks

SUNDAY = datetime(2026, 11, 22, 23, 59, tzinfo=UTC)
WEEK = 202647


def test_a_week_is_that_of_iso_8601() -> None:
    assert weeks.week_of(date(2026, 11, 21)) == WEEK
    assert weeks.week_of(date(2027, 1, 3)) == 202653
    assert weeks.week_of(date(2027, 1, 4)) == 202701
    assert weeks.monday(WEEK) == date(2026, 11, 16)
    assert (weeks.format_week(WEEK), weeks.format_week(202701)) == ("2026-W47", "2027-W01")


@pytest.mark.parametrize("text", ["2026-W47", "2027-W01", "2026-W53"])
def test_a_written_week_is_read(text: str) -> None:
    week = weeks.parse_week(text)
    assert week
    assert weeks.format_week(week) == text


@pytest.mark.parametrize("text", ["", "2026-W54", "2027-W53", "2026-W00", "2026-W7", "202647", "2026-W47-1", "x"])
def test_what_is_no_week_is_not_read(text: str) -> None:
    assert weeks.parse_week(text) is None


def test_a_week_closes_three_hours_after_its_end() -> None:
    end = datetime(2026, 11, 23, tzinfo=UTC)
    assert not weeks.is_closed(WEEK, end + timedelta(hours=3, seconds=-1))
    assert weeks.is_closed(WEEK, end + timedelta(hours=3))
    assert weeks.newest_closed(end + timedelta(hours=3, seconds=-1)) == 202646
    assert weeks.newest_closed(end + timedelta(hours=3)) == WEEK


def test_nothing_can_arrive_in_a_week_that_staff_may_read() -> None:
    closes = weeks.closes_on(WEEK)
    assert weeks.can_take(WEEK, SUNDAY)
    assert weeks.can_take(WEEK, closes - timedelta(minutes=6))
    assert not weeks.can_take(WEEK, closes - timedelta(minutes=5))
    assert not weeks.is_closed(WEEK, closes - timedelta(minutes=5))


def test_a_week_is_kept_until_its_monday_is_so_many_days_ago() -> None:
    gone = weeks.monday(WEEK) + timedelta(days=90)
    assert weeks.oldest_retained(gone - timedelta(days=1), 90) == WEEK
    assert weeks.oldest_retained(gone, 90) == 202648


def test_every_week_that_can_hold_a_record_is_named() -> None:
    assert weeks.retained_weeks(SUNDAY, 21) == (202645, 202646, 202647)
    assert len(weeks.retained_weeks(SUNDAY, 90)) == 12
    assert weeks.retained_weeks(datetime(2027, 1, 4, tzinfo=UTC), 14) == (202653, 202701)
