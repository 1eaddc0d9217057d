"""Classification of requests by path: which may open the database. The server reserves threads for each kind."""

from __future__ import annotations

# First path segments whose pages open the database, and pages of a questionnaire that do.
DATABASE_PREFIXES = frozenset({"code", "metrics", "return", "staff"})
PAGES = ("/share", "/later")


def request_kind(path: str) -> str:
    """Return "probe" for the readiness probe, "database" if the page may open the database, otherwise "page"."""
    if path == "/healthz/ready":
        return "probe"
    first = path.split("/", 2)[1:2]
    return "database" if (first and DATABASE_PREFIXES.issuperset(first)) or path.endswith(PAGES) else "page"
