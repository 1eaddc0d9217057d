"""The guarantees that question files must keep before anyone sees them. Each check reads, and yields findings."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from screening.authoring.yaml_document import Fault

FileName: TypeAlias = str
"""questionnaire, topics, sources or support; or of a translation, its language."""


class Finding(NamedTuple):
    """A fault, and which file it is in. A warning is told and stops nothing."""

    file: FileName
    fault: Fault
    is_warning: bool = False
