"""Estimated text width, for pictures whose reader has an unknown font. Estimates are generous, so that text fits."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import combining, east_asian_width


class Style(NamedTuple):
    """Font size and line height in pixels; strong text is a tenth wider."""

    size: int
    height: int
    is_strong: bool

    @property
    def baseline(self) -> int:
        """Distance in pixels from the top of a line to its baseline."""
        return (self.height + self.size) // 2 - self.size // 7

    @property
    def attributes(self) -> str:
        """The style as SVG attributes."""
        return f'font-size="{self.size}" ' + ('font-weight="600"' if self.is_strong else 'fill-opacity=".8"')


HEADING = Style(14, 20, True)
TITLE = Style(16, 22, True)
SMALL_STYLE = Style(14, 19, False)

# Character widths as fractions of the font size, for a wide font (DejaVu Sans).
NARROW, USUAL, CAPITAL, WIDE = 0.4, 0.62, 0.74, 1.0


def wrapped(text: str, style: Style, width: int) -> list[str]:
    """Wrap a text to a width in pixels, at least one line. A word that is too wide for a line is broken."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(joined, style) <= width:
            lines[-1] = joined
            continue
        *whole, rest = _break_word(word, style, width)
        lines[-1:] = [line for line in (lines[-1], *whole, rest) if line]
    return lines


def _break_word(word: str, style: Style, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, style) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def text_width(text: str, style: Style) -> float:
    """Estimate the width of a line of text in pixels."""
    return sum(map(_relative_width, text)) * style.size * (1.1 if style.is_strong else 1)


def _relative_width(letter: str) -> float:
    if combining(letter):
        return 0
    if letter in " ijlftrI.,:;'’!|()[]-":
        return NARROW
    if letter in "mwMW@%—…" or east_asian_width(letter) in "WF":
        return WIDE
    return CAPITAL if letter.isupper() else USUAL
