"""The limits that the site sets for a questionnaire. Callers pass them in: this package does not import the site."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import NamedTuple

from screening.questionnaire.model import Questionnaire


class QuestionnaireLimits(NamedTuple):
    """The slugs that pages of the site use, and how large the draft cookie can get and may be, in bytes."""

    reserved_slugs: Set[str]
    largest_cookie: Callable[[Questionnaire], int]
    """Return the size of the draft cookie of a questionnaire at its fullest, in bytes."""
    most_cookie_bytes: int
