"""Encrypt again, with the newest key, all that staff keys have encrypted: second steps, recovery codes and sessions."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from passlib.totp import TOTP, AppWallet
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from screening.staff.auth.one_time_codes import totp_secrets
from screening.storage.accounts import StaffSession, User
from screening.storage.secure_delete import commit_deletion


class Resealing(NamedTuple):
    """Numbers of accounts that were encrypted again, and of accounts that no key opens."""

    accounts: int
    unreadable: int


def reseal_accounts(session: Session, keys: tuple[str, ...]) -> Resealing:
    """Encrypt what each account holds with the first key. Commits.

    Sessions that no key opens are left alone: they have ended. The replaced values leave the database file too.
    """
    box = MultiFernet([Fernet(key) for key in keys])
    totp = TOTP.using(wallet=AppWallet(secrets := totp_secrets(keys), default_tag=next(iter(secrets))))
    accounts = unreadable = 0
    # Columns, because a damaged account must not be written back.
    sealed = select(User.id, User.tf_totp_secret, User.mf_recovery_codes).where(User.tf_totp_secret.is_not(None))
    for number, secret, codes in session.execute(sealed).all():
        try:
            values = {
                "tf_totp_secret": totp.from_source(secret).to_json(encrypt=True),
                "mf_recovery_codes": [box.rotate(code).decode() for code in codes or ()],
            }
        except (InvalidToken, ValueError, TypeError, KeyError):
            unreadable += 1
            continue
        # A sign-in that uses a recovery code meanwhile must not get it back.
        is_same = User.id == number, User.tf_totp_secret == secret, User.mf_recovery_codes == codes
        session.execute(update(User).where(*is_same).values(values))
        accounts += 1
    for id_, data in session.execute(select(StaffSession.id, StaffSession.sealed)).all():
        try:
            session.execute(update(StaffSession).where(StaffSession.id == id_).values(sealed=box.rotate(data)))
        except InvalidToken:
            continue
    commit_deletion(session)
    return Resealing(accounts, unreadable)
