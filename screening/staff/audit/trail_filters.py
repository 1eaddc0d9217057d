"""Filters of the audit trail, as the page's address and the download's form carry them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from flask import url_for

from screening.storage.audit import Action, AuditQuery

TRAIL_FILTERS = ("account", "action", "about", "from", "to")


def given_filters(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that are not empty, valid or not."""
    return {name: asked[name] for name in TRAIL_FILTERS if asked.get(name)}


def trail_query(asked: Mapping[str, str]) -> tuple[AuditQuery, bool]:
    """Parse the filters; the flag says whether an invalid one was left out."""
    action = asked.get("action", "")
    about = asked.get("about", "")
    query = AuditQuery(
        account=parse_number(asked.get("account", "")),
        action=Action(action) if action in {one.value for one in Action} else None,
        about=bytes.fromhex(about) if about and set(about) <= set("0123456789abcdef") and len(about) == 32 else None,
        first=_day(asked.get("from", "")),
        last=_day(asked.get("to", "")),
    )
    read = (query.account, query.action, query.about, query.first, query.last)
    return query, sum(value is not None for value in read) < len(given_filters(asked))


def trail_url(asked: Mapping[str, str]) -> str:
    """Return the address of the entries that filters choose."""
    return f"{url_for('staff.read_trail')}?{urlencode(asked)}".rstrip("?")


def parse_number(text: str) -> int | None:
    """Parse a number from the address; None if it is invalid."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
