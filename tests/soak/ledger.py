"""A ledger of what patients and staff were told, compared with the rows at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from threading import Lock

from screening.storage import patient_codes


class Deletion(Enum):
    """Whether the record of a code was deleted. UNSURE: somebody tried, and no response told the outcome."""

    NO = "no"
    UNSURE = "unsure"
    DONE = "done"


@dataclass(frozen=True)
class Comparison:
    """Counts of records, expected and wrong."""

    acknowledged: int
    deleted: int
    lost: int
    doubled: int
    present: int

    @property
    def problems(self) -> list[str]:
        """Say how many records are wrong, for each way in which they can be."""
        ways = {
            "acknowledged records were lost": self.lost,
            "records were stored twice": self.doubled,
            "deleted records are present": self.present,
        }
        return [f"{number} {way}" for way, number in ways.items() if number]

    def __str__(self) -> str:
        return (
            f"{self.acknowledged} acknowledged, {self.lost} lost, {self.doubled} doubled, "
            f"{self.deleted} deleted, {self.present} deleted but present"
        )


class Ledger:
    """Every code shown to a patient, and every ref that could be stored. Thread-safe."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        self.keys = keys
        self.lock = Lock()
        self.expected: set[bytes] = set()
        self.deletions: dict[str, Deletion] = {}
        self.extra_codes = 0

    def expect(self, ref: bytes) -> None:
        """Note a ref that may be stored from now on, even if its patient never sees the code."""
        with self.lock:
            self.expected.add(ref)

    def acknowledge(self, seen: set[str]) -> str:
        """Note the code shown to a patient, and return it."""
        code, *more = sorted(one.replace("-", "") for one in seen)
        with self.lock:
            self.extra_codes += len(more)
            # A code shown to two patients counts as doubled too.
            self.extra_codes += code in self.deletions
            self.deletions[code] = Deletion.NO
        return code

    def note(self, code: str, deletion: Deletion) -> None:
        with self.lock:
            self.deletions[code] = deletion

    def claim(self) -> str:
        """Return a code that nobody has tried to delete, now marked UNSURE, or ""."""
        with self.lock:
            code = next((one for one, deletion in self.deletions.items() if deletion is Deletion.NO), "")
            if code:
                self.deletions[code] = Deletion.UNSURE
        return code

    def any_code(self) -> str:
        """Return the newest code whose record must exist, or ""."""
        with self.lock:
            return next((one for one in reversed(self.deletions) if self.deletions[one] is Deletion.NO), "")

    def compare(self, rows: Counter[bytes]) -> Comparison:
        """Compare with how often each ref is stored, not counting rows from before the soak."""
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
