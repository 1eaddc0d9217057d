"""Site-wide rate limits: exact across processes, and independent of the wall clock."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from screening.shared_memory import CELLS, SharedMemory, SharedNumber
from screening.web.limits import HOUR, NetworkLimit, SiteLimit
from tests.support.endless_windows import YEARS, at_most
from tests.support.forked_processes import in_processes, killed_afterwards, wait_for

PROCESSES = 4


class Clock:
    """The clock of the limits, in seconds."""

    def __init__(self) -> None:
        self.now = 10.0 * HOUR

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("screening.web.limits.monotonic", clock)
    return clock


@pytest.mark.parametrize("most", [1, 7, 1_000])
def test_when_all_want_it_exactly_so_many_get_it(most: int) -> None:
    memory, granted = SharedMemory(), SharedMemory().cell()
    limit = SiteLimit(memory, most, YEARS)

    def work(slot: int) -> None:
        memory.use_slot(slot)
        granted.memory.use_slot(slot)

        def ask() -> None:
            for _ in range(500):
                if limit.take():
                    granted.add()

        with ThreadPoolExecutor(4) as pool:
            for asking in [pool.submit(ask) for _ in range(4)]:
                asking.result()

    in_processes(*(lambda slot=slot: work(slot) for slot in range(PROCESSES)))
    assert granted.total() == most


def test_the_last_place_goes_to_exactly_one_of_those_who_ask_for_it_at_once() -> None:
    memory, counts = SharedMemory(), SharedMemory()
    limits = [SiteLimit(memory, 1, YEARS) for _ in range(CELLS - 1)]
    granted, ready = [counts.cell() for _ in limits], memory.cell()

    def work(slot: int) -> None:
        memory.use_slot(slot)
        counts.use_slot(slot)
        for number, limit in enumerate(limits, 1):
            ready.add()
            while ready.total() < number * PROCESSES:
                pass
            if limit.take():
                granted[number - 1].add()

    in_processes(*(lambda slot=slot: work(slot) for slot in range(PROCESSES)))
    assert [cell.total() for cell in granted] == [1] * len(limits)


def test_those_who_are_too_many_release_and_one_of_them_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SharedMemory()
    limit = SiteLimit(memory, 1, YEARS)
    add, release = limit._increment, limit._release

    def beside_another(number: int) -> int:
        monkeypatch.setattr(limit, "_increment", add)
        memory.cells[CELLS] += 1
        return add(number)

    def after_the_other(window: int) -> None:
        memory.cells[CELLS] = 0
        release(window)

    monkeypatch.setattr(limit, "_increment", beside_another)
    monkeypatch.setattr(limit, "_release", after_the_other)
    assert limit.take()
    assert not limit.take()


def test_a_process_that_is_killed_while_it_asks_stands_in_nobody_s_way() -> None:
    memory, chance = SharedMemory(), Random(1)
    busy, limit = SiteLimit(memory, 10**9, YEARS), SiteLimit(memory, 10, YEARS)

    def for_ever(started: SharedNumber) -> None:
        memory.use_slot(1)
        started.add()
        while True:
            busy.take()

    for _ in range(10):
        started = memory.cell()
        with killed_afterwards(partial(for_ever, started)):
            wait_for(started.total)
            time.sleep(chance.random() / 100)
        memory.use_slot(2)
        assert busy.take()
        assert limit.take()
    assert not limit.take()


def test_a_new_process_in_the_slot_of_a_dead_one_still_counts_what_that_did() -> None:
    memory = SharedMemory()
    limit = SiteLimit(memory, 2, YEARS)

    def work() -> None:
        memory.use_slot(1)
        assert limit.take()

    in_processes(work)
    in_processes(work)
    assert not limit.take()


def test_a_reservation_that_is_not_committed_is_released() -> None:
    limit = at_most(1)
    with limit.reserve() as reservation:
        assert reservation.is_granted
        assert not limit.take()
    with pytest.raises(ZeroDivisionError), limit.reserve() as reservation:
        _ = 1 / 0
    assert reservation.is_granted
    with limit.reserve() as reservation:
        assert reservation.is_granted
        reservation.commit()
    with limit.reserve() as reservation:
        assert not reservation.is_granted
        reservation.commit()
    assert not limit.take()


def test_windows_follow_the_monotonic_clock_and_start_from_nothing(clock: Clock) -> None:
    limit = SiteLimit(SharedMemory(), 2, HOUR)
    for _ in range(3):
        assert [limit.take() for _ in range(3)] == [True, True, False]
        clock.now += HOUR - 1
        assert not limit.take()
        clock.now += 1


def test_a_reservation_released_in_a_later_window_frees_no_slot_there(clock: Clock) -> None:
    limit = SiteLimit(SharedMemory(), 1, HOUR)
    with limit.reserve():
        clock.now += HOUR
        assert limit.take()
    assert not limit.take()
    with limit.reserve():
        clock.now += HOUR
    assert limit.take()
    assert not limit.take()


def test_what_another_process_counted_in_an_earlier_window_is_over(clock: Clock) -> None:
    memory = SharedMemory()
    limit = SiteLimit(memory, 1, HOUR)
    memory.use_slot(1)
    assert limit.take()
    memory.use_slot(2)
    assert not limit.take()
    clock.now += HOUR
    assert limit.take()


def test_windows_are_numbered_by_the_clock_that_nobody_can_set() -> None:
    limit = SiteLimit(SharedMemory(), 1, HOUR)
    before = int(time.monotonic() // HOUR)
    assert limit.take()
    assert limit.cell.numbers()[0] >> 32 in {before, int(time.monotonic() // HOUR)}


def test_when_counting_fails_everything_is_granted() -> None:
    limit = at_most(1)
    assert limit.take()
    limit.cell.memory.cells.release()
    assert limit.take()
    with limit.reserve() as reservation:
        assert reservation.is_granted


def test_when_the_memory_fails_during_a_reservation_nobody_sees_it() -> None:
    limit = at_most(1)
    with limit.reserve() as reservation:
        limit.cell.memory.cells.release()
    assert reservation.is_granted


def taken(limit: NetworkLimit, network: str) -> bool:
    with limit.reserve(network) as reservation:
        reservation.commit()
    return reservation.is_granted


def test_each_network_has_its_own_count_in_all_processes_together_and_an_unknown_one_has_none() -> None:
    memory, granted = SharedMemory(), SharedMemory().cell()
    limit = NetworkLimit(memory, 7, YEARS)

    def work(slot: int) -> None:
        memory.use_slot(slot)
        granted.memory.use_slot(slot)
        for _ in range(50):
            if taken(limit, "203.0.113.8"):
                granted.add()

    in_processes(*(lambda slot=slot: work(slot) for slot in range(PROCESSES)))
    assert granted.total() == 7
    assert taken(limit, "203.0.113.9")
    assert all(taken(limit, "") for _ in range(10))


def test_what_is_counted_of_networks_tells_none_without_the_key() -> None:
    one, other = (NetworkLimit(SharedMemory(), 7, YEARS) for _ in range(2))
    networks = [f"203.0.113.{number}" for number in range(40)]
    for limit in (one, other):
        for network in networks:
            assert taken(limit, network)
    held = [[number & 0xFFFFFFFF for number in limit.counts.cells] for limit in (one, other)]
    assert sum(held[0]) == sum(held[1]) == len(networks)
    assert held[0] != held[1]
