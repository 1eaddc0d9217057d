"""Weeks as staff read them: their days, followed by the ISO week. URLs, exports and commands use the ISO week alone."""

from __future__ import annotations

from markupsafe import Markup, escape

from screening.storage import weeks


def days_of(first: int, last: int = 0) -> str:
    """Return the days of a week, or from a week to a later one, such as "16–22 November 2026".

    Raises:
        ValueError: a week does not exist. Only damaged data has such weeks.
    """
    begin, end = weeks.monday(first), weeks.sunday(last or first)
    if (begin.year, begin.month) == (end.year, end.month):
        return f"{begin.day}–{end:%-d %B %Y}"
    return f"{begin:{'%-d %B' if begin.year == end.year else '%-d %B %Y'}} – {end:%-d %B %Y}"


def week_words(first: int, last: int = 0) -> str:
    """Return days with the ISO week in plain text, where nothing can be set in small type."""
    days, iso = _parts(first, last)
    return f"{days} ({iso})"


def week_label(first: int, last: int = 0) -> Markup:
    """Return days with the ISO week in small type."""
    days, iso = _parts(first, last)
    return escape(days) + Markup(' <small class="iso">({})</small>').format(iso)


def _parts(first: int, last: int) -> tuple[str, str]:
    iso = weeks.format_week(first) + (f" to {weeks.format_week(last)}" if last else "")
    try:
        return days_of(first, last), iso
    except ValueError:
        return "damaged: there is no such week", iso
