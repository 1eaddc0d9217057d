"""Sign-in forms: Flask-Security's, with rate limits, and without the features we do not offer."""

from __future__ import annotations

from typing import Any

from flask import current_app, session
from flask_security import verify_password
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm
from flask_security.recovery_codes import MfRecoveryCodesForm, MfRecoveryForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from screening.site import site
from screening.staff.audit.log_access import log_page_access, log_sign_in_step
from screening.staff.auth.access import MUST_CHANGE, account
from screening.staff.auth.library import security
from screening.staff.auth.one_time_codes import RECOVERY_CODE
from screening.staff.auth.passwords import is_refused_now
from screening.staff.auth.sign_in_names import canonical_name
from screening.storage.accounts import User
from screening.storage.audit import Action
from screening.storage.patient_codes import code_characters

NO_CODE = (
    "This is not a recovery code. A recovery code has 12 digits and letters from A to F. Check it, and type it again."
)
# Characters. No password here is longer, and hashing a longer one would fail.
LONGEST_PASSWORD = 1000


def cut_password(typed: str | None) -> str:
    """Truncate typed text to just beyond any valid password."""
    return (typed or "")[:LONGEST_PASSWORD]


def is_own_password(typed: str | None) -> bool:
    """Check the signed-in account's password. Attempts are rate-limited: a desk may be left unattended."""
    name = f"password {account().fs_uniquifier}"
    site().attempts.begin(name)
    normalized = security().password_util.normalize(cut_password(typed))
    is_right = site().attempts.end(name, bool(normalized) and verify_password(normalized, account().password))
    if normalized and not is_right:
        log_page_access(Action.PASSWORD_FAILED)
    return is_right


class SignInForm(LoginForm):
    """Sign-in name and password, without “remember me”."""

    # A plain field: the library's own requires a deliverable e-mail domain.
    email = StringField(filters=[canonical_name], validators=[InputRequired()])  # type: ignore[assignment]
    password = PasswordField(filters=[cut_password], validators=[InputRequired()])
    remember = None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt and compare. Mark the session if the password would be refused today."""
        name = self.email.data or ""
        site().attempts.begin(name)
        is_right = site().attempts.end(name, super().validate(**kwargs))
        if is_right and isinstance(self.user, User):
            session.pop(MUST_CHANGE, None)
            # A one-time password must be changed anyway.
            if not self.user.must_change_password and is_refused_now(self.password.data or "", self.user):
                session[MUST_CHANGE] = True
        # If a field is empty, nothing was compared.
        if not is_right and self.ifield is not None:
            assert self.user is None or isinstance(self.user, User)
            log_sign_in_step(Action.PASSWORD_FAILED, self.user)
        return is_right


class CodeForm(TwoFactorVerifyCodeForm):
    """TOTP code: the second step of sign-in, and the last step of set-up."""

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt and compare. An account that has an authenticator cannot set up another one here."""
        assert isinstance(self.user, User)
        name = f"code {self.user.fs_uniquifier}"
        site().attempts.begin(name)
        if session["tf_state"] != "ready" and self.user.tf_totp_secret:
            self.form_errors.append("This sign-in cannot continue. Start it again.")
            return site().attempts.end(name, False)
        is_right = site().attempts.end(name, super().validate(**kwargs))
        if not is_right:
            log_sign_in_step(Action.SECOND_STEP_FAILED, self.user)
        return is_right


class RecoveryForm(MfRecoveryForm):
    """Recovery code, instead of a TOTP code."""

    code = StringField(filters=[cut_password], validators=[InputRequired()])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt and compare. Malformed codes are typing errors and do not count."""
        assert isinstance(self.user, User)
        if not RECOVERY_CODE.fullmatch(code_characters(self.code.data or "")):
            self.code.errors = [NO_CODE]
            return False
        name = f"code {self.user.fs_uniquifier}"
        site().attempts.begin(name)
        is_right = site().attempts.end(name, super().validate(**kwargs))
        log_sign_in_step(Action.RECOVERY_CODE_USED if is_right else Action.SECOND_STEP_FAILED, self.user)
        return is_right


class PasswordForm(ChangePasswordForm):
    """Password change: current and new password."""

    password = PasswordField(filters=[cut_password])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt and compare."""
        name = f"password {account().fs_uniquifier}"
        site().attempts.begin(name)
        is_good = site().attempts.end(name, super().validate(**kwargs))
        if is_good:
            log_page_access(Action.PASSWORD_CHANGED)
        elif current_app.config["SECURITY_MSG_INVALID_PASSWORD"][0] in self.password.errors:
            log_page_access(Action.PASSWORD_FAILED)
        return is_good


class NewCodesForm(MfRecoveryCodesForm):
    """New recovery codes. Replacing existing ones needs the password: a desk may be left unattended."""

    password = PasswordField(filters=[cut_password])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt and compare."""
        is_good = bool(super().validate(**kwargs))
        if is_good and account().mf_recovery_codes and not is_own_password(self.password.data):
            self.password.errors = ["The current password is wrong. Type it again."]
            return False
        if is_good:
            log_page_access(Action.RECOVERY_CODES_MADE)
        return is_good
