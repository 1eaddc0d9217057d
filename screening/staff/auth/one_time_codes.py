"""Codes that open once: those of an authenticator, and recovery codes. Both are taken by a single UPDATE."""

from __future__ import annotations

import hashlib
import hmac
import io
import re

import qrcode
from flask import url_for
from flask_security import MfRecoveryCodesUtil, Totp
from flask_security.core import UserMixin
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch
from qrcode.image.svg import SvgPathFillImage

from screening.storage import accounts
from screening.storage.accounts import User
from screening.storage.database import db, release_connection
from screening.storage.patient_codes import code_characters

RECOVERY_CODE = re.compile("[0-9A-F]{12}")
"""The characters of a recovery code as Flask-Security makes them, read by `characters`."""


def totp_secrets(keys: tuple[str, ...]) -> dict[str, str]:
    """The keys that encrypt authenticators' secrets, newest first. Each is named by its own hash, in any order."""
    return {hashlib.sha256(key.encode()).hexdigest()[:8]: key for key in keys}


class CodesOnce(Totp):
    """Authenticator codes, each of which is accepted once."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        # Left to itself it would encrypt with the key whose name sorts last.
        self._totp = TOTP.using(issuer=issuer, wallet=AppWallet(secrets, default_tag=next(iter(secrets))))

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Take a code's counter, if nobody took it or a later one before.

        Raises:
            UsedTokenError: somebody did.
        """
        assert isinstance(user, User)
        account = user.id
        release_connection()
        with db.sessionmaker() as session:
            if not accounts.use_counter(session, account, tmatch.counter):
                raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """The address of the picture: as part of the page it would need a looser policy."""
        return url_for("staff.picture")

    def picture(self, user: User, secret: str) -> bytes:
        """The picture that an authenticator reads, as SVG."""
        drawn = io.BytesIO()
        address = self.get_totp_uri(user.email, secret)
        qrcode.make(address, image_factory=SvgPathFillImage).save(drawn)
        return drawn.getvalue()


class RecoveryCodesOnce(MfRecoveryCodesUtil):
    """Recovery codes, encrypted where they lie. Checking one uses it."""

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Whether this was one of the account's codes, however it is written; from now on it is not."""
        assert isinstance(user, User)
        codes = list(user.mf_recovery_codes or ())
        typed = code_characters(code)
        left = [kept for kept in codes if not self._opens(kept, typed)]
        if len(left) == len(codes):
            return False
        account = user.id
        release_connection()
        with db.sessionmaker() as session:
            return accounts.use_recovery_code(session, account, codes, left)

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Nothing is left to do."""
        return True

    def _opens(self, kept: str, typed: str) -> bool:
        return any(
            hmac.compare_digest(code_characters(one).encode(), typed.encode()) for one in self._decrypt_codes([kept])
        )
