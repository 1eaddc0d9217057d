"""The forms of signing in: Flask-Security's, with attempts counted and what we do not offer left out."""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, session
from flask_security import verify_password
from flask_security.forms import ChangePasswordForm, LoginForm, TwoFactorVerifyCodeForm
from flask_security.recovery_codes import MfRecoveryCodesForm, MfRecoveryForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired

from screening.staff.access import account
from screening.staff.attempts import attempts
from screening.staff.trail import write, write_step
from screening.storage.accounts import User
from screening.storage.audit import Action

# Longer ones are no passwords of ours, and hashing them would fail.
LONGEST = 1000


def tidy(typed: str | None) -> str:
    """What was typed, in small letters and without spaces around it; no database knows the sign NUL."""
    return (typed or "").replace("\0", "").strip().lower()


def short(typed: str | None) -> str:
    """What was typed, cut where it can fit no password any more."""
    return (typed or "")[:LONGEST]


def can_be_name(tidied: str) -> bool:
    """Whether somebody can sign in with this name: one that looks like an e-mail address."""
    return tidied.count("@") == 1 and len(tidied) <= 254 and all(tidied.split("@")) and not re.search(r"\s", tidied)


def is_own_password(typed: str | None) -> bool:
    """Whether this is the password of whoever is signed in. Each attempt is counted: a desk may be left alone."""
    name = f"password {account().fs_uniquifier}"
    attempts().begin(name)
    normalized = current_app.extensions["security"].password_util.normalize(short(typed))
    is_right = attempts().end(name, bool(normalized) and verify_password(normalized, account().password))
    if normalized and not is_right:
        write(Action.PASSWORD_FAILED)
    return is_right


class SignInForm(LoginForm):
    """Sign-in name and password. Nobody is remembered beyond the browser's closing."""

    # A name, not somewhere to write to: the library's own field wants a domain that mail could reach.
    email = StringField(filters=[tidy], validators=[InputRequired()])  # type: ignore[assignment]
    password = PasswordField(filters=[short], validators=[InputRequired()])
    remember = None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        name = self.email.data or ""
        attempts().begin(name)
        is_right = attempts().end(name, super().validate(**kwargs))
        # Where one of the fields is empty, nothing was compared.
        if not is_right and self.ifield is not None:
            assert self.user is None or isinstance(self.user, User)
            write_step(Action.PASSWORD_FAILED, self.user)
        return is_right


class CodeForm(TwoFactorVerifyCodeForm):
    """A code of the authenticator: the second step, and the last of its set-up."""

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare. An account that has an authenticator gets no other one here."""
        assert isinstance(self.user, User)
        name = f"code {self.user.fs_uniquifier}"
        attempts().begin(name)
        if session["tf_state"] != "ready" and self.user.tf_totp_secret:
            self.form_errors.append("This sign-in cannot go on. Begin it again.")
            return attempts().end(name, False)
        is_right = attempts().end(name, super().validate(**kwargs))
        if not is_right:
            write_step(Action.SECOND_STEP_FAILED, self.user)
        return is_right


class RecoveryForm(MfRecoveryForm):
    """A recovery code in place of the authenticator's."""

    code = StringField(filters=[tidy], validators=[InputRequired()])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        assert isinstance(self.user, User)
        name = f"code {self.user.fs_uniquifier}"
        attempts().begin(name)
        is_right = attempts().end(name, super().validate(**kwargs))
        write_step(Action.RECOVERY_CODE_USED if is_right else Action.SECOND_STEP_FAILED, self.user)
        return is_right


class PasswordForm(ChangePasswordForm):
    """The present password, and a new one."""

    password = PasswordField(filters=[short])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        name = f"password {account().fs_uniquifier}"
        attempts().begin(name)
        is_good = attempts().end(name, super().validate(**kwargs))
        if is_good:
            write(Action.PASSWORD_CHANGED)
        elif current_app.config["SECURITY_MSG_INVALID_PASSWORD"][0] in self.password.errors:
            write(Action.PASSWORD_FAILED)
        return is_good


class NewCodesForm(MfRecoveryCodesForm):
    """New recovery codes. Where there are some already, for the present password: a desk may be left alone."""

    password = PasswordField(filters=[short])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        is_good = bool(super().validate(**kwargs))
        if is_good and account().mf_recovery_codes and not is_own_password(self.password.data):
            self.password.errors = ["The present password does not fit. Type it again."]
            return False
        if is_good:
            write(Action.RECOVERY_CODES_MADE)
        return is_good
