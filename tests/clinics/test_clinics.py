"""The report of `make clinics` finds each figure that misses its limit. The clinics run by that command alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.clinics.report import Figures, Took

GOOD = Figures(
    clinics=50,
    cores=2,
    memory=[120_000] * 50,
    database_memory=400_000,
    start=Took(seconds=100, cpu=150),
    reload=Took(seconds=200, cpu=300),
    help_p99=0.1,
    shared=50,
    misplaced=0,
    failed_reloads=0,
)


def test_good_figures_are_shown_with_the_seconds_of_an_idle_machine() -> None:
    assert GOOD.is_good
    assert "6.40 GB" in str(GOOD)
    assert "100 s (150 s of CPU, so 75 s at best)" in str(GOOD)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"database_memory": 600_000}, "6.60 GB are used, and 6.50 GB are allowed"),
        ({"start": Took(400, 250)}, "all have started after 125 s, and 120 s are allowed"),
        ({"help_p99": 0.3}, "/help took 300 ms (p99)"),
        ({"shared": 49}, "nobody could share in 1 clinics"),
        ({"misplaced": 1}, "1 clinics hold another record than the one shared there"),
        ({"failed_reloads": 1}, "1 clinics were not reloaded"),
    ],
)
def test_one_wrong_figure_is_not_good(wrong: dict[str, object], message: str) -> None:
    figures = replace(GOOD, **wrong)  # type: ignore[arg-type]
    assert figures.problems == [message]
    assert f"WRONG: {message}" in str(figures)


def test_limits_grow_with_the_number_of_clinics() -> None:
    ten = replace(GOOD, clinics=10, shared=10, memory=[120_000] * 10, database_memory=90_000, start=Took(20, 30))
    assert ten.is_good
    assert replace(ten, database_memory=110_000).problems == ["1.31 GB are used, and 1.30 GB are allowed"]
