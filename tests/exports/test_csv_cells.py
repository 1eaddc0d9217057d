"""CSV cells round-trip, and none is a formula."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from screening.exports.csv_cells import LINE_END, csv_line, defused

NASTY = st.text(alphabet="=+-@\t\r\n ,;\"'＝＋－＠ab\u00a0", max_size=8) | st.text(max_size=8)  # noqa: RUF001


WIDE = "\uff1d1 \uff0b1 \uff0d1 \uff20A"


@pytest.mark.parametrize("text", [*f"=1+1 +1 -1 @SUM(A1) - {WIDE}".split(), "\n", "\ta", "  =1", "\u00a0-1"])
def test_what_a_spreadsheet_would_reckon_stands_behind_an_apostrophe(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "I'm", "low-mood", "1", " a", "'=1"])
def test_other_words_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


@pytest.mark.parametrize("start", "=+-@")
@pytest.mark.parametrize("between", [";", "; ", "\t", "\n", "\r", "\r\n"])
@pytest.mark.parametrize("before", ["a", ""])
def test_a_cell_that_begins_inside_ours_holds_no_formula_either(before: str, between: str, start: str) -> None:
    for cell in re.split("[;\t\r\n]", defused(f"{before}{between}{start}1")):
        assert not cell.lstrip().startswith(start)


@given(cells=st.lists(NASTY, min_size=2, max_size=4))
def test_every_cell_is_read_back_as_it_was_written(cells: list[str]) -> None:
    (read,) = csv.reader(io.StringIO(csv_line(cells) + LINE_END, newline=""), strict=True)
    assert read == [defused(cell) for cell in cells]
    for cell in read:
        assert cell.lstrip()[:1] not in set("=+-@＝＋－＠") - {""}  # noqa: RUF001
        assert cell[:1] not in set("\t\r\n")
