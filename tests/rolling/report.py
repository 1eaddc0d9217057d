"""The findings of a rolling upgrade, and whether they are acceptable."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tests.soak.ledger import Comparison

# Seconds.
LONGEST_GAP = 2.0


@dataclass(frozen=True)
class Rolled:
    """All figures of one upgrade. `refused`: requests of patients that failed, by status or error.

    `asked_again`: how often a patient was shown the record again, because the questions had changed.
    """

    records: Comparison
    refused: Counter[str]
    asked_again: int
    stuck: int
    gap: float
    help_failed: int

    @property
    def problems(self) -> list[str]:
        """Describe every failure; empty if there is none."""
        found = self.records.problems + [
            f"{number} {what}"
            for what, number in (
                ("requests of patients failed", self.refused.total()),
                ("patients came to no code", self.stuck),
                ("requests of /help failed", self.help_failed),
            )
            if number
        ]
        if self.gap > LONGEST_GAP:
            found.append(f"/help gave no answer for {self.gap:.1f} s")
        if not self.records.acknowledged:
            found.append("nobody could share")
        return found

    @property
    def is_good(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        refused = ", ".join(f"{what} {number}" for what, number in sorted(self.refused.items())) or "never"
        lines = [
            f"rolling upgrade: {'good' if self.is_good else 'FAILED'}",
            f"  records: {self.records}",
            f"  /help: longest gap {self.gap:.2f} s, {self.help_failed} failed",
            f"  patients were refused: {refused}; shown the record again: {self.asked_again}",
            *(f"  WRONG: {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)
