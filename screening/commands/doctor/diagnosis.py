"""What `doctor` says: one line each, with a remedy unless all is well."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """How bad it is. The worst one is the exit code."""

    FINE = 0
    WARNING = 1
    BROKEN = 2


class Diagnosis(NamedTuple):
    """One line: about what, how bad, and in a sentence or two what is so and what to do."""

    subject: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        return f"{self.severity.name.lower():<8} {self.subject}: {self.text}"


def fine(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject, Severity.FINE, text)


def warning(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject, Severity.WARNING, text)


def broken(subject: str, text: str) -> Diagnosis:
    return Diagnosis(subject, Severity.BROKEN, text)


def or_fine(subject: str, found: Iterable[Diagnosis], text: str) -> Iterator[Diagnosis]:
    """Yield what was found, or that all is well."""
    yield from list(found) or [fine(subject, text)]
