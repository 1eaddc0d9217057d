"""Audit trail page for managers: who did what on which day, the chain check, and the head to keep on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from flask import render_template, request, url_for

from screening.site import site
from screening.staff.audit.log_access import log_page_access
from screening.staff.auth.access import allowed
from screening.staff.blueprint import staff
from screening.storage import accounts, audit
from screening.storage.accounts import MANAGER, User
from screening.storage.audit import (
    MOST_A_DAY,
    TRAIL_PAGE_SIZE,
    Action,
    AuditQuery,
    ChainHead,
    TrailEntry,
    UnfinishedCheck,
)
from screening.storage.column_types import NO_DAY, NO_NUMBER
from screening.storage.database import db

# Seconds. The check runs in the request: a manager waits for it, and it blocks this worker thread.
MOST_SECONDS = 3.0
ACTION_WORDS = {
    Action.SIGNED_IN: "signed in",
    Action.PASSWORD_FAILED: "was refused for a wrong password",
    Action.NAME_UNKNOWN: "refused a name without an account",
    Action.SECOND_STEP_FAILED: "was refused at the second step",
    Action.RECOVERY_CODE_USED: "used a recovery code",
    Action.PAGE_REFUSED: "was refused a page for another role",
    Action.PASSWORD_CHANGED: "changed the password",
    Action.RECOVERY_CODES_MADE: "created new recovery codes",
    Action.OWN_SESSIONS_ENDED: "ended own sessions",
    Action.LIST_READ: "read the list of submissions",
    Action.RECORD_READ: "read a submission",
    Action.RECORD_LOOKED_UP: "looked up a patient’s code",
    Action.RECORD_MARKED: "marked a submission",
    Action.RECORD_DELETED: "deleted a submission",
    Action.INSIGHTS_READ: "read insights",
    Action.EXPORTED_YEARS: "exported submissions, year-only",
    Action.EXPORTED_WEEKS: "exported submissions, weekly",
    Action.FIGURES_PREVIEWED: "previewed figures",
    Action.FIGURES_PUBLISHED: "published figures",
    Action.ACCOUNT_ADDED: "created an account",
    Action.ACCOUNT_RENEWED: "issued a new link or password",
    Action.ACCOUNT_DISABLED: "disabled an account",
    Action.ACCOUNT_ENABLED: "enabled an account",
    Action.MADE_VIEWER: "made someone a viewer",
    Action.MADE_REVIEWER: "made someone a reviewer",
    Action.MADE_MANAGER: "made someone a manager",
    Action.SESSIONS_ENDED: "ended sessions",
    Action.TRAIL_READ: "read this audit trail",
    Action.PURGED: "deleted expired data",
    Action.BACKED_UP: "made a backup",
    Action.RESTORED: "restored a backup",
}
# Appended to the words of an entry: the rest of it may be intact.
DAMAGED_ENTRY = " (this entry is damaged)"
LAST_OF_DAY_NOTE = f" (the last of {MOST_A_DAY} recorded in a day)"
SHORT_MARK = 8
TRAIL_FILTERS = ("account", "action", "about", "from", "to")


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


class TrailNames:
    """Names of accounts, by their number and by their mark in audit entries."""

    def __init__(self, everyone: Sequence[User]) -> None:
        key = site().audit_key
        self._accounts = {one.id: one.email for one in everyone}
        self._marks = {audit.account_mac(key, email): email for email in self._accounts.values()}
        self._accounts[audit.COMMAND_LINE] = "the command line or the site itself"

    def account(self, number: int) -> str:
        """Return an account's name. A changed entry can hold any number."""
        return self._accounts.get(number, f"account {number}")

    def about(self, mark: bytes) -> str:
        """Return the account name or the shortened submission mark."""
        return self._marks.get(mark) or (f"submission {mark.hex()[:SHORT_MARK]}" if mark else "")


@staff.get("/audit")
@allowed(MANAGER)
def read_trail() -> str:
    """Show the newest or the filtered entries. Without filters, check the whole trail too."""
    query = _query(request.args)
    asked = {name: request.args[name] for name in TRAIL_FILTERS if request.args.get(name)}
    before = _number(request.args.get("before", ""))
    head, is_not_head = _read_head(request.args.get("head", ""))
    log_page_access(Action.TRAIL_READ)
    entries = audit.trail_page_of(db.session, query, before, TRAIL_PAGE_SIZE + 1)
    everyone = accounts.all_accounts(db.session)
    names = TrailNames(everyone)
    return render_template(
        "staff/audit/trail.html",
        lines=_lines(entries[:TRAIL_PAGE_SIZE], names),
        older=_address(asked | {"before": str(entries[TRAIL_PAGE_SIZE - 1].number)})
        if len(entries) > TRAIL_PAGE_SIZE
        else "",
        first=_address(asked) if before is not None else "",
        checked=None if asked or before is not None else _check(head),
        typed_head=request.args.get("head", ""),
        today=datetime.now(UTC).date(),
        form={"errors": {"head": ["This is not a head. Type it as it is on the paper."]} if is_not_head else {}},
        asked=asked,
        shown=_in_words(query, names),
        accounts=everyone,
        most=MOST_A_DAY,
        words={action.value: words for action, words in ACTION_WORDS.items()},
    )


def _query(asked: Mapping[str, str]) -> AuditQuery:
    """Parse the filters. Invalid ones are ignored."""
    action = asked.get("action", "")
    about = asked.get("about", "")
    return AuditQuery(
        account=_number(asked.get("account", "")),
        action=Action(action) if action in {one.value for one in Action} else None,
        about=bytes.fromhex(about) if about and set(about) <= set("0123456789abcdef") and len(about) == 32 else None,
        first=_day(asked.get("from", "")),
        last=_day(asked.get("to", "")),
    )


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
    did = {action.value: words for action, words in ACTION_WORDS.items()}
    return [
        TrailLine(
            entry.number,
            None if entry.day == NO_DAY else entry.day,
            "damaged" if entry.account_id == NO_NUMBER else names.account(entry.account_id),
            did.get(entry.action, entry.action)
            + LAST_OF_DAY_NOTE * entry.is_last_of_day
            + DAMAGED_ENTRY * entry.is_damaged,
            names.about(entry.about),
            _address({"about": entry.about.hex()}) if entry.about else "",
        )
        for entry in entries
    ]


def _address(asked: Mapping[str, str]) -> str:
    return f"{url_for('staff.read_trail')}?{urlencode(asked)}".rstrip("?")


def _check(known: ChainHead) -> ChainCheck:
    head = audit.chain_head(db.session)
    try:
        broken = audit.verify_chain(db.session, site().audit_key, known, MOST_SECONDS)
    except UnfinishedCheck as reached:
        return ChainCheck(head, None, reached.number)
    return ChainCheck(head, broken, None)


def _read_head(typed: str) -> tuple[ChainHead, bool]:
    """Parse the typed head; the flag says whether it is invalid."""
    try:
        return (ChainHead.read(typed), False) if typed.strip() else (audit.EMPTY_CHAIN, False)
    except ValueError:
        return audit.EMPTY_CHAIN, True


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
