"""Which requests may open the database, told by their path. The server keeps threads for each kind."""

from __future__ import annotations

# Parts of the site whose pages open the database, and pages of a questionnaire that do.
DATABASE_PREFIXES = frozenset({"code", "metrics", "return", "staff"})
PAGES = ("/share", "/later")


def request_kind(path: str) -> str:
    """The kind of a request: "probe" for the readiness probe, "database" for what may open it, otherwise "page"."""
    if path == "/healthz/ready":
        return "probe"
    first = path.split("/", 2)[1:2]
    return "database" if (first and DATABASE_PREFIXES.issuperset(first)) or path.endswith(PAGES) else "page"
