"""SVG charts: horizontal bars with labels above, and columns. The stylesheet colors them.

A chart is no more precise than its table: callers pass lengths and labels, and charts count nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from screening.text.text_width import SMALL_STYLE, text_width, wrapped

CHART_WIDTH = 540
# Pixels. Leaves room for the number next to the longest bar.
LONGEST_BAR = 360
BAR = 14
BAR_GAP = 14
# Columns: the greatest height, the height of a line of text, and the greatest width.
HIGHEST = 120
LINE = SMALL_STYLE.height
WIDEST = 56
# Width of a column's number, and the gap between two labels.
NUMBER, LABEL_GAP = 34, 10


class ChartRow(NamedTuple):
    """One counted item. `length`: of its bar, from 0 to 1. `number`, `share`: the count and share as text."""

    say: str
    length: float
    number: str
    share: str = ""


def bar_chart(key: str, title: str, rows: Sequence[ChartRow]) -> Markup:
    """Draw a horizontal bar for each row, with its label above. `key`: an ID prefix, unique on the page."""
    parts, y = [], 0
    for row in rows:
        for line in wrapped(row.say, SMALL_STYLE, CHART_WIDTH):
            parts.append(_text(0, y + SMALL_STYLE.baseline, line))
            y += LINE
        length = round(LONGEST_BAR * row.length)
        parts.append(_bar(0, y + 2, LONGEST_BAR, BAR, "track"))
        parts.append(_bar(0, y + 2, length, BAR, "bar"))
        parts.append(_text(LONGEST_BAR + 10, y + BAR, row.number + (f" ({row.share})" if row.share else "")))
        y += BAR + 2 + BAR_GAP
    return _svg(key, title, rows, y, parts)


def column_chart(key: str, title: str, rows: Sequence[ChartRow]) -> Markup:
    """Draw columns in order of time, with numbers above where they fit and labels below some."""
    step = min(WIDEST, CHART_WIDTH / max(len(rows), 1))
    parts, free = [_bar(0, LINE + HIGHEST, round(step * len(rows)), 1, "bar")], 0.0
    for index, row in enumerate(rows):
        height = round(HIGHEST * row.length)
        left = round(index * step)
        parts.append(_bar(left + 2, LINE + HIGHEST - height, max(round(step) - 4, 1), height, "bar"))
        if step >= NUMBER:
            parts.append(_text(left + 2, LINE + HIGHEST - height - 5, row.number))
        end = left + 2 + text_width(row.say, SMALL_STYLE)
        if free <= left and end <= CHART_WIDTH:
            parts.append(_text(left + 2, HIGHEST + 2 * LINE, row.say))
            free = end + LABEL_GAP
    return _svg(key, title, rows, HIGHEST + 3 * LINE, parts)


def _svg(key: str, title: str, rows: Sequence[ChartRow], height: int, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="chart" role="img" viewBox="0 0 {0} {1}" width="{0}" height="{1}" '
        'aria-labelledby="{2}-title" aria-describedby="{2}-desc">'
        '<title id="{2}-title">{3}</title><desc id="{2}-desc">{4}</desc>{5}</svg>'
    ).format(CHART_WIDTH, height, key, title, " ".join(_described(rows)), Markup("").join(parts))


def _described(rows: Sequence[ChartRow]) -> Iterator[str]:
    for row in rows:
        yield f"{row.say}: {row.number}{f', {row.share}' if row.share else ''}."


def _text(x: int, y: int, words: str) -> Markup:
    return Markup('<text x="{}" y="{}" font-size="{}">{}</text>').format(x, y, SMALL_STYLE.size, words)


def _bar(x: int, y: int, width: int, height: int, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>').format(kind, x, y, width, height)
