"""The draft must fit its cookie, however much is chosen: browsers drop a cookie that is too large without a word."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault


def check(size: int, most: int) -> Iterator[Finding]:
    """Yield a finding if the cookie of the fullest draft, in bytes, could be larger than the most it may have."""
    if size > most:
        wrong = f"With everything chosen, the draft would take {size} bytes of its cookie; {most} is the most."
        yield Finding("questionnaire", Fault(("sections",), wrong, "Shorten ids, or ask less."))
