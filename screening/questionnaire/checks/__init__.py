"""The guarantees that question files must keep before anyone sees them. Each check reads, and yields findings."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from screening.questionnaire.document import Fault

FileName: TypeAlias = Literal["questionnaire", "topics", "sources", "support"]


class Finding(NamedTuple):
    """A fault, and which file it is in. A warning is told and stops nothing."""

    file: FileName
    fault: Fault
    is_warning: bool = False
