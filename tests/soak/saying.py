"""Finds what no line of a log may say: the path of a request, the address of whoever sent it, or a traceback.

A traceback of the database holds what was asked of it.
"""

from __future__ import annotations

import re
from collections import Counter

LONGEST = 120

# Two are marks that only the soak's own clients send.
_TELLING = re.compile(
    r"/(?:reflection|help|healthz|staff|code|return|metrics|static)\b|\b(?:GET|POST|PRI) |HTTP/\d"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b|soakmark|203\.0\.113|^Traceback"
)


def telling(said: str, address: str) -> list[str]:
    """The lines that say too much. The site's own address is what its operator opens."""
    return [line for line in said.splitlines() if _TELLING.search(line.replace(address, ""))]


def summary(said: str) -> str:
    """Each kind of line, with how often it was written; the lines of tracebacks are left out."""
    kinds = Counter(re.sub(r"\d+", "N", line)[:LONGEST] for line in said.splitlines() if line[:1].strip())
    return "; ".join(f"{number} x {line}" for line, number in sorted(kinds.items()))
