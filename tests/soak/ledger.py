"""What patients and staff were told, compared with the rows at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from threading import Lock

from screening.storage import patient_codes


class Deletion(Enum):
    """Whether somebody deleted the record of a code. UNSURE: they tried, and no answer said what came of it."""

    NO = "no"
    UNSURE = "unsure"
    DONE = "done"


@dataclass(frozen=True)
class Comparison:
    """What does not fit: numbers of records."""

    acknowledged: int
    deleted: int
    lost: int
    doubled: int
    present: int


class Ledger:
    """Every code that a patient was shown, and every ref that could be stored. Used by many threads."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.lock = Lock()
        self.expected: set[bytes] = set()
        self.deletions: dict[str, Deletion] = {}
        self.extra_codes = 0

    def expect(self, ref: bytes) -> None:
        """Note a ref that may be stored from now on, whether or not its patient ever sees the code."""
        with self.lock:
            self.expected.add(ref)

    def acknowledge(self, seen: set[str]) -> str:
        """Note the code that a patient was shown, and return it."""
        code, *more = sorted(one.replace("-", "") for one in seen)
        with self.lock:
            self.extra_codes += len(more)
            # The same code for a second patient would be a doubled one too.
            self.extra_codes += code in self.deletions
            self.deletions[code] = Deletion.NO
        return code

    def note(self, code: str, deletion: Deletion) -> None:
        with self.lock:
            self.deletions[code] = deletion

    def claim(self) -> str:
        """A code that nobody has tried to delete, marked UNSURE; "" if there is none."""
        with self.lock:
            code = next((one for one, deletion in self.deletions.items() if deletion is Deletion.NO), "")
            if code:
                self.deletions[code] = Deletion.UNSURE
        return code

    def any_code(self) -> str:
        """A code whose record is there, the newest; "" if there is none."""
        with self.lock:
            return next((one for one in reversed(self.deletions) if self.deletions[one] is Deletion.NO), "")

    def compare(self, rows: Counter[bytes]) -> Comparison:
        """Compare with how often each ref is stored, without the rows that were there before."""
        refs = {
            deletion: {self._ref(code) for code, its in self.deletions.items() if its is deletion}
            for deletion in Deletion
        }
        known = self.expected.union(*refs.values())
        return Comparison(
            acknowledged=len(self.deletions),
            deleted=len(refs[Deletion.DONE]),
            lost=len(refs[Deletion.NO] - set(rows)),
            doubled=rows.total() - len(known & set(rows)) + self.extra_codes,
            present=len(refs[Deletion.DONE] & set(rows)),
        )

    def _ref(self, code: str) -> bytes:
        return patient_codes.code_refs(code, self.keys)[0]
