"""Who did what with shared records, written so that nobody without the key can change it unseen.

Each entry carries a keyed hash over itself and over the hash of the entry before it. What was changed, put in, taken
out or moved breaks the chain at that number. A tail that was cut off leaves a whole, shorter chain: it is found only by
comparing with a *head* that was kept elsewhere.
"""

from __future__ import annotations

import hmac
import json
import math
import re
import time
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, RowMapping, String, and_, delete, func, insert, or_, select, type_coerce
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from screening.storage.column_types import NO_DAY, NO_NUMBER, is_text
from screening.storage.secure_delete import commit_and_forget
from screening.storage.tables import AuditEntry

MARK_BYTES = 16
TRAIL_PAGE_SIZE = 50
COMMAND_LINE = 0
"""The account of whoever works at the command line, and of what the site does by itself."""
MOST_A_DAY = 100
"""So many entries of one of the kinds in `BOUNDED` are written for an account and day."""
LAST_OF_DAY_MARK = b"last of this day"
"""What the last of them is about: that no more follow on this day."""
# A session lasts 12 hours, so what a code opened could still be read on the day after.
STAYS_OPEN = timedelta(days=1)


class Action(Enum):
    """Everything that is written here."""

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
    MADE_REVIEWER = "made reviewer"
    MADE_MANAGER = "made manager"
    SESSIONS_ENDED = "sessions ended"
    TRAIL_READ = "trail read"
    LIST_READ = "list read"
    RECORD_READ = "record read"
    RECORD_LOOKED_UP = "record looked up"
    RECORD_MARKED = "record marked"
    INSIGHTS_READ = "insights read"
    FIGURES_PREVIEWED = "figures previewed"
    FIGURES_PUBLISHED = "figures published"
    EXPORTED_YEARS = "exported year-only"
    EXPORTED_WEEKS = "exported weekly"
    RECORD_DELETED = "record deleted"
    PURGED = "purged"
    BACKED_UP = "backed up"
    RESTORED = "restored"


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
"""What anyone can cause as often as they like, and what tells no more when it is told again."""
OF_ACCOUNTS = frozenset(
    {
        Action.ACCOUNT_ADDED,
        Action.ACCOUNT_RENEWED,
        Action.ACCOUNT_DISABLED,
        Action.ACCOUNT_ENABLED,
        Action.MADE_VIEWER,
        Action.MADE_REVIEWER,
        Action.MADE_MANAGER,
        Action.SESSIONS_ENDED,
    }
)
"""What is about an account; whatever else has a mark is about a record."""


class ChainHead(NamedTuple):
    """The number and hash of the last entry; 0 and zeros where there is none."""

    number: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.number}-{self.mac.hex()}"

    @property
    def grouped(self) -> str:
        """As it can be typed from paper: in groups of eight."""
        return f"{self.number}-{self.mac.hex(' ', 4)}"

    @classmethod
    def read(cls, text: str) -> ChainHead:
        """A head from either form in which it is written, forgiving of spaces and capital letters.

        Raises:
            ValueError: the text is no head.
        """
        found = re.fullmatch("([0-9]+)-([0-9a-f]{64})", "".join(text.split()).lower())
        if found is None:
            raise ValueError(f'"{text}" is no head. Give what audit head has said.')
        return cls(int(found[1]), bytes.fromhex(found[2]))


EMPTY_CHAIN = ChainHead(0, bytes(32))


class UnfinishedCheck(Exception):
    """The time was over before the whole chain was read; up to `number` it is as it was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class TrailEntry(NamedTuple):
    """An entry as it is shown. `about`: its mark, empty where it has none or must not be shown. `is_last_of_day`: no
    more of its kind follow for this account and day. `is_damaged`: a field is what this site cannot have written.
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
    """Which entries to show: those of an account, of an action, about a mark, from one day to another; None is all."""

    account: int | None = None
    action: Action | None = None
    about: bytes | None = None
    first: date | None = None
    last: date | None = None

    def conditions(self, linkable: date) -> list[ColumnElement[bool]]:
        """The same for the database. `linkable`: see `_last_linkable`."""
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
    """Write the next entry, durably, and commit; or as part of a transaction during which nobody else writes one.

    Of the kinds in `BOUNDED`, an account has `MOST_A_DAY` entries a day. What comes after them is not kept and takes
    as long: an answer's time must not tell how many there were, and so whether a name has an account.

    Raises:
        SQLAlchemyError: nothing is known to be written, so nothing may be shown.
    """
    # Where somebody else is faster, only our own entry is rolled back and written anew.
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
            if before == MOST_A_DAY - 1:
                entry["about"] = LAST_OF_DAY_MARK
            session.execute(insert(AuditEntry).values(entry | {"mac": _mac(key, last, entry)}))
            if action in BOUNDED:
                # Entries begin at 1. Both ways cost the same.
                too_many = entry["number"] if before >= MOST_A_DAY else 0
                session.execute(delete(AuditEntry).where(AuditEntry.number == too_many))
            if commits:
                commit_and_forget(session)
            return
        except IntegrityError:
            session.rollback()
            if not commits:
                raise
            overtaken, last = last, chain_head(session)
            # Somebody else took the number. Then there is a later head, and each round somebody gets on.
            if last == overtaken:
                raise


def chain_head(session: Session) -> ChainHead:
    """The last entry's number and hash: what to keep elsewhere."""
    row = session.execute(select(AuditEntry.number, AuditEntry.mac).order_by(AuditEntry.number.desc()).limit(1)).first()
    # A damaged hash is read as empty, and the next entry goes on from that: `verify_chain` names the damaged one.
    return ChainHead(*row) if row else EMPTY_CHAIN


def trail_page_of(
    session: Session, wanted: AuditQuery, before: int | None = None, size: int = TRAIL_PAGE_SIZE
) -> list[TrailEntry]:
    """At most so many entries, the newest first; `before` is the number of the last one seen.

    Marks of records are neither shown nor found where they could tell what a patient's code opened.
    """
    linkable = _last_linkable(session)
    found = _ENTRIES.where(*wanted.conditions(linkable)).order_by(AuditEntry.number.desc()).limit(size)
    rows = session.execute(found if before is None else found.where(AuditEntry.number < before))
    return [_entry(*row, linkable) for row in rows]


def verify_chain(session: Session, key: str, kept: ChainHead = EMPTY_CHAIN, seconds: float = math.inf) -> int | None:
    """The number of the first entry that is not as it was written, or not there; None if the chain is whole.

    `kept` is a head from earlier, against which a cut tail shows. Memory does not grow with the table.

    Raises:
        Unfinished: it took longer than so many seconds.
    """
    last, over = EMPTY_CHAIN, time.monotonic() + seconds
    with session.connection().execute(
        _AS_IT_LIES.order_by(AuditEntry.number), execution_options={"yield_per": 1000}
    ) as rows:
        try:
            for row in rows.mappings():
                last = _next(key, last, row)
                if last.number == kept.number and last != kept:
                    return last.number
                if time.monotonic() > over:
                    raise UnfinishedCheck(last.number)
        except (AttributeError, TypeError, ValueError):
            return last.number + 1
    return last.number + 1 if last.number < kept.number else None


def account_mac(key: str, email: str) -> bytes:
    """An account as entries name it that are about one; by its name, which is known before the account is made."""
    return hmac.digest(key.encode(), b"account " + email.encode(), "sha256")[:MARK_BYTES]


def record_mac(key: str, ref: bytes) -> bytes:
    """A record as entries name it: the same for the same record, and without the key nobody can tell of which."""
    return hmac.digest(key.encode(), b"record " + ref, "sha256")[:MARK_BYTES]


_ENTRIES = select(
    AuditEntry.number,
    AuditEntry.account_id,
    AuditEntry.action,
    AuditEntry.day,
    # As it is stored: a damaged one would be read as empty, which most marks are.
    type_coerce(AuditEntry.about, String).label("about"),
)
_NAMES_OF_ACCOUNTS = frozenset(action.value for action in OF_ACCOUNTS)
# What is hashed is what the database holds: a damaged value must not be taken for the one that stands for it.
_COLUMNS = (*AuditEntry.__table__.columns,)
_AS_IT_LIES = select(*(type_coerce(column, String).label(column.key) for column in _COLUMNS))


def _entry(number: int, account: int, action: str, day: date, stored: object, linkable: date) -> TrailEntry:
    about = stored if isinstance(stored, bytes) else b""
    is_last_of_day = about == LAST_OF_DAY_MARK
    is_shown = action in _NAMES_OF_ACCOUNTS or (action != Action.RECORD_LOOKED_UP.value and day > linkable)
    shown = about if is_shown and not is_last_of_day else b""
    return TrailEntry(number, account, action, day, shown, is_last_of_day, _is_damaged(account, action, day, stored))


def _last_linkable(session: Session) -> date:
    """The last day whose entries could tell, by their marks, what a patient's code opened; `date.min` if there is none.

    Look-ups once carried the mark of their record, and the reading right after them still does.
    """
    had_mark = select(AuditEntry.day).where(
        AuditEntry.action == Action.RECORD_LOOKED_UP.value, func.length(AuditEntry.about) > 0
    )
    last = session.scalar(had_mark.order_by(AuditEntry.number.desc()).limit(1))
    if last is None:
        return date.min
    return date.max if last == NO_DAY else min(last, date.max - STAYS_OPEN) + STAYS_OPEN


def _written_today(session: Session, last: ChainHead, entry: dict[str, Any]) -> int:
    """How many entries of its kind, account and day stand up to the last one; at most `MOST_A_DAY`."""
    same = (AuditEntry.day, AuditEntry.action, AuditEntry.account_id)
    alike = select(AuditEntry.number).where(
        AuditEntry.number <= last.number, *(column == entry[column.key] for column in same)
    )
    return session.scalar(select(func.count()).select_from(alike.limit(MOST_A_DAY).subquery())) or 0


def _is_damaged(account: int, action: str, day: date, about: object) -> bool:
    is_mark = isinstance(about, bytes) and len(about) in (0, MARK_BYTES)
    return account == NO_NUMBER or not is_text(action) or day == NO_DAY or not is_mark


def _next(key: str, last: ChainHead, row: RowMapping) -> ChainHead:
    """The head after a row of the table.

    Raises:
        ValueError: the row does not follow on the last one as it was written.
    """
    # Its number is hashed with it, so a gap shows too.
    if row["mac"] != _mac(key, last, dict(row)):
        raise ValueError
    return ChainHead(row["number"], row["mac"])


def _mac(key: str, last: ChainHead, entry: dict[str, Any]) -> bytes:
    """The keyed hash of an entry. What is hashed can be read in one way only, so no field can run into the next."""
    fields = [entry["number"], entry["account_id"], entry["action"], str(entry["day"]), entry["about"].hex()]
    return hmac.digest(key.encode(), last.mac + json.dumps(fields).encode(), "sha256")
