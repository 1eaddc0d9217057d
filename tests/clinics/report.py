"""The figures of many clinics on one machine, and whether they are acceptable."""

from __future__ import annotations

from dataclasses import dataclass

# For 50 clinics on two cores. Memory in KB with PostgreSQL; seconds until all have started.
CLINICS, CORES = 50, 2
MAX_MEMORY, MAX_START = 6_500_000, 120.0
# Seconds.
SLOWEST_HELP = 0.25


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and CPU seconds of all processes."""

    seconds: float
    cpu: float

    def at_best(self, cores: int) -> float:
        """Return the seconds that an otherwise idle machine would take."""
        return self.cpu / cores


@dataclass(frozen=True)
class Figures:
    """What was measured. Memory is proportional set size (PSS), in KB."""

    clinics: int
    cores: int
    memory: list[int]
    database_memory: int
    start: Took
    reload: Took
    help_p99: float
    shared: int
    misplaced: int
    failed_reloads: int

    @property
    def total(self) -> int:
        return sum(self.memory) + self.database_memory

    @property
    def problems(self) -> list[str]:
        """Describe every failure; empty if there is none. Limits grow with the number of clinics."""
        part = self.clinics / CLINICS
        found = []
        if self.total > MAX_MEMORY * part:
            found.append(f"{self.total / 1e6:.2f} GB are used, and {MAX_MEMORY * part / 1e6:.2f} GB are allowed")
        # The clock also counts what else the machine does.
        if (start := min(self.start.seconds, self.start.at_best(CORES))) > MAX_START * part:
            found.append(f"all have started after {start:.0f} s, and {MAX_START * part:.0f} s are allowed")
        if self.help_p99 > SLOWEST_HELP:
            found.append(f"/help took {1000 * self.help_p99:.0f} ms (p99)")
        if self.shared < self.clinics:
            found.append(f"nobody could share in {self.clinics - self.shared} clinics")
        if self.misplaced:
            found.append(f"{self.misplaced} clinics hold another record than the one shared there")
        if self.failed_reloads:
            found.append(f"{self.failed_reloads} clinics were not reloaded")
        return found

    @property
    def is_good(self) -> bool:
        return not self.problems

    def __str__(self) -> str:
        middle = sorted(self.memory)[len(self.memory) // 2]
        rows = [
            ("memory of a clinic, median and most (PSS)", f"{middle / 1000:.0f} MB, {max(self.memory) / 1000:.0f} MB"),
            ("memory of PostgreSQL (PSS)", f"{self.database_memory / 1000:.0f} MB"),
            ("memory of all, with PostgreSQL", f"{self.total / 1e6:.2f} GB"),
            ("start of all", self._took(self.start)),
            ("reload of all", self._took(self.reload)),
            ("/help, p99", f"{1000 * self.help_p99:.0f} ms"),
            ("a share in each", f"{self.shared} of {self.clinics}, {self.misplaced} misplaced"),
        ]
        lines = [f"{self.clinics} clinics on {self.cores} cores: {'good' if self.is_good else 'FAILED'}"]
        lines += [f"  {what:<44}{figure}" for what, figure in rows]
        return "\n".join([*lines, *(f"  WRONG: {problem}" for problem in self.problems)])

    def _took(self, took: Took) -> str:
        return f"{took.seconds:.0f} s ({took.cpu:.0f} s of CPU, so {took.at_best(self.cores):.0f} s at best)"
