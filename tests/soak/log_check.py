"""Finds what a log line must not contain: a request's path, a client's address, or a traceback.

A traceback of the database holds the query's parameters.
"""

from __future__ import annotations

import re
from collections import Counter

LONGEST = 120

# Two of these are marks that only the soak's own clients send.
_REVEALING = re.compile(
    r"/(?:reflection|help|healthz|staff|code|return|metrics|static)\b|\b(?:GET|POST|PRI) |HTTP/\d"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b|soakmark|203\.0\.113|^Traceback"
)


def revealing_lines(log: str, address: str) -> list[str]:
    """Return the lines that reveal too much. The site's own address is allowed, since the operator opens it."""
    return [line for line in log.splitlines() if _REVEALING.search(line.replace(address, ""))]


def log_summary(log: str) -> str:
    """Count each kind of line, without the lines of tracebacks."""
    kinds = Counter(re.sub(r"\d+", "N", line)[:LONGEST] for line in log.splitlines() if line[:1].strip())
    return "; ".join(f"{number} x {line}" for line, number in sorted(kinds.items()))
