"""Lines of CSV (RFC 4180) in which no spreadsheet finds a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable

LINE_END = "\r\n"
# What programs take for the start of a formula, in full width too, though spaces stand before it.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001
# Where a semicolon or a tab parts the cells, as in much of Europe, another one begins inside ours. Our quote after a
# comma is none there, so that a line's end begins one too.
_INNER = re.compile(r"([;\t\r\n])(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001
_QUOTED = re.compile('[",\r\n]')


def csv_line(cells: Iterable[str]) -> str:
    """A line of these cells, without its end."""
    return ",".join(map(_cell, cells))


def defused(text: str) -> str:
    """The text, with an apostrophe before whatever a spreadsheet could else take for a formula."""
    text = _INNER.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(text: str) -> str:
    text = defused(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
