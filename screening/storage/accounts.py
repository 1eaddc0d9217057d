"""Staff accounts and the sessions of those who are signed in. No address and no count of visits.

The one time of day is `totp_counter`, the half-minute of the last sign-in: without it a code would open twice.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from flask_security import AsaList, UserMixin
from sqlalchemy import ForeignKey, LargeBinary, String, Text, Update, delete, exists, select, update
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, Session, mapped_column

from screening.storage.tables import Base

VIEWER, REVIEWER, MANAGER = ROLES = ("viewer", "reviewer", "manager")


@dataclass(frozen=True)
class Role:
    """A role as Flask-Security wants to see it. It has no table: an account has one of three."""

    name: str

    def get_permissions(self) -> frozenset[str]:
        """None: what a role opens stands at each page."""
        return frozenset()


class Codes(AsaList):
    """Encrypted recovery codes, as Flask-Security keeps a list."""

    cache_ok = True


class User(UserMixin, Base):
    """Someone who works here. The class has the name that Flask-Security looks for.

    `email`: the sign-in name, in small letters. `password`: its Argon2id hash. `fs_uniquifier`: what a session knows
    the account by; a new one ends them all. `purpose`: why the account may open more than published figures.
    `tf_totp_secret` and `mf_recovery_codes` are encrypted. `totp_counter`: the half-minute of the last code that was
    used. `since`: the day (UTC) the account was made.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    purpose: Mapped[str] = mapped_column(Text, default="")
    tf_primary_method: Mapped[str | None] = mapped_column(String(16))
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_counter: Mapped[int] = mapped_column(default=0)
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(Codes()), default=None)
    since: Mapped[date]

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """The account's one role."""
        return [Role(self.role)]


class StaffSession(Base):
    """Someone signed in. `id`: SHA-256 of the id in the cookie, so that who reads the row cannot sign in with it.

    `sealed`: what the session holds, with its first and last minute. `last_day`: the day (UTC) of its last page.
    """

    __tablename__ = "staff_session"

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    last_day: Mapped[date]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


def add(session: Session, email: str, password: str, role: str, purpose: str, today: date) -> User:
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


def renew(session: Session, email: str, password: str) -> bool:
    """Give an account back to its owner: a new one-time password, nothing set up, no session. Commits.

    False if there is no account of this name.
    """
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    account.password, account.must_change_password, account.active = password, True, True
    account.fs_uniquifier = uuid.uuid4().hex
    account.tf_primary_method = account.tf_totp_secret = account.mf_recovery_codes = None
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))
    session.commit()
    return True


def disable(session: Session, email: str) -> bool:
    """Close an account and end its sessions. Commits. False if there is none of this name."""
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    account.active = False
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))
    session.commit()
    return True


def has_any(session: Session) -> bool:
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
    """End a session at once. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.id == id_))
    session.commit()


def remove_sessions(session: Session, before: date) -> None:
    """Remove the rows of sessions whose last page was before a day. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.last_day < before))
    session.commit()


def _changes_one(session: Session, change: Update) -> bool:
    changed: int = session.execute(change).rowcount  # type: ignore[attr-defined]
    session.commit()
    return changed == 1
