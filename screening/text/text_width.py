"""How much room words take in a picture whose reader's letters are not known: rather too much than too little."""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import combining, east_asian_width


class Style(NamedTuple):
    """Size of letters and height of lines in pixels; strong letters are a tenth wider."""

    size: int
    height: int
    is_strong: bool

    @property
    def baseline(self) -> int:
        """How far below a line's top its letters stand."""
        return (self.height + self.size) // 2 - self.size // 7

    @property
    def attributes(self) -> str:
        """As SVG says it."""
        return f'font-size="{self.size}" ' + ('font-weight="600"' if self.is_strong else 'fill-opacity=".8"')


HEADING = Style(14, 20, True)
TITLE = Style(16, 22, True)
SMALL_STYLE = Style(14, 19, False)

# In parts of the size, of a wide face (DejaVu Sans).
NARROW, USUAL, CAPITAL, WIDE = 0.4, 0.62, 0.74, 1.0


def wrapped(text: str, style: Style, width: int) -> list[str]:
    """Lines of words that are no wider than this; a word that is too wide alone is broken. At least one line."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(joined, style) <= width:
            lines[-1] = joined
            continue
        *whole, rest = _broken(word, style, width)
        lines[-1:] = [line for line in (lines[-1], *whole, rest) if line]
    return lines


def _broken(word: str, style: Style, width: int) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and text_width(pieces[-1] + letter, style) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def text_width(text: str, style: Style) -> float:
    """About how wide a line of text is, in pixels."""
    return sum(map(_wide, text)) * style.size * (1.1 if style.is_strong else 1)


def _wide(letter: str) -> float:
    if combining(letter):
        return 0
    if letter in " ijlftrI.,:;'’!|()[]-":
        return NARROW
    if letter in "mwMW@%—…" or east_asian_width(letter) in "WF":
        return WIDE
    return CAPITAL if letter.isupper() else USUAL
