"""Staff accounts and the sessions of those who are signed in. No address and no count of visits.

The one time of day is `totp_counter`, the half-minute of the last sign-in: without it a code would open twice.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from flask_security import AsaList, UserMixin
from sqlalchemy import Dialect, ForeignKey, Update, delete, exists, func, or_, select, update
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, Session, mapped_column

from screening.storage.column_types import NO_DAY, BytesColumn, TextColumn, is_text
from screening.storage.database import write_alone
from screening.storage.secure_delete import commit_deletion
from screening.storage.tables import Base

VIEWER, REVIEWER, MANAGER = ROLES = ("viewer", "reviewer", "manager")
# Over a weekend, and no longer: who finds the link later finds nothing.
LINK_LASTS = timedelta(days=3)
# 128 random bits: nobody guesses it, and it fits into one line of a chat.
LINK_BYTES = 16


class LastManager(Exception):
    """Nobody else could do what a manager does."""


@dataclass(frozen=True)
class Role:
    """A role as Flask-Security wants to see it. It has no table: an account has one of three."""

    name: str

    def get_permissions(self) -> frozenset[str]:
        """None: what a role opens stands at each page."""
        return frozenset()


class Codes(AsaList):
    """Encrypted recovery codes, as Flask-Security keeps a list. Damaged ones open nothing."""

    cache_ok = True

    def process_result_value(self, value: object, _dialect: Dialect) -> list[str]:
        """Read a list; what is not text holds no code."""
        return value.split(",") if isinstance(value, str) and value else []


class User(UserMixin, Base):
    """Someone who works here. The class has the name that Flask-Security looks for.

    `email`: the sign-in name, in small letters. `password`: its Argon2id hash. `fs_uniquifier`: what a session knows
    the account by; a new one ends them all. `purpose`: why the account may open more than published figures.
    `tf_totp_secret` and `mf_recovery_codes` are encrypted. `totp_counter`: the half-minute of the last code that was
    used. `since`: the day (UTC) the account was made. `link`: SHA-256 of what a one-time link holds, and `link_until`
    the last day (UTC) on which it opens; an account that was made by one has no password before it chose its own.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(TextColumn(254), unique=True)
    password: Mapped[str] = mapped_column(TextColumn(255))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(TextColumn(64), unique=True)
    role: Mapped[str] = mapped_column(TextColumn(16))
    purpose: Mapped[str] = mapped_column(default="")
    tf_primary_method: Mapped[str | None] = mapped_column(TextColumn(16))
    tf_totp_secret: Mapped[str | None]
    totp_counter: Mapped[int] = mapped_column(default=0)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Codes()), default=None)
    since: Mapped[date]
    link: Mapped[bytes | None] = mapped_column(BytesColumn(32))
    link_until: Mapped[date | None]

    @property
    def is_set_up(self) -> bool:
        """Whether its owner can sign in with a password and a second step of their own."""
        return bool(self.password and self.tf_totp_secret and not self.must_change_password)

    @property
    def is_damaged(self) -> bool:
        """Whether something other than this site changed the row so that it cannot be read whole."""
        texts = (self.email, self.password, self.fs_uniquifier, self.role, self.purpose, self.tf_totp_secret or "")
        return not all(map(is_text, texts)) or self.role not in ROLES or NO_DAY in (self.since, self.link_until)

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """The account's one role."""
        return [Role(self.role)]


class StaffSession(Base):
    """Someone signed in. `id`: SHA-256 of the id in the cookie, so that who reads the row cannot sign in with it.

    `sealed`: what the session holds, with its first and last minute. `last_day`: the day (UTC) of its last page.
    """

    __tablename__ = "staff_session"

    id: Mapped[bytes] = mapped_column(BytesColumn(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    last_day: Mapped[date]
    sealed: Mapped[bytes]


def add_account(session: Session, email: str, password: str, role: str, purpose: str, today: date) -> User:
    """Make an account with the hash of a one-time password. Commits.

    Raises:
        IntegrityError: there is an account of this name.
    """
    account = User(
        email=email, password=password, role=role, purpose=purpose, since=today, fs_uniquifier=uuid.uuid4().hex
    )
    session.add(account)
    session.commit()
    return account


def add_invited_account(session: Session, email: str, today: date) -> str:
    """Make a viewer's account that a link opens, and return what the link holds. Commits.

    Raises:
        IntegrityError: there is an account of this name.
    """
    account = User(email=email, password="", role=VIEWER, since=today, fs_uniquifier=uuid.uuid4().hex)
    session.add(account)
    return _give_link(session, account, today)


def reset_account(session: Session, account: User, today: date) -> str:
    """Take password, second step and sessions away, and return what a new link holds. Commits."""
    _begin_anew(session, account, "")
    return _give_link(session, account, today)


def account_of_link(session: Session, held: str, today: date) -> User | None:
    """The account that a link opens today."""
    digest = hashlib.sha256(held.encode()).digest()
    wanted = select(User).where(User.link == digest, User.link_until >= today, User.active)
    return session.scalars(wanted).one_or_none()


def all_accounts(session: Session) -> list[User]:
    """All accounts by name."""
    return list(session.scalars(select(User).order_by(User.email)))


def account_sessions(session: Session) -> dict[int, list[StaffSession]]:
    """The sessions of each account that has some, the latest day first."""
    found: dict[int, list[StaffSession]] = {}
    # One whose id is damaged opens nothing.
    wanted = select(StaffSession).where(func.length(StaffSession.id) == hashlib.sha256().digest_size)
    for one in session.scalars(wanted.order_by(StaffSession.last_day.desc(), StaffSession.id)):
        found.setdefault(one.account_id, []).append(one)
    return found


def is_last_manager(session: Session, account: User) -> bool:
    """Whether nobody else could do what a manager does: is one, may sign in and has everything set up."""
    managers = session.scalars(select(User).where(User.role == MANAGER, User.active)).all()
    others = [one for one in managers if one.id != account.id and one.is_set_up]
    return account in managers and not others


def change_role(session: Session, account: User, role: str, purpose: str) -> None:
    """Give an account another role, and the purpose that it needs it for. Commits.

    Raises:
        LastManager: there would be no manager left.
    """
    if role != MANAGER:
        _leave_a_manager(session, account)
    account.role, account.purpose = role, purpose
    session.commit()


def close_account(session: Session, account: User) -> None:
    """Close an account, end its sessions and make its link open nothing. Commits.

    Raises:
        LastManager: there would be no manager left.
    """
    _leave_a_manager(session, account)
    _close(session, account)


def enable_account(session: Session, account: User) -> None:
    """Let an account sign in again as it did before. Commits."""
    account.active = True
    session.commit()


def end_account_sessions(session: Session, account: User, ids: Collection[bytes]) -> None:
    """End those of an account's sessions that are named. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id, StaffSession.id.in_(ids)))
    commit_deletion(session)


def end_all_sessions(session: Session) -> None:
    """End every session and link: those of a restored database may have been ended since. Commits."""
    session.execute(delete(StaffSession))
    session.execute(update(User).values(link=None, link_until=None))
    commit_deletion(session)


def renew_account(session: Session, email: str, password: str) -> bool:
    """Give an account back to its owner: a new one-time password, nothing set up, no session. Commits.

    False if there is no account of this name.
    """
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    _begin_anew(session, account, password)
    account.link = account.link_until = None
    session.commit()
    return True


def disable_account(session: Session, email: str) -> bool:
    """Close an account and end its sessions. Commits. False if there is none of this name."""
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    _close(session, account)
    return True


def has_any_account(session: Session) -> bool:
    """Whether there is an account."""
    return bool(session.scalar(select(exists(select(User.id)))))


def use_counter(session: Session, account_id: int, counter: int) -> bool:
    """Take a code's counter as used; False if it, or a later one, was used before. Commits."""
    taken = update(User).where(User.id == account_id, User.totp_counter < counter).values(totp_counter=counter)
    return _changes_one(session, taken)


def use_recovery_code(session: Session, account_id: int, codes: list[str], left: list[str]) -> bool:
    """Replace an account's encrypted codes by those that are left; False if they changed meanwhile. Commits."""
    is_same = User.mf_recovery_codes == codes
    return _changes_one(session, update(User).where(User.id == account_id, is_same).values(mf_recovery_codes=left))


def session_data(session: Session, id_: bytes) -> bytes | None:
    """What the row of a session holds, sealed; None if there is none."""
    return session.scalar(select(StaffSession.sealed).where(StaffSession.id == id_))


def role_of_session(session: Session, id_: bytes) -> str | None:
    """The role of whoever has a session; None if it, or the account, was closed."""
    found = select(User.role).join(StaffSession, StaffSession.account_id == User.id)
    return session.scalar(found.where(StaffSession.id == id_, User.active))


def begin_session(session: Session, id_: bytes, uniquifier: str, sealed: bytes, today: date) -> None:
    """Keep a new session of the account that has this `fs_uniquifier`. Commits."""
    account = select(User.id).where(User.fs_uniquifier == uniquifier)
    session.add(StaffSession(id=id_, account_id=session.scalars(account).one(), sealed=sealed, last_day=today))
    session.commit()


def renew_session(session: Session, id_: bytes, sealed: bytes, today: date) -> bool:
    """Keep what a session now holds; False if it was ended meanwhile. Commits."""
    return _changes_one(
        session, update(StaffSession).where(StaffSession.id == id_).values(sealed=sealed, last_day=today)
    )


def end_session(session: Session, id_: bytes) -> None:
    """End a session at once, in the file too. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.id == id_))
    commit_deletion(session)


def remove_sessions(session: Session, first: date, last: date) -> None:
    """Remove the rows of sessions whose last page was not from the first of these days to the last. Commits."""
    is_damaged = func.date(StaffSession.last_day).is_distinct_from(StaffSession.last_day)
    session.execute(delete(StaffSession).where(or_(~StaffSession.last_day.between(first, last), is_damaged)))
    commit_deletion(session)


def _give_link(session: Session, account: User, today: date) -> str:
    held = secrets.token_urlsafe(LINK_BYTES)
    account.link, account.link_until = hashlib.sha256(held.encode()).digest(), today + LINK_LASTS
    session.commit()
    return held


def _leave_a_manager(session: Session, account: User) -> None:
    """Let nobody else change accounts until the session commits, and look if another manager stays."""
    # Two managers who lower each other in the same instant take turns here.
    write_alone(session, User.__tablename__)
    if is_last_manager(session, account):
        session.rollback()
        raise LastManager


def _close(session: Session, account: User) -> None:
    account.active, account.link, account.link_until = False, None, None
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))
    commit_deletion(session)


def _begin_anew(session: Session, account: User, password: str) -> None:
    account.password, account.must_change_password, account.active = password, True, True
    account.fs_uniquifier = uuid.uuid4().hex
    account.tf_primary_method = account.tf_totp_secret = account.mf_recovery_codes = None
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))


def _changes_one(session: Session, change: Update) -> bool:
    changed: int = session.execute(change).rowcount  # type: ignore[attr-defined]
    session.commit()
    return changed == 1
