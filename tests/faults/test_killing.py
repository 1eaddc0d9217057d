"""An acknowledged share is never lost and never doubled, whenever the server is killed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.faults.killing import AT_ONCE, PLACES, PRACTICE, Report, kill_the_server
from tests.support.databases import postgresql_takes_long

# A smoke test; `make faults` kills often.
KILLS = {"sqlite": 2, "postgresql": 1}


@postgresql_takes_long
def test_shares_survive_a_server_killed_again_and_again(database_url: str, tmp_path: Path) -> None:
    kills = KILLS[database_url.partition(":")[0]]
    report = kill_the_server(tmp_path / "instance", database_url, kills)
    assert report.is_good, report
    assert report.kills == kills
    assert sum(report.places.values()) == AT_ONCE * kills


@pytest.mark.parametrize("fault", ["lost", "doubled"])
@pytest.mark.long
def test_a_server_that_is_at_fault_is_found_out(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULT", fault)
    url = f"sqlite:///{tmp_path / 'screening.sqlite'}"
    report = kill_the_server(tmp_path / "instance", url, 1, app="tests.faults.faulty")
    # The faulty server also handles the retries of shares that the kill interrupted.
    assert getattr(report, fault) >= report.patients == AT_ONCE * (1 + PRACTICE)


@pytest.mark.parametrize("wrong", ["lost", "doubled", "stuck", "not_deleted"])
def test_a_single_loss_is_not_good(wrong: str) -> None:
    report = Report(kills=20, patients=125, places=Counter(PLACES), kills_with=Counter(PLACES))
    assert report.is_good
    setattr(report, wrong, 1)
    assert not report.is_good
    assert f"{wrong.replace('not_deleted', 'not deletable')} 1" in str(report)
