"""The findings of each drill, and whether they are acceptable."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

from tests.soak.ledger import Comparison

# Seconds for which shares may be refused, and for which `/help` may give no answer.
MAX_REFUSED = {"switchover": 5.0}
MAX_REFUSED_AFTER_FAILURE = 30.0
LONGEST_GAP = 2.0


@dataclass(frozen=True)
class Drill:
    """One fault and its outcome.

    `refused`: the longest span in seconds after the fault without an acknowledged share. `gap`: the same of `/help`.
    `must_lose`: the fault must lose shares, which proves that the drills can find losses. `wrong`: other failures.
    """

    fault: str
    is_synchronous: bool
    records: Comparison
    refused: float
    gap: float
    help_refused: int
    answers: Counter[str]
    must_lose: bool = False
    wrong: tuple[str, ...] = field(default=())

    @property
    def problems(self) -> list[str]:
        """Describe every failure; empty if there is none."""
        most = MAX_REFUSED.get(self.fault, MAX_REFUSED_AFTER_FAILURE)
        found = list(self.wrong)
        if not self.records.acknowledged:
            found.append("nobody could share")
        if self.must_lose and not self.records.lost:
            found.append("no acknowledged record was lost, so the drill does not prove that it would find one")
        if not self.must_lose:
            found += self.records.problems
        if self.refused > most:
            found.append(f"shares were refused for {self.refused:.1f} s, and {most:.0f} s are allowed")
        if self.gap > LONGEST_GAP:
            found.append(f"/help gave no answer for {self.gap:.1f} s")
        if self.help_refused:
            found.append(f"/help was refused {self.help_refused} times")
        return found

    @property
    def is_good(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        mode = "synchronous" if self.is_synchronous else "asynchronous"
        answers = ", ".join(f"{what} {number}" for what, number in sorted(self.answers.items())) or "never"
        lines = [
            f"{mode}, {self.fault}: {'good' if self.is_good else 'FAILED'}",
            f"  records: {self.records}" + (" (must lose some)" if self.must_lose else ""),
            f"  shares refused for {self.refused:.1f} s; /help: longest gap {self.gap:.2f} s, "
            f"refused {self.help_refused} times",
            f"  patients were refused: {answers}",
            *(f"  WRONG: {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)


def longest_silence(begun: float, moments: list[float]) -> float:
    """Return the longest span in seconds from a moment on without another; infinite if none follows."""
    after = sorted(moment for moment in moments if moment > begun)
    if not after:
        return float("inf")
    return max(later - sooner for sooner, later in itertools.pairwise([begun, *after]))
