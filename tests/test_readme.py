"""README names files by which a reader finds their way: each is there."""

from __future__ import annotations

import re

from config import ROOT


def test_what_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:tests|screening|templates|questions)/[\w/.-]*)`", (ROOT / "README.md").read_text()))
    assert named
    assert {name for name in named if not (ROOT / name).exists()} == set()
