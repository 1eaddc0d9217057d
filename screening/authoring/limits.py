"""What the site that serves a questionnaire allows it. Callers pass it in: no module here knows the site."""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import NamedTuple

from screening.questionnaire.model import Questionnaire


class QuestionnaireLimits(NamedTuple):
    """The addresses that a slug must not take, and how large the cookie of the fullest draft is and may be."""

    reserved_slugs: Set[str]
    largest_cookie: Callable[[Questionnaire], int]
    """The bytes of the draft cookie of a questionnaire at its fullest."""
    most_cookie_bytes: int
