"""The findings of a soak, and whether they are acceptable."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.soak.ledger import Comparison
from tests.soak.probes import Gap

# Seconds. On a busy machine, the second does not measure the speed of the site.
LONGEST_GAP = SLOWEST_HELP = 2.0


@dataclass
class Report:
    """All figures of one soak. `help_p99`: seconds, while no worker was killed. `wrong`: other failures."""

    database: str
    seed: int
    seconds: float
    records: Comparison
    gap: Gap
    help_p99: float
    readiness_asked: int
    readiness_wrong: Counter[str]
    growth: dict[str, tuple[float, float]]
    played: Counter[str]
    wrong: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Describe every failure; empty if there is none."""
        found = self.records.problems
        if wrong := self.readiness_wrong.total():
            found.append(f"{wrong} answers of readiness were wrong")
        if self.gap.seconds > LONGEST_GAP:
            found.append(f"/help gave no answer for {self.gap.seconds:.1f} s")
        if self.help_p99 > SLOWEST_HELP:
            found.append(f"/help took {self.help_p99:.1f} s (p99)")
        if not self.records.acknowledged:
            found.append("nobody could share")
        return [*found, *self.wrong]

    @property
    def is_good(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        lines = [
            f"soak on {self.database}, {self.seconds:.0f} s, seed {self.seed}: {'good' if self.is_good else 'FAILED'}",
            f"  records: {self.records}",
            f"  /help: longest gap {self.gap.seconds:.2f} s{_during(self.gap.during)}, "
            f"p99 {1000 * self.help_p99:.0f} ms",
            f"  readiness: {self.readiness_asked} answers, {self.readiness_wrong.total()} wrong"
            f"{_each(self.readiness_wrong)}",
            "  growth, last third against second: "
            + ", ".join(f"{name} {after:.0f} against {before:.0f}" for name, (before, after) in self.growth.items()),
            f"  faults played: {self.played.total()}{_each(self.played)}",
            *(f"  {note}" for note in self.notes),
            *(f"  WRONG: {problem}" for problem in self.problems),
        ]
        return "\n".join(lines)


def _during(fault: str) -> str:
    return f" ({fault})" if fault else ""


def _each(counted: Counter[str]) -> str:
    told = ", ".join(f"{name or 'undisturbed'} {number}" for name, number in sorted(counted.items()))
    return f" ({told})" if told else ""
