"""Rows of bar charts. Templates draw them: labels and numbers as text, which wraps, and each bar as its own picture.

A chart is no more precise than its table: callers pass lengths and labels, and charts count nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

BY_SIZE = "size"


class Bar(NamedTuple):
    """One bar: its `length` from 0 to 1, and its count and share as text."""

    length: float
    number: str
    share: str = ""

    @property
    def width(self) -> str:
        """The length in percent, as SVG writes it."""
        return f"{100 * self.length:.1f}%"

    @property
    def words(self) -> str:
        """The count, and the share in parentheses."""
        return f"{self.number} ({self.share})" if self.share else self.number


class ChartRow(NamedTuple):
    """One counted item, with a bar for each group that is compared."""

    say: str
    bars: Sequence[Bar]


def in_order(rows: Sequence[ChartRow], order: str) -> Sequence[ChartRow]:
    """Sort rows by the length of their first bars, the longest first, if `order` is `BY_SIZE`."""
    return sorted(rows, key=lambda row: -row.bars[0].length) if order == BY_SIZE else rows
