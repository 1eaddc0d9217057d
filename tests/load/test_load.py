"""The load report measures each page of a journey, and the server's CPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.load.loading import BARE, load, upkeep
from tests.load.walker import CODE, PAGES


@pytest.mark.long
def test_each_page_of_a_journey_is_measured(tmp_path: Path) -> None:
    loaded = load(tmp_path / "instance", f"sqlite:///{tmp_path / 'screening.sqlite'}", 3)
    assert set(loaded.journeys.times) == {*PAGES.values(), CODE}
    assert set(loaded.bare.times) == {BARE}
    assert loaded.journeys.cpu > 0.1
    assert loaded.ratio > 1
    table = loaded.table()
    assert all(name in table for name in (*PAGES.values(), CODE, BARE))


@pytest.mark.long
def test_a_stop_a_start_and_the_memory_of_all_processes_are_measured(tmp_path: Path) -> None:
    taken = upkeep(tmp_path / "instance", f"sqlite:///{tmp_path / 'screening.sqlite'}", workers=1, seconds=1)
    assert taken.stop > 0
    assert taken.start > 0.2, "an interpreter takes that long to start"
    # KB: two processes, each with an interpreter and the questions.
    assert 40_000 < taken.memory < 400_000
