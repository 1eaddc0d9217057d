"""The draft fits its cookie, however much is chosen: browsers silently drop a cookie that is too large."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import Finding
from screening.authoring.yaml_document import Fault


def check(size: int, most: int) -> Iterator[Finding]:
    """Yield a finding if the cookie of the fullest draft exceeds the limit. Both are in bytes."""
    if size > most:
        wrong = f"With everything chosen, the draft needs {size} bytes of its cookie; the limit is {most}."
        yield Finding("questionnaire", Fault(("sections",), wrong, "Shorten ids, or ask fewer questions."))
