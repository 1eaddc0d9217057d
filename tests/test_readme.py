"""README and DECISIONS name files by which a reader finds their way: each is there."""

from __future__ import annotations

import re

import pytest

from config import ROOT


@pytest.mark.parametrize("page", ["README.md", "DECISIONS.md"])
def test_what_is_named_is_there(page: str) -> None:
    named = set(re.findall(r"`((?:tests|screening|templates|questions)/[\w/.-]*)`", (ROOT / page).read_text()))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
