"""Prints the cost of pages and sharing next to their limits; exits with 1 if a limit is exceeded."""

from __future__ import annotations

import argparse
import sys

from tests.bench.counting import FIGURES, HOME, LIST, growth, reading, searched, seconds_to_single_out
from tests.bench.exporting import memory
from tests.bench.journey import FIXTURE, measure
from tests.bench.pages import measure_pages, seconds_to_check
from tests.bench.storing import REAL, bytes_each, transaction_ratio

MUST_JOURNEY = 4.2
MUST_GET = 3.0
MUST_PAGES = {"summary": 4.0, "check": 2.5}
MUST_FIRST_PAGE = 14 * 1024
MUST_CHECK = 1.0
MUST_TRANSACTION = 1.3
MUST_BYTES = 100
MUST_GROW = 1.2
MUST_GROW_HOME = 1.5
MUST_SEARCH = 300
MUST_SINGLE_OUT = 2.0
MUST_MEMORY = 1.1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--journeys", type=int, default=60)
    parser.add_argument("--shares", type=int, default=1_000)
    parser.add_argument("--submissions", type=int, default=100_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    chosen = parser.parse_args()
    fixture = measure(FIXTURE, chosen.journeys)
    is_met = [
        met_target(f"bench journey / ({fixture.requests} x bare)", fixture.journey, MUST_JOURNEY),
        met_target("a question's GET / bare", fixture.get, MUST_GET),
    ]
    print(f"  a question's POST / bare: {fixture.post:.2f}; the sharing POST / bare: {fixture.share:.2f}")
    for language in ("en", "es"):
        real = measure(REAL, chosen.journeys, language)
        told = f"{real.journey:.2f} (GET {real.get:.2f}, POST {real.post:.2f})"
        print(f"real questionnaire in {language}, a request / bare: {told}")
    for language in ("en", "es"):
        pages = measure_pages(REAL, 5 * chosen.journeys, language)
        for name, must in MUST_PAGES.items():
            is_met.append(met_target(f"the {name} page in {language} / a question's", pages.ratios[name], must))
        is_met.append(met_target(f"bytes of the first page in {language}", pages.first_page, MUST_FIRST_PAGE))
    is_met += [
        met_target("questions check, seconds of CPU", seconds_to_check(), MUST_CHECK),
        met_target("sharing: transaction / a single-row insert", transaction_ratio(chosen.shares), MUST_TRANSACTION),
        met_target("bytes on disk per submission, none reviewed", bytes_each(chosen.submissions, False), MUST_BYTES),
        met_target(
            "bytes on disk per submission, reviewed week by week", bytes_each(chosen.submissions, True), MUST_BYTES
        ),
    ]
    # Half of them is still more unread rows than one page may read.
    few, middle = chosen.many // 100, chosen.many // 2
    with reading(chosen.many) as many:
        with reading(few) as small:
            grown = growth(small, many)
        with reading(middle) as small:
            worst = searched(small, many)
        singled_out = seconds_to_single_out(many)
    for address, ratio in grown.items():
        what = f"{address}: with {chosen.many} submissions / with {few}"
        if address in (HOME, LIST, FIGURES):
            is_met.append(met_target(what, ratio, MUST_GROW_HOME if address == HOME else MUST_GROW))
        else:
            print(f"  {what}: {ratio:.2f}")
    print(f"  the list filtered by answers that nobody gave / bare: {worst.to_bare:.0f}")
    is_met += [
        met_target("the same, in milliseconds of CPU", 1000 * worst.seconds, MUST_SEARCH),
        met_target(f"the same: with {chosen.many} submissions / with {middle}", worst.growth, MUST_GROW),
    ]
    what = f"an export page that says who of {chosen.many} can be singled out, seconds of CPU"
    is_met.append(met_target(what, singled_out, MUST_SINGLE_OUT))
    for name, (less, more) in memory(chosen.many // 10, chosen.many, ("wide", "fhir", "kit")).items():
        what = f"export, {name}: most memory at once with {chosen.many} submissions / with {chosen.many // 10}"
        is_met.append(met_target(what, more.kilobytes / less.kilobytes, MUST_MEMORY))
        print(f"  {more.kilobytes // 1024} MB; {more.seconds:.0f} s of CPU, its length told first")
    sys.exit(not all(is_met))


def met_target(what: str, figure: float, must: float) -> bool:
    """Print a figure with its limit, and return whether it is within."""
    print(f"{what}: {figure:.2f}, must be {must:g} or less" + ("" if figure <= must else " -- MISSED"), flush=True)
    return figure <= must


if __name__ == "__main__":
    main()
