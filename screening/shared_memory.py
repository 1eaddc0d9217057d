"""Numbers that all processes of a server share, in one anonymous memory mapping that is made before the fork.

A full disk or a missing /dev/shm cannot affect it. Each process writes only to its own slot, a row of 64-bit cells.
Processes therefore need no lock between them, and a killed process blocks no other.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from threading import RLock
from weakref import WeakSet

SLOTS = 64
CELLS = 32
_BYTES = 8


class Flag(IntEnum):
    """Facts about the site that any process may change. The last one to write wins."""

    LAST_WRITE_FAILED = 0


class SharedMemory:
    """A row of `columns` cells for each process, and one row of flags for all of them.

    Reserve cells before processes are forked, so that each cell means the same in all of them.
    """

    def __init__(self, columns: int = CELLS) -> None:
        # An aligned 64-bit item is read and written by one machine instruction, so no process sees half a number.
        self.cells = memoryview(_zeros((SLOTS + 1) * columns * _BYTES)).cast("Q")
        self.columns, self.flags = columns, SLOTS * columns
        self.slot = 0
        self.reserved = 0
        # Reentrant, because a signal handler may count while its own thread is counting.
        self.lock = RLock()
        _memories.add(self)

    def use_slot(self, number: int) -> None:
        """Let this process count in a slot of its own; call it after each fork. The slot's counts continue.

        No other living process may use the slot. A number outside 0 to SLOTS - 1 stands for slot 0, as if this had not
        been called: processes that share a slot can lose counts.
        """
        self.slot = number if 0 <= number < SLOTS else 0

    def cell(self) -> SharedNumber:
        """Reserve a cell in every slot.

        Raises:
            IndexError: all cells are reserved.
        """
        if self.reserved == self.columns:
            raise IndexError(f"All {self.columns} cells are reserved. Raise CELLS.")
        self.reserved += 1
        return SharedNumber(self, self.reserved - 1)

    def set_flag(self, flag: Flag, value: bool) -> None:
        """Set a flag for all processes. Never fails."""
        with suppress(Exception):
            self.cells[self.flags + flag] = value

    def flag(self, flag: Flag) -> bool:
        """Return a flag, whichever process set it; False if it cannot be read."""
        with suppress(Exception):
            return bool(self.cells[self.flags + flag])
        return False


class SharedNumber:
    """A number that each process changes in its own slot. `add` and `total` never fail."""

    def __init__(self, memory: SharedMemory, column: int) -> None:
        self.memory = memory
        self.column = column

    def add(self) -> None:
        """Count one more. If that fails, the count is lost."""
        with suppress(Exception):
            self.change(lambda number: number + 1)

    def total(self) -> int:
        """Return the sum over all processes, or 0 if it cannot be read."""
        with suppress(Exception):
            return sum(self.numbers())
        return 0

    def change(self, function: Callable[[int], int]) -> int:
        """Replace this process's number by the function of it, and return the new one.

        Raises:
            ValueError: the memory is closed, or the new number does not fit into 64 bits.
        """
        memory = self.memory
        with memory.lock:
            index = memory.slot * memory.columns + self.column
            number = memory.cells[index] = function(memory.cells[index])
        return number

    def numbers(self) -> list[int]:
        """Return the number of each slot.

        A process that has changed its number sees here what others changed before that. The lock makes sure of it:
        releasing it in `change` and taking it again is a memory barrier. Without one, two processors could each read
        before the other's write becomes visible.

        Raises:
            ValueError: the memory is closed.
        """
        with self.memory.lock:
            return self.memory.cells[self.column : self.memory.flags : self.memory.columns].tolist()


def _zeros(size: int) -> mmap.mmap | bytearray:
    try:
        return mmap.mmap(-1, size)
    except OSError:
        # Each process then counts for itself.
        return bytearray(size)


def _renew_locks() -> None:
    # Another thread of the parent may have held a lock; it does not exist in the child and would never release it.
    for memory in _memories:
        memory.lock = RLock()


_memories: WeakSet[SharedMemory] = WeakSet()
os.register_at_fork(after_in_child=_renew_locks)
