"""Findings of `doctor`: subject, severity, and text with a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple


class Severity(IntEnum):
    """Severity of a finding. The highest one is the exit code."""

    FINE = 0
    WARNING = 1
    BROKEN = 2


class Diagnosis(NamedTuple):
    """One finding. `text`: the state, then what to do about it."""

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
    """Yield the findings, or a single `fine` one with this text if there are none."""
    yield from list(found) or [fine(subject, text)]
