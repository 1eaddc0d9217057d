"""SVG of boxes in a column, joined by a line on the left and by curves on the right. Independent of questionnaires.

Everything is in `currentColor`, so that it is legible in light and dark mode. All styling is in SVG attributes, because
the site's Content Security Policy blocks inline styles. Lengths are in pixels.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from screening.text.text_width import HEADING, SMALL_STYLE, TITLE, Style, wrapped

BoxKind: TypeAlias = Literal["end", "asked", "opened", "pause"]

MARGIN = 16
BOX_PADDING = 14
BOX_GAP = 14
SPINE = MARGIN + 22
BOX_LEFT = MARGIN + 46
RIGHT = BOX_LEFT + 430
EDGE = RIGHT + BOX_PADDING
LANE = 14
CORNER = 8

# Characters that XML does not allow, not even escaped.
UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, eq=False)
class Box:
    """A box with a title, smaller text below it, and a text for each condition, where a curve arrives."""

    title: str
    below: str
    conditions: tuple[str, ...] = ()
    kind: BoxKind = "asked"


@dataclass(frozen=True, eq=False)
class Group:
    """Boxes in one frame, with a title. Without a title, there is no frame."""

    title: str
    boxes: tuple[Box, ...]


class Curve(NamedTuple):
    """A curve from a box to a condition of a later box. `condition` is its index."""

    start: Box
    end: Box
    condition: int


@dataclass(frozen=True, eq=False)
class _Placed:
    """A box with its position and drawn texts. Curves leave at height `leaves` and arrive at the heights `arrivals`."""

    box: Box
    top: int
    bottom: int
    leaves: int
    arrivals: tuple[int, ...]
    words: tuple[str, ...]


def draw_diagram(
    groups: Sequence[Group], curves: Sequence[Curve], legend: Mapping[BoxKind, str], title: str, description: str
) -> str:
    """Draw an SVG element. `title` and `description` are for screen readers. Escapes all texts."""
    placed: dict[Box, _Placed] = {}
    parts: list[str] = []
    y = MARGIN
    for group in groups:
        framed, y = _group(group, y, placed)
        parts += framed
    for above, below in pairwise(placed.values()):
        parts.append(_line(f"M{SPINE} {above.leaves + 10}V{below.leaves - 10}"))
    for one in placed.values():
        parts += (_frame(one), _mark(one.box.kind, one.leaves), *one.words)
    lanes = _lanes(curves, placed)
    parts += _curves(curves, placed, lanes)
    explained, y = _legend(legend, {one.box.kind for one in placed.values()}, y)
    width, height = max([EDGE, *map(_lane, lanes.values())]) + MARGIN, y + MARGIN
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" fill="currentColor" font-family="system-ui, sans-serif">'
    )
    named = (f"<title>{_safe(title)}</title>", f"<desc>{_safe(description)}</desc>")
    return "\n".join((opening, *named, *parts, *explained, "</svg>", ""))


def _legend(legend: Mapping[BoxKind, str], kinds: Container[BoxKind], y: int) -> tuple[list[str], int]:
    """Draw the legend of the marks that appear; return it and its bottom."""
    parts: list[str] = []
    for kind in (kind for kind in legend if kind in kinds):
        words, bottom = _set(legend[kind], SMALL_STYLE, y, RIGHT - BOX_LEFT)
        parts += (_mark(kind, y + SMALL_STYLE.height // 2), *words)
        y = bottom + 4
    return parts, y


def _group(group: Group, top: int, placed: dict[Box, _Placed]) -> tuple[list[str], int]:
    """Place the boxes of a group in `placed`; return their frame and the top of the next group."""
    words: list[str] = []
    y = top
    if group.title:
        words, y = _set(group.title, HEADING, y + BOX_PADDING, RIGHT - BOX_LEFT, BOX_LEFT)
        y += BOX_PADDING // 2
    for box in group.boxes:
        placed[box] = _place(box, y)
        y = placed[box].bottom + BOX_GAP
    if not group.title:
        return [], y + BOX_GAP // 2
    around = _rectangle(MARGIN, top, EDGE, y, 'rx="14" fill-opacity=".035" stroke="currentColor" stroke-opacity=".2"')
    return [around, *words], y + BOX_GAP + BOX_GAP // 2


def _place(box: Box, top: int) -> _Placed:
    left, width = BOX_LEFT + BOX_PADDING, RIGHT - BOX_LEFT - 2 * BOX_PADDING
    words, y = _set(box.title, TITLE, top + 10, width, left)
    arrivals = []
    for number, text in enumerate((box.below, *box.conditions)):
        if number:
            arrivals.append(y + 4 + SMALL_STYLE.height // 2)
        more, y = _set(text, SMALL_STYLE, y + 4, width, left)
        words += more
    return _Placed(box, top, y + 11, top + 10 + TITLE.height // 2, tuple(arrivals), tuple(words))


def _set(text: str, style: Style, top: int, width: int, left: int = BOX_LEFT) -> tuple[list[str], int]:
    """Draw text as lines of at most `width`; return them and their bottom."""
    lines = wrapped(text, style, width)
    drawn = [
        f'<text x="{left}" y="{top + number * style.height + style.baseline}" {style.attributes}>{_safe(line)}</text>'
        for number, line in enumerate(lines)
    ]
    return drawn, top + len(lines) * style.height


def _frame(placed: _Placed) -> str:
    kinds: dict[BoxKind, str] = {
        "end": 'rx="22" fill-opacity=".09" stroke="none"',
        "asked": 'rx="8" fill-opacity=".05" stroke="currentColor" stroke-opacity=".55"',
        "opened": 'rx="8" fill="none" stroke="currentColor" stroke-opacity=".55" stroke-dasharray="5 4"',
        "pause": 'rx="22" fill="none" stroke="currentColor" stroke-opacity=".3"',
    }
    return _rectangle(BOX_LEFT, placed.top, RIGHT, placed.bottom, kinds[placed.box.kind])


def _mark(kind: BoxKind, y: int) -> str:
    """Draw the mark of a box on the line at the left."""
    if kind == "pause":
        return _line(f"M{SPINE - 3} {y - 5}v10M{SPINE + 3} {y - 5}v10", 2.5)
    radius, is_open = (7 if kind == "end" else 5), kind == "opened"
    ink = 'fill="none" stroke="currentColor" stroke-width="1.5"' if is_open else 'stroke="none"'
    return f'<circle cx="{SPINE}" cy="{y}" r="{radius}" {ink}/>'


def _curves(curves: Sequence[Curve], placed: Mapping[Box, _Placed], lanes: Mapping[Box, int]) -> Iterator[str]:
    # Curves from one box overlap. One opacity for the whole group keeps the overlaps from showing.
    yield '<g opacity=".7">'
    for start, end, condition in curves:
        lane, leaves, arrives = _lane(lanes[start]), placed[start].leaves, placed[end].arrivals[condition]
        turn = lane - CORNER
        yield _line(
            f"M{RIGHT} {leaves}H{turn}Q{lane} {leaves} {lane} {leaves + CORNER}"
            f"V{arrives - CORNER}Q{lane} {arrives} {turn} {arrives}H{RIGHT + 8}"
        )
        yield f'<path d="M{RIGHT + 1} {arrives}l9 -4.5v9z"/>'
    yield "</g>"


def _lanes(curves: Sequence[Curve], placed: Mapping[Box, _Placed]) -> dict[Box, int]:
    """Choose a lane for the curves of each box: short ones inside, long ones outside, without overlaps."""
    reach: dict[Box, int] = {}
    for start, end, condition in curves:
        reach[start] = max(reach.get(start, 0), placed[end].arrivals[condition])
    lanes: dict[Box, int] = {}
    for start in sorted(reach, key=lambda box: reach[box] - placed[box].leaves):
        taken = {
            lanes[box] for box in lanes if placed[box].leaves <= reach[start] and placed[start].leaves <= reach[box]
        }
        lanes[start] = next(lane for lane in range(len(reach)) if lane not in taken)
    return lanes


def _lane(number: int) -> int:
    return EDGE + CORNER + (number + 1) * LANE


def _rectangle(left: int, top: int, right: int, bottom: int, attributes: str) -> str:
    return f'<rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}" {attributes}/>'


def _line(path: str, width: float = 1.5) -> str:
    return f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="{width}"/>'


def _safe(text: str) -> str:
    return escape(UNPRINTABLE.sub("\ufffd", text))
