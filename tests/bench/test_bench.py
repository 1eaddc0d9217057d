"""The benchmarks work. Their figures are for `make bench`, on a quiet machine."""

from __future__ import annotations

import pytest

from tests.bench.__main__ import met_target
from tests.bench.counting import (
    FIGURES,
    FILTERED,
    HOME,
    INSIGHTS,
    LIST,
    growth,
    reading,
    searched,
    seconds_to_single_out,
)
from tests.bench.exporting import memory
from tests.bench.journey import FIXTURE, Ratios, measure
from tests.bench.storing import bytes_each, transaction_ratio


def test_a_bench_journey_is_walked_shared_and_measured() -> None:
    ratios = measure(FIXTURE, journeys=2)
    assert min(ratios.get, ratios.post, ratios.share) > 1
    assert ratios.requests == 49


def test_the_journeys_ratio_weighs_each_kind_of_request_as_often_as_it_comes() -> None:
    assert Ratios(get=2, post=4, share=50, questions=24).journey == pytest.approx((24 * 2 + 24 * 4 + 50) / 49)


@pytest.mark.long
def test_a_transaction_is_measured_against_a_bare_insert() -> None:
    assert transaction_ratio(100) > 0.5


@pytest.mark.long
def test_bytes_are_those_of_the_file() -> None:
    unread, reviewed = (bytes_each(4_000, is_reviewed) for is_reviewed in (False, True))
    # Week and ref in the row and in the index of unread submissions, and the answers.
    assert 2 * (16 + 3) + 18 < unread < 200
    assert 16 + 3 + 18 < reviewed < unread


@pytest.mark.long
def test_pages_are_measured_among_few_and_many() -> None:
    with reading(300) as few, reading(6_000) as many:
        ratios = growth(few, many, times=3)
        search = searched(few, many, times=3)
        singled_out = seconds_to_single_out(many, times=2)
    assert ratios.keys() == {HOME, LIST, FIGURES, INSIGHTS, FILTERED}
    # Reading each row would be 20.
    assert max(ratios[HOME], ratios[LIST], ratios[FIGURES]) < 5
    # Every row is read here: neither has more than a page may read.
    assert search.growth > 1
    assert search.to_bare > 5
    # Thousands of comparisons take longer than any page, and far less than the two seconds that they may.
    assert 0.01 < singled_out < 2


@pytest.mark.long
def test_an_export_is_measured_in_a_process_of_its_own() -> None:
    measured = memory(1_300, 5_200, ("wide", "fhir", "kit"))
    assert measured.keys() == {"wide", "fhir", "kit"}
    for small, large in measured.values():
        # Python with the site needs some tens of megabytes.
        assert 30_000 < small.kilobytes < 300_000
        assert large.seconds > small.seconds


@pytest.mark.parametrize(("figure", "is_met"), [(6.0, True), (6.01, False)])
def test_what_misses_its_mark_is_reported(figure: float, is_met: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert met_target("a page", figure, 6.0) is is_met
    assert ("MISSED" in capsys.readouterr().out) is not is_met
