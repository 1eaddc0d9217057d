"""Re-encrypt staff secrets and sessions with the newest key: TOTP secrets, recovery codes and session data."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from passlib.totp import TOTP, AppWallet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from screening.staff.auth.one_time_codes import totp_secrets
from screening.storage.accounts import StaffSession, User
from screening.storage.secure_delete import commit_deletion

# Columns, because a damaged account must not be written back.
SEALED = select(User.id, User.tf_totp_secret, User.mf_recovery_codes).where(User.tf_totp_secret.is_not(None))
# Exceptions raised when no key decrypts a value, or when it is damaged.
UNREADABLE = (InvalidToken, ValueError, TypeError, KeyError)


class Resealing(NamedTuple):
    """Numbers of accounts that were re-encrypted, and of accounts that no key decrypts."""

    accounts: int
    unreadable: int


def reseal_accounts(session: Session, keys: tuple[str, ...]) -> Resealing:
    """Re-encrypt each account's secrets, and all sessions, with the first key. Commits.

    Sessions that no key decrypts are left alone: they have ended. The replaced values leave the database file too.
    """
    cipher, parse_totp = _decryptors(keys)
    accounts = unreadable = 0
    for number, secret, codes in session.execute(SEALED).all():
        try:
            values = {
                "tf_totp_secret": parse_totp(secret).to_json(encrypt=True),
                "mf_recovery_codes": [cipher.rotate(code).decode() for code in codes or ()],
            }
        except UNREADABLE:
            unreadable += 1
            continue
        # A sign-in that uses a recovery code meanwhile must not get it back.
        is_same = User.id == number, User.tf_totp_secret == secret, User.mf_recovery_codes == codes
        session.execute(update(User).where(*is_same).values(values))
        accounts += 1
    for id_, data in session.execute(select(StaffSession.id, StaffSession.sealed)).all():
        try:
            session.execute(update(StaffSession).where(StaffSession.id == id_).values(sealed=cipher.rotate(data)))
        except InvalidToken:
            continue
    commit_deletion(session)
    return Resealing(accounts, unreadable)


def count_unreadable(session: Session, keys: tuple[str, ...]) -> int:
    """Count the accounts whose TOTP secret or recovery codes no key decrypts."""
    cipher, parse_totp = _decryptors(keys)
    unreadable = 0
    for _, secret, codes in session.execute(SEALED):
        try:
            parse_totp(secret)
            for code in codes or ():
                cipher.decrypt(code)
        except UNREADABLE:
            unreadable += 1
    return unreadable


def _decryptors(keys: tuple[str, ...]) -> tuple[MultiFernet, Callable[[str | None], TOTP]]:
    """Return a cipher, and a parser of TOTP secrets. Both decrypt with any of the keys and encrypt with the first."""
    secrets = totp_secrets(keys)
    totp = TOTP.using(wallet=AppWallet(secrets, default_tag=next(iter(secrets))))
    return MultiFernet([Fernet(key) for key in keys]), totp.from_source
