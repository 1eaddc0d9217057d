"""Lines of CSV (RFC 4180) in which no spreadsheet finds a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable

END = "\r\n"
# What programs take for the start of a formula, in full width too, though spaces stand before it.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")  # noqa: RUF001
_QUOTED = re.compile('[",\r\n]')


def line(cells: Iterable[str]) -> str:
    """A line of these cells, without its end."""
    return ",".join(map(_cell, cells))


def defused(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet could else take it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def _cell(text: str) -> str:
    text = defused(text)
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
