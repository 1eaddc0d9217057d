"""CSV lines (RFC 4180) that are safe from CSV injection (formula injection): none is read as a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable

LINE_END = "\r\n"
# What programs read as the start of a formula, also in full width and after spaces.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001
# Where a semicolon or tab separates cells, as in much of Europe, it begins a cell inside one of ours. Our quote after a
# comma does not count as a quote there, so a line end inside a cell begins one too.
_INNER = re.compile(r"([;\t\r\n])(?=\s*[=+\-@＝＋－＠])")  # noqa: RUF001
_QUOTED = re.compile('[",\r\n]')


def csv_line(cells: Iterable[str]) -> str:
    """Format cells as a line, without its end."""
    return ",".join(map(_cell, cells))


def defused(text: str) -> str:
    """Put an apostrophe before everything that a spreadsheet could otherwise read as a formula."""
    text = _INNER.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(text: str) -> str:
    text = defused(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
