"""The audit trail: who did what with shared records, as a hash chain that nobody can change unseen without the key.

Each entry has an HMAC over its fields and the HMAC of the entry before it. Changing, adding, removing or moving an
entry breaks the chain at that number. Truncation leaves a valid, shorter chain. Only a *head* that was kept elsewhere
reveals it.

The key may be several, one a line and the newest first. Entries from before a rotation have the MAC of an older key.
The first entry of a newer key covers them all: an older key alone can change nothing before it, and add nothing after.
"""

from __future__ import annotations

import hmac
import json
import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, String, and_, delete, func, insert, or_, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage.column_types import NO_DAY, NO_NUMBER, is_undamaged_text
from screening.storage.secure_delete import commit_write
from screening.storage.tables import LINKABLE_LOOK_UP, AuditEntry

ABOUT_BYTES = 16
TRAIL_PAGE_SIZE = 50
TRAIL_BATCH = 1000
COMMAND_LINE = 0
"""The account id for the command line and for automatic work."""
MAX_PER_DAY = 100
"""The most entries of one action in `BOUNDED`, per account and day."""
LAST_OF_DAY_MARK = b"last of this day"
"""The `about` of the last of these entries: no more follow on this day."""
# A session lasts 12 hours, so a record that a code opened can still be read on the next day.
STAYS_OPEN = timedelta(days=1)


class Action(Enum):
    """Everything that the trail records, as it is stored."""

    SIGNED_IN = "signed in"
    PASSWORD_FAILED = "password failed"  # noqa: S105  # no password
    NAME_UNKNOWN = "name unknown"
    SECOND_STEP_FAILED = "second step failed"
    RECOVERY_CODE_USED = "recovery code used"
    PAGE_REFUSED = "page refused"
    PASSWORD_CHANGED = "password changed"  # noqa: S105  # no password
    RECOVERY_CODES_MADE = "recovery codes made"
    OWN_SESSIONS_ENDED = "own sessions ended"
    ACCOUNT_ADDED = "account added"
    ACCOUNT_RENEWED = "account renewed"
    ACCOUNT_DISABLED = "account disabled"
    ACCOUNT_ENABLED = "account enabled"
    MADE_VIEWER = "made viewer"
    MADE_DESK = "made desk"
    MADE_REVIEWER = "made reviewer"
    MADE_MANAGER = "made manager"
    SESSIONS_ENDED = "sessions ended"
    TRAIL_READ = "trail read"
    TRAIL_DOWNLOADED = "trail downloaded"
    LIST_READ = "list read"
    RECORD_READ = "record read"
    RECORD_LOOKED_UP = "record looked up"
    RECORD_MARKED = "record marked"
    MARK_UNDONE = "mark undone"
    INSIGHTS_READ = "insights read"
    FIGURES_PREVIEWED = "figures previewed"
    FIGURES_PUBLISHED = "figures published"
    DISCLOSURE_MEASURED = "disclosure measured"
    EXPORTED_YEARS = "exported year-only"
    EXPORTED_WEEKS = "exported weekly"
    RECORD_DELETED = "record deleted"
    PURGED = "purged"
    BACKED_UP = "backed up"
    RESTORED = "restored"
    KEY_ROTATED = "audit key rotated"


BOUNDED = frozenset(
    {
        Action.PASSWORD_FAILED,
        Action.NAME_UNKNOWN,
        Action.SECOND_STEP_FAILED,
        Action.RECOVERY_CODE_USED,
        Action.PAGE_REFUSED,
        Action.PASSWORD_CHANGED,
        Action.RECOVERY_CODES_MADE,
        Action.OWN_SESSIONS_ENDED,
    }
)
"""Actions that anyone can repeat at will, and that say no more when repeated."""
OF_ACCOUNTS = frozenset(
    {
        Action.ACCOUNT_ADDED,
        Action.ACCOUNT_RENEWED,
        Action.ACCOUNT_DISABLED,
        Action.ACCOUNT_ENABLED,
        Action.MADE_VIEWER,
        Action.MADE_DESK,
        Action.MADE_REVIEWER,
        Action.MADE_MANAGER,
        Action.SESSIONS_ENDED,
    }
)
"""Actions about an account. A MAC in any other entry names a record."""


class ChainHead(NamedTuple):
    """The number and MAC of the last entry; 0 and zeros for an empty chain."""

    number: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.number}-{self.mac.hex()}"

    @property
    def grouped(self) -> str:
        """The head for paper, in groups of eight digits that are easy to type."""
        return f"{self.number}-{self.mac.hex(' ', 4)}"

    @classmethod
    def read(cls, text: str) -> ChainHead:
        """Parse a head in either form. Spaces and case do not matter.

        Raises:
            ValueError: the text is not a head.
        """
        match = re.fullmatch("([0-9]+)-([0-9a-f]{64})", "".join(text.split()).lower())
        if match is None:
            raise ValueError(f'"{text}" is not an audit head. Use the output of "flask --app wsgi audit head".')
        return cls(int(match[1]), bytes.fromhex(match[2]))


EMPTY_CHAIN = ChainHead(0, bytes(32))


def audit_keys(key: str) -> list[str]:
    """Return the audit keys, the newest first."""
    return [line.strip() for line in key.splitlines() if line.strip()] or [key]


class UnfinishedCheck(Exception):
    """The time limit ended the check. The chain is intact up to `number`."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class TrailEntry(NamedTuple):
    """An entry as staff see it. `about`: its MAC, empty if it has none or must not be shown.

    `is_last_of_day`: no more of its kind follow for this account and day. `is_damaged`: a field has a value that this
    site never writes.
    """

    number: int
    account_id: int
    action: str
    day: date
    about: bytes
    is_last_of_day: bool
    is_damaged: bool


@dataclass(frozen=True)
class AuditQuery:
    """A filter for entries: by account, action, MAC, and first and last day. None matches everything."""

    account: int | None = None
    action: Action | None = None
    about: bytes | None = None
    first: date | None = None
    last: date | None = None

    def conditions(self, linkable: date) -> list[ColumnElement[bool]]:
        """Return the filter as SQL conditions. `linkable`: see `_last_linkable`."""
        conditions: list[ColumnElement[bool]] = []
        if self.account is not None:
            conditions.append(AuditEntry.account_id == self.account)
        if self.action is not None:
            conditions.append(AuditEntry.action == self.action.value)
        if self.about is not None:
            of_account = AuditEntry.action.in_(_NAMES_OF_ACCOUNTS)
            is_unlinkable = and_(AuditEntry.action != Action.RECORD_LOOKED_UP.value, AuditEntry.day > linkable)
            conditions += [AuditEntry.about == self.about, or_(of_account, is_unlinkable)]
        if self.first is not None:
            conditions.append(AuditEntry.day >= self.first)
        if self.last is not None:
            conditions.append(AuditEntry.day <= self.last)
        return conditions


def append_entry(
    session: Session, key: str, account: int, action: Action, day: date, about: bytes = b"", commits: bool = True
) -> None:
    """Write the next entry durably and commit. Without `commits`, the caller's transaction must exclude other writers.

    An account has at most `MAX_PER_DAY` entries a day of each action in `BOUNDED`. Further ones are deleted at once and
    take as long: the response time must not reveal how many there were, and so whether a name has an account.

    Raises:
        SQLAlchemyError: the entry may be missing, so nothing may be shown.
    """
    # The commit limits a later rollback to this entry, which is then written again.
    if commits:
        session.commit()
    last = chain_head(session)
    while True:
        entry: dict[str, Any] = {
            "number": last.number + 1,
            "account_id": account,
            "action": action.value,
            "day": day,
            "about": about,
        }
        try:
            before = _written_today(session, last, entry) if action in BOUNDED else 0
            if before == MAX_PER_DAY - 1:
                entry["about"] = LAST_OF_DAY_MARK
            session.execute(insert(AuditEntry).values(entry | {"mac": _mac(audit_keys(key)[0], last, entry)}))
            if action in BOUNDED:
                # Entries begin at 1, so 0 deletes nothing. Both cases take the same time.
                surplus = entry["number"] if before >= MAX_PER_DAY else 0
                session.execute(delete(AuditEntry).where(AuditEntry.number == surplus))
            if commits:
                commit_write(session)
            return
        except IntegrityError:
            session.rollback()
            if not commits:
                raise
            previous, last = last, chain_head(session)
            # If another writer took the number, the head has moved, so some writer succeeds in each round.
            if last == previous:
                raise


def chain_head(session: Session) -> ChainHead:
    """Return the number and MAC of the last entry, to keep elsewhere."""
    row = session.execute(select(AuditEntry.number, AuditEntry.mac).order_by(AuditEntry.number.desc()).limit(1)).first()
    # A damaged MAC is read as empty, and the next entry continues from that: `verify_chain` names the damaged one.
    return ChainHead(*row) if row else EMPTY_CHAIN


def trail_page_of(
    session: Session, query: AuditQuery, before: int | None = None, size: int = TRAIL_PAGE_SIZE
) -> list[TrailEntry]:
    """Return at most `size` entries, the newest first. `before`: the number of the last entry of the page before.

    A record's MAC is neither shown nor matched where it could reveal what a patient's code opened.
    """
    return _page_of(session, query, _last_linkable(session), before, size)


def batches_of(session: Session, query: AuditQuery, last: ChainHead) -> Iterator[list[TrailEntry]]:
    """Yield the entries up to `last` in batches, the newest first, and show of them what pages show.

    Entries never change, so the batches are always the same. Each is read in a transaction of its own: a slow reader
    holds neither a snapshot nor a connection.
    """
    linkable, before = _last_linkable(session), last.number + 1
    while batch := _page_of(session, query, linkable, before, TRAIL_BATCH):
        session.commit()
        yield batch
        before = batch[-1].number


def last_marker(session: Session, about: bytes, since: date) -> int | None:
    """Return the account that last marked a record, or undid a mark of it, on this day or later; None if nobody did."""
    marks = (Action.RECORD_MARKED.value, Action.MARK_UNDONE.value)
    entries = select(AuditEntry.account_id).where(
        AuditEntry.day >= since, AuditEntry.action.in_(marks), AuditEntry.about == about
    )
    return session.scalar(entries.order_by(AuditEntry.number.desc()).limit(1))


def verify_chain(session: Session, key: str, kept: ChainHead = EMPTY_CHAIN, seconds: float = math.inf) -> int | None:
    """Return the number of the first entry that was changed or is missing; None if the chain is intact.

    `kept` is an earlier head, which reveals truncation. Memory does not grow with the table.

    Raises:
        UnfinishedCheck: it took longer than `seconds`.
    """
    last, deadline = EMPTY_CHAIN, time.monotonic() + seconds
    chain = _ChainKeys(key)
    with session.connection().execute(
        _STORED_VALUES.order_by(AuditEntry.number), execution_options={"yield_per": 1000}
    ) as rows:
        try:
            for row in rows.mappings():
                last = chain.next_head(last, row)
                if last.number == kept.number and last != kept:
                    return last.number
                if time.monotonic() > deadline:
                    raise UnfinishedCheck(last.number)
        except (AttributeError, TypeError, ValueError):
            return last.number + 1
    return last.number + 1 if last.number < kept.number or not chain.is_at_newest(last) else None


def verify_newest(session: Session, key: str, most: int) -> int | None:
    """Return the number of the first changed or missing entry of the newest `most`; None if they are intact.

    The MAC of the entry before them is taken as it is, so this says nothing about earlier entries.
    """
    newest_first = _STORED_VALUES.order_by(AuditEntry.number.desc()).limit(most + 1)
    rows = session.execute(newest_first).mappings().all()[::-1]
    last = ChainHead(rows[0]["number"], rows[0]["mac"]) if len(rows) > most else EMPTY_CHAIN
    chain = _ChainKeys(key)
    try:
        for row in rows[-most:]:
            last = chain.next_head(last, row)
    except (AttributeError, TypeError, ValueError):
        return last.number + 1
    return None if chain.is_at_newest(last) else last.number + 1


def account_mac(key: str, email: str) -> bytes:
    """Return the MAC that names an account in entries. It uses the name, which is known before the account exists."""
    return hmac.digest(audit_keys(key)[0].encode(), b"account " + email.encode(), "sha256")[:ABOUT_BYTES]


def record_mac(key: str, ref: bytes) -> bytes:
    """Return the MAC that names a record in entries. It is the same each time, and says nothing without the key."""
    return hmac.digest(audit_keys(key)[0].encode(), b"record " + ref, "sha256")[:ABOUT_BYTES]


_ENTRIES = select(
    AuditEntry.number,
    AuditEntry.account_id,
    AuditEntry.action,
    AuditEntry.day,
    # Read as stored: the column type would turn a damaged MAC into an empty one, as most are.
    type_coerce(AuditEntry.about, String).label("about"),
)
_NAMES_OF_ACCOUNTS = frozenset(action.value for action in OF_ACCOUNTS)
# Hash the stored values: a damaged one must not be mistaken for its placeholder.
_COLUMNS = (*AuditEntry.__table__.columns,)
_STORED_VALUES = select(*(type_coerce(column, String).label(column.key) for column in _COLUMNS))


def _page_of(session: Session, query: AuditQuery, linkable: date, before: int | None, size: int) -> list[TrailEntry]:
    page = _ENTRIES.where(*query.conditions(linkable)).order_by(AuditEntry.number.desc()).limit(size)
    rows = session.execute(page if before is None else page.where(AuditEntry.number < before))
    return [_entry(*row, linkable) for row in rows]


def _entry(number: int, account: int, action: str, day: date, stored: object, linkable: date) -> TrailEntry:
    about = stored if isinstance(stored, bytes) else b""
    is_last_of_day = about == LAST_OF_DAY_MARK
    is_shown = action in _NAMES_OF_ACCOUNTS or (action != Action.RECORD_LOOKED_UP.value and day > linkable)
    shown = about if is_shown and not is_last_of_day else b""
    return TrailEntry(number, account, action, day, shown, is_last_of_day, _is_damaged(account, action, day, stored))


def _last_linkable(session: Session) -> date:
    """Return the last day whose MACs could reveal what a patient's code opened; `date.min` if there is none.

    Look-ups once had the MAC of their record, and the reading right after one still has.
    """
    with_mac = select(AuditEntry.day).where(LINKABLE_LOOK_UP)
    last = session.scalar(with_mac.order_by(AuditEntry.number.desc()).limit(1))
    if last is None:
        return date.min
    return date.max if last == NO_DAY else min(last, date.max - STAYS_OPEN) + STAYS_OPEN


def _written_today(session: Session, last: ChainHead, entry: dict[str, Any]) -> int:
    """Count the entries of the same day, action and account up to the last one; at most `MAX_PER_DAY`."""
    columns = (AuditEntry.day, AuditEntry.action, AuditEntry.account_id)
    same = select(AuditEntry.number).where(
        AuditEntry.number <= last.number, *(column == entry[column.key] for column in columns)
    )
    return session.scalar(select(func.count()).select_from(same.limit(MAX_PER_DAY).subquery())) or 0


def _is_damaged(account: int, action: str, day: date, about: object) -> bool:
    is_mac = isinstance(about, bytes) and len(about) in (0, ABOUT_BYTES)
    return account == NO_NUMBER or not is_undamaged_text(action) or day == NO_DAY or not is_mac


class _ChainKeys:
    """The keys of a chain while it is followed: once an entry has the MAC of a newer key, the older ones are over."""

    def __init__(self, key: str) -> None:
        self.left = audit_keys(key)[::-1]

    def next_head(self, last: ChainHead, row: RowMapping) -> ChainHead:
        """Verify a row and return the head after it.

        Raises:
            ValueError: the row does not continue the chain.
        """
        entry = dict(row)
        # The MAC covers the number, so a gap breaks the chain too.
        while row["mac"] != _mac(self.left[0], last, entry):
            self.left.pop(0)
            if not self.left:
                raise ValueError
        return ChainHead(row["number"], row["mac"])

    def is_at_newest(self, last: ChainHead) -> bool:
        """Whether the newest key made the last entry. Otherwise, entries since its rotation are missing."""
        return len(self.left) == 1 or last == EMPTY_CHAIN


def _mac(key: str, last: ChainHead, entry: dict[str, Any]) -> bytes:
    """Return the HMAC of an entry with one key. JSON makes the fields unambiguous: none can run into the next."""
    fields = [entry["number"], entry["account_id"], entry["action"], str(entry["day"]), entry["about"].hex()]
    return hmac.digest(key.encode(), last.mac + json.dumps(fields).encode(), "sha256")
