"""Charts as SVG: bars that lie beneath their words, and columns that stand side by side. The stylesheet colors them.

A chart shows what its table says, and draws nothing finer: it is given the lengths and the words, and counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from markupsafe import Markup

from screening.text.text_width import SMALL_STYLE, wrapped

CHART_WIDTH = 540
# Beside the longest bar there is room for what it stands for.
LONGEST_BAR = 360
BAR = 14
BAR_GAP = 14
# Columns: how high the highest is, and the room for words above and below it.
HIGHEST = 120
LINE = SMALL_STYLE.height
WIDEST = 56
# A week in words needs so much room, its number so much.
WEEK, NUMBER = 72, 34


class ChartRow(NamedTuple):
    """One thing that is counted. `length`: of its bar, from 0 to 1; `number` and `share`: how many, in words."""

    say: str
    length: float
    number: str
    share: str = ""


def bar_chart(key: str, title: str, rows: Sequence[ChartRow]) -> Markup:
    """Lying bars, one for each row, with their words above. `key` tells this chart from others on the page."""
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
    """Standing columns from left to right, as time goes; under some of them their words, over each its number."""
    step = min(WIDEST, CHART_WIDTH / max(len(rows), 1))
    parts = [_bar(0, LINE + HIGHEST, round(step * len(rows)), 1, "bar")]
    for place, row in enumerate(rows):
        height = round(HIGHEST * row.length)
        left = round(place * step)
        parts.append(_bar(left + 2, LINE + HIGHEST - height, max(round(step) - 4, 1), height, "bar"))
        if step >= NUMBER:
            parts.append(_text(left + 2, LINE + HIGHEST - height - 5, row.number))
        if place % -(-WEEK // max(round(step), 1)) == 0:
            parts.append(_text(left + 2, HIGHEST + 2 * LINE, row.say))
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
