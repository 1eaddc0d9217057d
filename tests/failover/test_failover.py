"""The report of `make failover` finds each kind of failure. The drills themselves run by that command alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from tests.failover.report import Drill, longest_silence
from tests.soak.ledger import Comparison

GOOD = Drill(
    fault="killed",
    is_synchronous=True,
    records=Comparison(acknowledged=90, deleted=9, lost=0, doubled=0, present=0),
    refused=22.0,
    gap=0.3,
    help_refused=0,
    answers=Counter({"away": 9}),
)


def test_a_good_drill_has_no_problem() -> None:
    assert GOOD.is_good
    assert "synchronous, killed: good" in str(GOOD)
    assert "90 acknowledged, 0 lost" in str(GOOD)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"records": Comparison(90, 9, 1, 0, 0)}, "1 acknowledged records were lost"),
        ({"records": Comparison(90, 9, 0, 1, 0)}, "1 records were stored twice"),
        ({"records": Comparison(90, 9, 0, 0, 1)}, "1 deleted records are present"),
        ({"records": Comparison(0, 0, 0, 0, 0)}, "nobody could share"),
        ({"refused": 30.1}, "shares were refused for 30.1 s, and 30 s are allowed"),
        ({"fault": "switchover", "refused": 5.1}, "shares were refused for 5.1 s, and 5 s are allowed"),
        ({"gap": 2.1}, "/help gave no answer for 2.1 s"),
        ({"help_refused": 1}, "/help was refused 1 times"),
        ({"wrong": ("1 patients came to no code",)}, "1 patients came to no code"),
    ],
)
def test_one_wrong_figure_is_not_good(wrong: dict[str, object], message: str) -> None:
    drill = replace(GOOD, **wrong)  # type: ignore[arg-type]
    assert drill.problems == [message]
    assert f"WRONG: {message}" in str(drill)


def test_a_drill_that_must_lose_shares_fails_if_it_loses_none() -> None:
    drill = replace(GOOD, must_lose=True)
    assert [problem.partition(",")[0] for problem in drill.problems] == ["no acknowledged record was lost"]
    assert replace(drill, records=Comparison(90, 9, 3, 0, 1)).is_good


def test_the_longest_silence_begins_with_the_fault_or_with_a_share_after_it() -> None:
    assert longest_silence(10, [1, 5, 12, 13, 20, 21]) == 7
    assert longest_silence(10, [9, 22, 20]) == 10
    assert longest_silence(10, [9]) == float("inf")
