"""The yardstick itself works; what it reads is for `make bench`, on a quiet machine."""

from __future__ import annotations

from tests.bench.journey import FIXTURE, measure


def test_a_bench_journey_is_walked_and_measured() -> None:
    journey, get, post = measure(FIXTURE, journeys=2)
    assert min(get, post) > 1
    assert journey == (get + post) / 2
