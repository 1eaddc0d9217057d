"""Staff accounts and sessions. They store no network address and no number of visits.

The only time of day is `totp_counter`, the half-minute of the last sign-in. It prevents TOTP replay.
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

from screening.storage.column_types import NO_DAY, BytesColumn, TextColumn, is_undamaged_text
from screening.storage.database import write_alone
from screening.storage.secure_delete import commit_deletion
from screening.storage.tables import Base

VIEWER, DESK, REVIEWER, MANAGER = ROLES = ("viewer", "desk", "reviewer", "manager")
# Long enough for a weekend. A link that is found later no longer works.
LINK_LASTS = timedelta(days=3)
# 128 random bits: impossible to guess, and short enough for one line of a chat.
LINK_BYTES = 16


class LastManager(Exception):
    """The change would leave the site without a manager."""


@dataclass(frozen=True)
class Role:
    """A role in the form that Flask-Security expects. It needs no table: an account has one of four."""

    name: str

    def get_permissions(self) -> frozenset[str]:
        """Return no permissions: each page states which roles may open it."""
        return frozenset()


class RecoveryCodesColumn(AsaList):
    """Encrypted recovery codes, stored as Flask-Security's comma-separated list. A damaged value has no codes."""

    cache_ok = True

    def process_result_value(self, value: object, _dialect: Dialect) -> list[str]:
        """Split the stored text. Anything other than text has no codes."""
        return value.split(",") if isinstance(value, str) and value else []


class User(UserMixin, Base):
    """A staff account. Flask-Security requires the class name `User`.

    `email`: the sign-in name in lowercase. `password`: an Argon2id hash; empty until an invited account chooses one.
    `fs_uniquifier`: how sessions refer to the account; a new one ends them all. `purpose`: why the account has its
    role; empty for a viewer. `tf_totp_secret` and `mf_recovery_codes` are encrypted. `totp_counter`: the half-minute of
    the last TOTP code used. `since`: the day (UTC) the account was made. `link`: SHA-256 of a one-time link's token.
    `link_until`: the last day (UTC) on which the link works.
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
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(
        MutableList.as_mutable(RecoveryCodesColumn()), default=None
    )
    since: Mapped[date]
    link: Mapped[bytes | None] = mapped_column(BytesColumn(32))
    link_until: Mapped[date | None]

    @property
    def is_set_up(self) -> bool:
        """Whether the owner has chosen a password and set up a second step."""
        return bool(self.password and self.tf_totp_secret and not self.must_change_password)

    @property
    def is_damaged(self) -> bool:
        """Whether the row holds a value that this site never writes."""
        texts = (self.email, self.password, self.fs_uniquifier, self.role, self.purpose, self.tf_totp_secret or "")
        return (
            not all(map(is_undamaged_text, texts)) or self.role not in ROLES or NO_DAY in (self.since, self.link_until)
        )

    @property
    def roles(self) -> list[Role]:  # type: ignore[override]
        """The account's only role, in the list that Flask-Security expects."""
        return [Role(self.role)]


class StaffSession(Base):
    """A staff session. `id` is the SHA-256 of the cookie's session ID, so a leaked row cannot be used to sign in.

    `sealed`: the encrypted session data, with its first and last minute. `last_day`: the day (UTC) of its last page.
    """

    __tablename__ = "staff_session"

    id: Mapped[bytes] = mapped_column(BytesColumn(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    last_day: Mapped[date]
    sealed: Mapped[bytes]


def add_account(session: Session, email: str, password: str, role: str, purpose: str, today: date) -> User:
    """Make an account with the hash of a one-time password. Commits.

    Raises:
        IntegrityError: the name is taken.
    """
    account = User(
        email=email, password=password, role=role, purpose=purpose, since=today, fs_uniquifier=uuid.uuid4().hex
    )
    session.add(account)
    session.commit()
    return account


def add_invited_account(session: Session, email: str, today: date) -> str:
    """Make a viewer's account and return the token of its one-time link. Commits.

    Raises:
        IntegrityError: the name is taken.
    """
    account = User(email=email, password="", role=VIEWER, since=today, fs_uniquifier=uuid.uuid4().hex)
    session.add(account)
    return _give_link(session, account, today)


def reset_account(session: Session, account: User, today: date) -> str:
    """Clear the password, second step and sessions, and return the token of a new link. Commits."""
    _clear_credentials(session, account, "")
    return _give_link(session, account, today)


def account_of_link(session: Session, token: str, today: date) -> User | None:
    """Return the active account whose link has this token and still works today."""
    digest = hashlib.sha256(token.encode()).digest()
    query = select(User).where(User.link == digest, User.link_until >= today, User.active)
    return session.scalars(query).one_or_none()


def all_accounts(session: Session) -> list[User]:
    """Return all accounts, sorted by name."""
    return list(session.scalars(select(User).order_by(User.email)))


def account_sessions(session: Session) -> dict[int, list[StaffSession]]:
    """Return sessions by account id, the latest day first."""
    by_account: dict[int, list[StaffSession]] = {}
    # A session with a damaged id opens nothing.
    query = select(StaffSession).where(func.length(StaffSession.id) == hashlib.sha256().digest_size)
    for row in session.scalars(query.order_by(StaffSession.last_day.desc(), StaffSession.id)):
        by_account.setdefault(row.account_id, []).append(row)
    return by_account


def is_last_manager(session: Session, account: User) -> bool:
    """Whether the account is the only active manager who is able to sign in."""
    managers = session.scalars(select(User).where(User.role == MANAGER, User.active)).all()
    other_managers = [manager for manager in managers if manager.id != account.id and manager.is_set_up]
    return account in managers and not other_managers


def change_role(session: Session, account: User, role: str, purpose: str) -> None:
    """Change an account's role and the purpose of that role. Commits.

    Raises:
        LastManager: no manager would remain.
    """
    if role != MANAGER:
        _refuse_last_manager(session, account)
    account.role, account.purpose = role, purpose
    session.commit()


def close_account(session: Session, account: User) -> None:
    """Disable an account, end its sessions and revoke its link. Commits.

    Raises:
        LastManager: no manager would remain.
    """
    _refuse_last_manager(session, account)
    _close(session, account)


def enable_account(session: Session, account: User) -> None:
    """Let a disabled account sign in again with its previous credentials. Commits."""
    account.active = True
    session.commit()


def end_account_sessions(session: Session, account: User, ids: Collection[bytes]) -> None:
    """End those of an account's sessions that have these ids. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id, StaffSession.id.in_(ids)))
    commit_deletion(session)


def end_all_sessions(session: Session) -> None:
    """End every session and link, since a restored database may revive ended ones. Commits."""
    session.execute(delete(StaffSession))
    session.execute(update(User).values(link=None, link_until=None))
    commit_deletion(session)


def renew_account(session: Session, email: str, password: str) -> bool:
    """Reset an account to a one-time password, without second step, sessions or link. Commits.

    Returns False if no account has this name.
    """
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    _clear_credentials(session, account, password)
    account.link = account.link_until = None
    session.commit()
    return True


def disable_account(session: Session, email: str) -> bool:
    """Disable an account and end its sessions. Commits. Returns False if no account has this name."""
    account = session.scalars(select(User).where(User.email == email)).one_or_none()
    if account is None:
        return False
    _close(session, account)
    return True


def has_any_account(session: Session) -> bool:
    return bool(session.scalar(select(exists(select(User.id)))))


def use_counter(session: Session, account_id: int, counter: int) -> bool:
    """Consume a TOTP counter by one atomic UPDATE; return False if it or a later one was used before. Commits."""
    change = update(User).where(User.id == account_id, User.totp_counter < counter).values(totp_counter=counter)
    return _updates_one_row(session, change)


def use_recovery_code(session: Session, account_id: int, codes: list[str], remaining: list[str]) -> bool:
    """Replace an account's encrypted codes by the remaining ones; return False if they changed meanwhile. Commits."""
    is_same = User.mf_recovery_codes == codes
    change = update(User).where(User.id == account_id, is_same).values(mf_recovery_codes=remaining)
    return _updates_one_row(session, change)


def session_data(session: Session, id_: bytes) -> bytes | None:
    """Return a session's encrypted data, or None if there is no such session."""
    return session.scalar(select(StaffSession.sealed).where(StaffSession.id == id_))


def role_of_session(session: Session, id_: bytes) -> str | None:
    """Return the role of a session's account; None if the session has ended or the account is disabled."""
    query = select(User.role).join(StaffSession, StaffSession.account_id == User.id)
    return session.scalar(query.where(StaffSession.id == id_, User.active))


def begin_session(session: Session, id_: bytes, uniquifier: str, sealed: bytes, today: date) -> None:
    """Store a new session of the account with this `fs_uniquifier`. Commits."""
    account = select(User.id).where(User.fs_uniquifier == uniquifier)
    session.add(StaffSession(id=id_, account_id=session.scalars(account).one(), sealed=sealed, last_day=today))
    session.commit()


def renew_session(session: Session, id_: bytes, sealed: bytes, today: date) -> bool:
    """Update a session's data; return False if the session was ended meanwhile. Commits."""
    change = update(StaffSession).where(StaffSession.id == id_).values(sealed=sealed, last_day=today)
    return _updates_one_row(session, change)


def end_session(session: Session, id_: bytes) -> None:
    """Delete a session, from the database file too. Commits."""
    session.execute(delete(StaffSession).where(StaffSession.id == id_))
    commit_deletion(session)


def remove_sessions(session: Session, first: date, last: date) -> None:
    """Delete sessions whose last page was outside these days, or whose day is damaged. Commits."""
    is_damaged = func.date(StaffSession.last_day).is_distinct_from(StaffSession.last_day)
    session.execute(delete(StaffSession).where(or_(~StaffSession.last_day.between(first, last), is_damaged)))
    commit_deletion(session)


def _give_link(session: Session, account: User, today: date) -> str:
    token = secrets.token_urlsafe(LINK_BYTES)
    account.link, account.link_until = hashlib.sha256(token.encode()).digest(), today + LINK_LASTS
    session.commit()
    return token


def _refuse_last_manager(session: Session, account: User) -> None:
    """Lock the accounts until the session commits, and raise if this is the last manager."""
    # The lock serializes two managers who demote each other at the same moment.
    write_alone(session, User.__tablename__)
    if is_last_manager(session, account):
        session.rollback()
        raise LastManager


def _close(session: Session, account: User) -> None:
    account.active, account.link, account.link_until = False, None, None
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))
    commit_deletion(session)


def _clear_credentials(session: Session, account: User, password: str) -> None:
    account.password, account.must_change_password, account.active = password, True, True
    account.fs_uniquifier = uuid.uuid4().hex
    account.tf_primary_method = account.tf_totp_secret = account.mf_recovery_codes = None
    session.execute(delete(StaffSession).where(StaffSession.account_id == account.id))


def _updates_one_row(session: Session, change: Update) -> bool:
    rows: int = session.execute(change).rowcount  # type: ignore[attr-defined]
    session.commit()
    return rows == 1
