"""Audit page for managers: who read how much, who did what on which day, and the audit head to keep on paper."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import NamedTuple

from flask import Response, abort, render_template, request
from sqlalchemy.orm import Session

from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.audit.overview import read_overview
from screening.staff.audit.trail_file import TrailFile
from screening.staff.audit.trail_filters import given_filters, parse_number, trail_query, trail_url
from screening.staff.audit.trail_words import ACTION_WORDS, TrailNames, action_words
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.staff.downloads import attached, reserved_download, streamed
from screening.storage import accounts, audit
from screening.storage.accounts import MANAGER
from screening.storage.audit import (
    MAX_PER_DAY,
    TRAIL_PAGE_SIZE,
    Action,
    AuditQuery,
    ChainHead,
    TrailEntry,
    UnfinishedCheck,
)
from screening.storage.column_types import NO_DAY
from screening.storage.database import db, unpooled_engine

# Seconds. The check runs in the request: a manager waits for it, and it blocks this worker thread.
MAX_SECONDS = 3.0
NOT_A_HEAD = "This is not an audit head. Type it as it is on the paper."


class TrailLine(NamedTuple):
    """An entry in words.

    `day`: None if it is damaged. `about`: an account name or a submission's mark. `same`: URL of all entries about it.
    """

    number: int
    day: date | None
    who: str
    did: str
    about: str
    same: str


class ChainCheck(NamedTuple):
    """Result of checking the chain: its head, and the first wrong entry or the entry at which time ran out."""

    head: ChainHead
    broken: int | None
    reached: int | None


@staff.get("/audit")
@allowed(MANAGER)
def read_trail() -> str:
    """Show the newest or the filtered entries. Without filters, count four weeks and check the whole trail too."""
    query, _ = trail_query(request.args)
    asked = given_filters(request.args)
    before = parse_number(request.args.get("before", ""))
    is_plain = not asked and before is None
    head, is_not_head = _read_head(request.args.get("head", ""))
    log_page_access(Action.TRAIL_READ)
    entries = audit.trail_page_of(db.session, query, before, TRAIL_PAGE_SIZE + 1)
    everyone = accounts.all_accounts(db.session)
    names = TrailNames(everyone)
    today = datetime.now(UTC).date()
    return render_template(
        "staff/audit/trail.html",
        lines=_lines(entries[:TRAIL_PAGE_SIZE], names),
        older=trail_url(asked | {"before": str(entries[TRAIL_PAGE_SIZE - 1].number)})
        if len(entries) > TRAIL_PAGE_SIZE
        else "",
        first=trail_url(asked) if before is not None else "",
        overview=read_overview(today, names) if is_plain else None,
        checked=_check(head) if is_plain else None,
        typed_head=request.args.get("head", ""),
        today=today,
        form={"errors": {"head": [NOT_A_HEAD]} if is_not_head else {}},
        asked=asked,
        shown=_in_words(query, names),
        accounts=everyone,
        most=MAX_PER_DAY,
        words={action.value: words for action, words in ACTION_WORDS.items()},
    )


@staff.post("/audit")
@allowed(MANAGER)
def download_trail() -> Response:
    """Stream the filtered entries as CSV, without what the page does not show either."""
    query, is_invalid = trail_query(request.form)
    if is_invalid:
        abort(400)
    # Before counting anything: many requests at once would keep pages waiting.
    with reserved_download() as held:
        log_page_access(Action.TRAIL_DOWNLOADED)
        names = TrailNames(accounts.all_accounts(db.session))
        file = TrailFile(held.enter_context(Session(unpooled_engine())), query, names)
        return streamed(attached("audit-trail.csv", "text/csv"), file.size(), file.chunks(), (MANAGER,), held)


def _in_words(query: AuditQuery, names: TrailNames) -> str:
    """Describe the filters, for the page and its printout."""
    parts = (
        names.account(query.account) if query.account is not None else "",
        ACTION_WORDS[query.action] if query.action else "",
        names.about(query.about) if query.about else "",
        f"from {query.first:%-d %B %Y}" if query.first else "",
        f"to {query.last:%-d %B %Y}" if query.last else "",
    )
    return ", ".join(filter(None, parts)) or "everything"


def _lines(entries: list[TrailEntry], names: TrailNames) -> list[TrailLine]:
    return [
        TrailLine(
            entry.number,
            None if entry.day == NO_DAY else entry.day,
            names.account(entry.account_id),
            action_words(entry),
            names.about(entry.about),
            trail_url({"about": entry.about.hex()}) if entry.about else "",
        )
        for entry in entries
    ]


def _check(known: ChainHead) -> ChainCheck:
    head = audit.chain_head(db.session)
    try:
        broken = audit.verify_chain(db.session, site().audit_key, known, MAX_SECONDS)
    except UnfinishedCheck as reached:
        return ChainCheck(head, None, reached.number)
    return ChainCheck(head, broken, None)


def _read_head(typed: str) -> tuple[ChainHead, bool]:
    """Parse the typed head; the flag says whether it is invalid."""
    try:
        return (ChainHead.read(typed), False) if typed.strip() else (audit.EMPTY_CHAIN, False)
    except ValueError:
        return audit.EMPTY_CHAIN, True
