"""Shared counters: exact across processes, and never failing, whatever happens to the memory."""

from __future__ import annotations

import mmap
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from screening.shared_memory import CELLS, SLOTS, Flag, SharedMemory, SharedNumber
from tests.support.forked_processes import in_processes, killed_afterwards, wait_for

MOST = 2**64 - 1
FAILED = Flag.LAST_WRITE_FAILED


@pytest.fixture
def memory() -> SharedMemory:
    return SharedMemory()


def counting(memory: SharedMemory, slot: int, work: Callable[[], object]) -> Callable[[], None]:
    """Do a worker's counting in its slot."""

    def run() -> None:
        memory.use_slot(slot)
        work()

    return run


def count(cell: SharedNumber, number: int) -> None:
    for _ in range(number):
        cell.add()


def test_threads_of_several_processes_lose_no_count(memory: SharedMemory) -> None:
    memory.cell()
    cell = memory.cell()

    def work() -> None:
        with ThreadPoolExecutor(4) as pool:
            for _ in range(4):
                pool.submit(count, cell, 5_000)

    in_processes(*(counting(memory, slot, work) for slot in (0, 1, 2, SLOTS - 1)))
    assert cell.total() == 80_000
    assert [number for number in cell.numbers() if number] == [20_000] * 4


def test_threads_that_change_a_number_at_once_wait_for_each_other(memory: SharedMemory) -> None:
    cell = memory.cell()

    def slowly(number: int) -> int:
        time.sleep(0.001)
        return number + 1

    with ThreadPoolExecutor(4) as pool:
        for _ in range(40):
            pool.submit(cell.change, slowly)
    assert cell.total() == 40


def test_who_takes_over_the_slot_of_a_killed_process_continues_its_count(memory: SharedMemory) -> None:
    cell, chance = memory.cell(), Random(1)

    def for_ever(started: SharedNumber) -> None:
        started.add()
        while True:
            cell.add()

    for _ in range(20):
        before, started = cell.total(), memory.cell()
        with killed_afterwards(counting(memory, 1, partial(for_ever, started))):
            wait_for(started.total)
            time.sleep(chance.random() / 100)
            # It blocks nobody, killed or not.
            in_processes(counting(memory, 2, lambda: count(cell, 100)))
        assert cell.total() > before + 100
    assert cell.numbers()[2] == 2_000


@pytest.mark.parametrize("slot", [-1, -SLOTS, SLOTS, 10**30])
def test_a_slot_that_does_not_exist_is_slot_0_and_touches_nothing_else(memory: SharedMemory, slot: int) -> None:
    cells = [memory.cell() for _ in range(CELLS)]
    memory.use_slot(slot)
    cells[-1].add()
    assert [cell.total() for cell in cells] == [0] * (CELLS - 1) + [1]
    assert cells[-1].numbers()[0] == 1
    assert not memory.flag(FAILED)


def test_there_are_so_many_cells_and_one_more_is_an_error_at_start(memory: SharedMemory) -> None:
    for _ in range(CELLS):
        memory.cell()
    with pytest.raises(IndexError, match="Raise CELLS"):
        memory.cell()


def test_a_flag_that_one_process_sets_is_seen_by_all_and_the_last_one_wins(memory: SharedMemory) -> None:
    cells = [memory.cell() for _ in range(CELLS)]
    assert not memory.flag(FAILED)
    for value in (True, True, False, True):
        in_processes(counting(memory, 3, partial(memory.set_flag, FAILED, value)))
        assert memory.flag(FAILED) is value
    assert [cell.total() for cell in cells] == [0] * CELLS


def test_counting_fails_silently_when_the_memory_is_closed(memory: SharedMemory) -> None:
    cell = memory.cell()
    cell.add()
    memory.set_flag(FAILED, True)
    memory.cells.release()
    cell.add()
    memory.set_flag(FAILED, True)
    memory.use_slot(1)
    assert cell.total() == 0
    assert not memory.flag(FAILED)


def test_a_count_that_no_longer_fits_is_lost(memory: SharedMemory) -> None:
    cell = memory.cell()
    cell.change(lambda _: MOST)
    cell.add()
    assert cell.total() == MOST


def test_without_a_mapping_each_process_counts_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(mmap, "mmap", refuse)
    memory = SharedMemory()
    cell = memory.cell()
    cell.add()
    in_processes(counting(memory, 1, cell.add))
    assert cell.total() == 1
    memory.set_flag(FAILED, True)
    assert memory.flag(FAILED)


def test_it_needs_no_file_no_disk_and_no_descriptor() -> None:
    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        memory = SharedMemory()
        cell = memory.cell()
        in_processes(counting(memory, 1, cell.add), counting(memory, 2, cell.add))
        assert cell.total() == 2
        with pytest.raises(OSError, match="Too many open files"):
            os.memfd_create("anything")

    in_processes(work)


def test_a_thread_that_held_the_lock_at_the_fork_does_not_stop_the_child(memory: SharedMemory) -> None:
    cell = memory.cell()
    has_begun, may_end = threading.Event(), threading.Event()

    def hold(number: int) -> int:
        has_begun.set()
        may_end.wait()
        return number

    thread = threading.Thread(target=cell.change, args=(hold,))
    thread.start()
    has_begun.wait()
    try:
        in_processes(counting(memory, 1, cell.add))
    finally:
        may_end.set()
        thread.join()
    assert cell.total() == 1


def test_a_signal_handler_may_count_while_its_thread_is_counting(memory: SharedMemory) -> None:
    cell, signals = memory.cell(), memory.cell()

    def work() -> None:
        signal.signal(signal.SIGUSR1, lambda *_: signals.add())

        def interrupted(number: int) -> int:
            os.kill(os.getpid(), signal.SIGUSR1)
            return number + 1

        cell.change(interrupted)

    in_processes(work)
    assert (cell.total(), signals.total()) == (1, 1)


def test_a_stopped_process_delays_nobody(memory: SharedMemory) -> None:
    cell, started = memory.cell(), memory.cell()

    def stop(number: int) -> int:
        started.add()
        time.sleep(60)
        return number + 1

    with killed_afterwards(counting(memory, 1, lambda: cell.change(stop))) as process:
        wait_for(started.total)
        os.kill(process, signal.SIGSTOP)
        in_processes(counting(memory, 2, lambda: count(cell, 100)))
        assert cell.total() == 100
