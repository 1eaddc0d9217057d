"""An acknowledged share is never lost and never doubled, whenever the server is killed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.killing import AT_ONCE, PLACES, Report, kill_the_server

KILLS = {"sqlite": 20, "postgresql": 5}


def test_shares_survive_a_server_killed_again_and_again(database_url: str, tmp_path: Path) -> None:
    kills = KILLS[database_url.partition(":")[0]]
    report = kill_the_server(tmp_path / "instance", database_url, kills)
    assert report.is_good, report
    assert report.kills == kills
    assert sum(report.places.values()) == AT_ONCE * kills


@pytest.mark.parametrize("wrong", ["lost", "doubled", "stuck", "not_deleted"])
def test_a_single_loss_is_not_good(wrong: str) -> None:
    report = Report(kills=20, patients=125, places=Counter(PLACES), kills_with=Counter(PLACES))
    assert report.is_good
    setattr(report, wrong, 1)
    assert not report.is_good
    assert f"{wrong.replace('not_deleted', 'not deletable')} 1" in str(report)
