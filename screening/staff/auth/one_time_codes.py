"""Single-use TOTP and recovery codes, each consumed by one atomic UPDATE."""

from __future__ import annotations

import hashlib
import hmac
import io
import re
from contextlib import suppress

from cryptography.fernet import InvalidToken
from flask import url_for
from flask_security import MfRecoveryCodesUtil, Totp
from flask_security.core import UserMixin
from passlib.exc import UsedTokenError
from passlib.totp import TOTP, AppWallet, TotpMatch

from screening.storage import accounts
from screening.storage.accounts import User
from screening.storage.database import db, release_connection
from screening.storage.patient_codes import code_characters

RECOVERY_CODE = re.compile("[0-9A-F]{12}")
"""A recovery code as Flask-Security creates it, after `code_characters`."""


def totp_secrets(keys: tuple[str, ...]) -> dict[str, str]:
    """Map the keys that encrypt TOTP secrets, newest first, by key ID: the start of their SHA-256."""
    return {hashlib.sha256(key.encode()).hexdigest()[:8]: key for key in keys}


class SingleUseTotp(Totp):
    """TOTP whose codes are accepted once each."""

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        # By default, passlib encrypts with the key whose ID sorts last; we want the newest.
        self._totp = TOTP.using(issuer=issuer, wallet=AppWallet(secrets, default_tag=next(iter(secrets))))

    def set_last_counter(self, user: UserMixin, tmatch: TotpMatch) -> None:
        """Consume a code's counter, unless it or a later one was used before.

        Raises:
            UsedTokenError: it was.
        """
        assert isinstance(user, User)
        account = user.id
        release_connection()
        with db.sessionmaker() as session:
            if not accounts.use_counter(session, account, tmatch.counter):
                raise UsedTokenError

    def generate_qrcode(self, username: str, totp: str) -> str:
        """Return the QR code's URL: an inline image would need a looser CSP."""
        return url_for("staff.picture")

    def picture(self, user: User, secret: str) -> bytes:
        """Return the QR code for authenticator apps, as SVG."""
        # Imported late to save memory: few processes ever draw one.
        import qrcode
        from qrcode.image.svg import SvgPathFillImage

        svg = io.BytesIO()
        uri = self.get_totp_uri(user.email, secret)
        qrcode.make(uri, image_factory=SvgPathFillImage).save(svg)
        return svg.getvalue()


class SingleUseRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, encrypted at rest. Checking a code consumes it."""

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Consume a code, in any spelling; return whether it was one of the account's."""
        assert isinstance(user, User)
        codes = list(user.mf_recovery_codes or ())
        typed = code_characters(code)
        left = [encrypted for encrypted in codes if not self._matches(encrypted, typed)]
        if len(left) == len(codes):
            return False
        account = user.id
        release_connection()
        with db.sessionmaker() as session:
            return accounts.use_recovery_code(session, account, codes, left)

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        """Do nothing: `check_recovery_code` has consumed the code."""
        return True

    def _matches(self, encrypted: str, typed: str) -> bool:
        assert self.cryptor is not None
        # Constant-time, so that the response time does not reveal how much matched.
        with suppress(InvalidToken):
            code = self.cryptor.decrypt(encrypted).decode()
            return hmac.compare_digest(code_characters(code).encode(), typed.encode())
        return False
