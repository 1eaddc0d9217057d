"""Random noise in figures: its distribution, that it is drawn once, and what is stored of it."""

from __future__ import annotations

import json
import secrets
from fractions import Fraction
from functools import cache
from pathlib import Path
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import select

from screening.statistics import publishing
from screening.statistics.disclosure import REACH, shown_cells
from screening.storage import published_figures, submissions, weeks
from screening.storage.accounts import MANAGER
from screening.storage.database import db
from screening.storage.published_figures import Block, PublishedCell
from screening.storage.tables import Drawn, Published
from tests.support.figure_samples import NOW, RETENTION_DAYS, VERSIONS, Shared, blocks, fill
from tests.support.sample_submissions import Shelf
from tests.support.site_changes import change_site
from tests.support.staff_client import Staff

BLOCK = blocks()[-2]
FIRST = BLOCK[0]
ADDRESS = f"/staff/publish/{weeks.format_week(FIRST)}"
MOST = 500
MAX_MOVED = 60
SHARED: list[Shared] = [(FIRST, 0, {"who": ("myself",), "what": ("bread",)})] * 60

# ------------------------------------------------------------------------------------------------ by how much


@cache
def chance(moved: int) -> Fraction:
    """Return the probability that a count is moved by this much."""
    return Fraction(1, 5) * Fraction(2, 3) ** abs(moved)


@cache
def chance_of_at_most(moved: int) -> Fraction:
    return Fraction(3, 5) * Fraction(2, 3) ** -moved if moved <= 0 else 1 - chance_of_at_most(-moved - 1)


@cache
def drawn_as(cell: PublishedCell) -> tuple[int, int]:
    """Return the least and the most drawn number that is published as this cell; it may be below 0."""
    fitting = [drawn for drawn in range(-MOST, 2 * MOST) if shown_cells(drawn) == cell]
    assert fitting == [*range(fitting[0], fitting[-1] + 1)]
    return fitting[0], fitting[-1]


def chance_of(cell: PublishedCell, count: int) -> Fraction:
    """Return the exact probability that a count is published as this cell."""
    least, most = drawn_as(cell)
    up_to = chance_of_at_most(most - count)
    return up_to if cell is None else up_to - chance_of_at_most(least - 1 - count)


def test_a_count_is_moved_by_two_sided_geometric_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[int, Fraction] = {}
    for ups in range(MAX_MOVED):
        for downs in range(MAX_MOVED):
            thrown = iter([*[2] * ups, 0, *[1] * downs, 0])
            monkeypatch.setattr(secrets, "randbelow", lambda most, thrown=thrown: {3: next(thrown)}[most])
            moved = publishing.add_noise(7) - 7
            assert moved == ups - downs
            assert [*thrown] == []
            # randbelow(3) draws 0, 1 and 2 with equal probability.
            found[moved] = found.get(moved, Fraction(0)) + Fraction(2, 3) ** (ups + downs) / 9
    for moved in range(-20, 21):
        assert abs(found[moved] - chance(moved)) < Fraction(1, 10**9)
        assert sum(map(chance, range(-500, moved + 1))) == pytest.approx(chance_of_at_most(moved))


def test_no_published_value_is_more_than_one_and_a_half_times_as_likely_for_the_next_count() -> None:
    cells = [None, *range(10, MOST + 200, 10)]
    most = Fraction(3, 2)
    found = {chance_of(cell, count) / chance_of(cell, count + 1) for cell in cells for count in range(MOST + 1)}
    assert max(found) == most
    assert min(found) == 1 / most


def test_the_best_guess_of_one_answer_from_its_cell_is_right_at_most_three_times_in_five() -> None:
    for count in range(60):
        cells = [None, *range(10, 200, 10)]
        right = sum(max(chance_of(cell, count), chance_of(cell, count + 1)) for cell in cells) / 2
        assert right <= Fraction(3, 5) + Fraction(1, 10**9)


def test_published_numbers_are_near_the_true_ones() -> None:
    near = [
        sum(chance_of(cell, count) for cell in range(10, MOST + 200, 10) if abs(cell - count) <= 10)
        for count in range(20, MOST)
    ]
    assert min(near) > Fraction(94, 100)
    assert sum(near) / len(near) > Fraction(97, 100)
    assert 0.993 < chance_of(None, 0) < 0.9935
    assert sum(map(chance, range(-REACH, REACH + 1))) > Fraction(99, 100) > sum(map(chance, range(1 - REACH, REACH)))


# ------------------------------------------------------------------------------------------------ once


@pytest.fixture
def manager(shelf: Shelf) -> Staff:
    change_site(shelf.app, retention_days=RETENTION_DAYS)
    return signed_in(shelf)


def signed_in(shelf: Shelf) -> Staff:
    staff = Staff(shelf.app)
    staff.sign_in(MANAGER)
    return staff


@pytest.fixture
def drawings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Records the counts that are moved, and moves each by more than the one before."""
    counts: list[int] = []

    def moved(count: int) -> int:
        counts.append(count)
        return count + 10 * len(counts)

    monkeypatch.setattr(publishing, "add_noise", moved)
    return counts


def kept(app: Flask) -> tuple[list[str], list[str]]:
    """Return the figures that wait to be published, and the published ones."""
    with app.app_context():
        return [*db.session.scalars(select(Drawn.figures))], [*db.session.scalars(select(Published.figures))]


def test_looking_again_draws_nothing_again_nor_does_a_deletion_or_a_new_version(
    shelf: Shelf, manager: Staff, drawings: list[int]
) -> None:
    refs = fill(shelf.app, SHARED)
    before = manager.open(ADDRESS).find("//main//table")
    first, times = kept(shelf.app), len(drawings)
    with shelf.app.app_context():
        assert submissions.remove_submission(db.session, [FIRST], refs[:30])
    fill(shelf.app, [(BLOCK[1], 1, {"who": ("someone",)})] * 40)
    after = manager.open(ADDRESS).find("//main//table")
    assert [one.text_content() for one in after] == [one.text_content() for one in before] != []
    assert "The figures are published." in manager.press("Publish these figures").text
    assert len(drawings) == times > 0
    assert kept(shelf.app) == ([], first[0])


def test_two_who_look_at_once_see_the_same(shelf: Shelf, manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(shelf.app, SHARED)
    draw, both = publishing._draw, Barrier(2, timeout=60)

    def together(*args: object) -> Block:
        block = draw(*args)  # type: ignore[arg-type]
        both.wait()
        return block

    monkeypatch.setattr(publishing, "_draw", together)
    # Each one alone would draw something else.
    numbers = iter(range(1000))
    monkeypatch.setattr(publishing, "add_noise", lambda count: count + 10 * next(numbers))
    found: list[Block] = []

    def look() -> None:
        with shelf.app.app_context():
            found.append(publishing.block_figures(db.session, FIRST, NOW))

    several = [Thread(target=look) for _ in range(2)]
    for one in several:
        one.start()
    for one in several:
        one.join()
    assert len(found) == 2
    assert published_figures.format_block(found[0]) == published_figures.format_block(found[1]) == kept(shelf.app)[0][0]


def test_who_looks_while_somebody_publishes_draws_nothing_new(shelf: Shelf, drawings: list[int]) -> None:
    fill(shelf.app, SHARED)
    with shelf.app.app_context():
        block = publishing.block_figures(db.session, FIRST, NOW)
        assert published_figures.publish_block(db.session, FIRST, block)
        assert published_figures.format_block(
            publishing.block_figures(db.session, FIRST, NOW)
        ) == published_figures.format_block(block)
        assert published_figures.format_block(
            published_figures.keep_drawn(db.session, FIRST, {})
        ) == published_figures.format_block(block)
    assert kept(shelf.app) == ([], [published_figures.format_block(block)])


# ------------------------------------------------------------------------------------------------ what is kept


def test_nothing_is_kept_but_what_may_be_published(shelf: Shelf, manager: Staff, drawings: list[int]) -> None:
    fill(shelf.app, SHARED)
    before = shelf.everything_but("drawn", "tally", "audit_entry", "staff_session")
    manager.open(ADDRESS)
    assert shelf.everything_but("drawn", "tally", "audit_entry", "staff_session") == before
    ((figures,), _) = kept(shelf.app)
    for submissions_, cells in json.loads(figures).values():
        every = [submissions_, *(cell for told in cells.values() if told for cell in told.values())]
        assert all(cell is None or (cell > 0 and cell % 10 == 0) for cell in every)


def test_that_a_version_is_named_does_not_tell_that_anybody_answered_it(
    shelf: Shelf, manager: Staff, drawings: list[int]
) -> None:
    fill(shelf.app, SHARED)
    manager.open(ADDRESS)
    # Nobody answered the second version. Noise moves its count to 11 or more once in 144 times, and here at once.
    assert 0 in drawings
    assert f"({VERSIONS[1].version[:6]})" in manager.page.text


def test_what_nobody_published_goes_with_the_first_of_its_weeks(
    shelf: Shelf, manager: Staff, tmp_path: Path, drawings: list[int]
) -> None:
    fill(shelf.app, SHARED)
    manager.open(ADDRESS)
    with shelf.app.app_context():
        submissions.purge_submissions(db.session, FIRST)
        assert len(kept(shelf.app)[0]) == 1
        submissions.purge_submissions(db.session, BLOCK[1])
        assert kept(shelf.app) == ([], [])
        file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    for one in Path(file).parent.glob(f"{Path(file).name}*") if file else ():
        assert VERSIONS[0].version.encode() not in one.read_bytes()
