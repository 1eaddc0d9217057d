"""Weeks in words: their days, and the ISO week after them, on every staff page."""

from __future__ import annotations

import pytest

from screening.web.week_words import days_of, week_label, week_words
from tests.support.page_checker import weeks_without_days


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        (202647, 0, "16–22 November 2026"),
        (202601, 0, "29 December 2025 – 4 January 2026"),
        (202649, 0, "30 November – 6 December 2026"),
        (202653, 0, "28 December 2026 – 3 January 2027"),
        (202645, 202648, "2–29 November 2026"),
        (202644, 202647, "26 October – 22 November 2026"),
        (202652, 202703, "21 December 2026 – 24 January 2027"),
    ],
)
def test_days_name_month_and_year_only_as_often_as_needed(first: int, last: int, days: str) -> None:
    assert days_of(first, last) == days


def test_the_iso_week_follows_in_small_type() -> None:
    assert week_words(202647) == "16–22 November 2026 (2026-W47)"
    assert week_words(202644, 202647) == "26 October – 22 November 2026 (2026-W44 to 2026-W47)"
    assert week_label(202647) == '16–22 November 2026 <small class="iso">(2026-W47)</small>'


@pytest.mark.parametrize("week", [202699, 0, 999952])
def test_a_damaged_week_says_so_and_breaks_nothing(week: int) -> None:
    assert week_words(week).startswith("damaged: there is no such week (")


@pytest.mark.parametrize("week", [202647, 202649, 202653, 202699])
def test_a_week_after_its_days_is_found_in_order(week: int) -> None:
    assert weeks_without_days(f"Week: {week_words(week)}.") == []
    assert weeks_without_days(f"Four weeks {week_words(202601, week)}.") == []


@pytest.mark.parametrize("words", ["2026-W47", "Week 2026-W47, from 16 November", "16 November 2026 (2026-W47)"])
def test_a_week_without_its_days_is_found(words: str) -> None:
    assert weeks_without_days(words) == ["2026-W47"]
