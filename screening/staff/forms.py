"""The forms of signing in: Flask-Security's, with attempts counted and what we do not offer left out."""

from __future__ import annotations

from typing import Any

from flask import session
from flask_security.forms import LoginForm, TwoFactorVerifyCodeForm
from flask_security.recovery_codes import MfRecoveryForm
from wtforms import StringField
from wtforms.validators import InputRequired

from screening.staff.attempts import attempts
from screening.storage.accounts import User


def tidy(typed: str | None) -> str:
    """What was typed, in small letters and without spaces around it."""
    return (typed or "").strip().lower()


class SignInForm(LoginForm):
    """Sign-in name and password. Nobody is remembered beyond the browser's closing."""

    # A name, not somewhere to write to: the library's own field wants a domain that mail could reach.
    email = StringField(filters=[tidy], validators=[InputRequired()])  # type: ignore[assignment]
    remember = None  # type: ignore[assignment]

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        name = self.email.data or ""
        attempts().begin(name)
        return attempts().end(name, super().validate(**kwargs))


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
        return attempts().end(name, super().validate(**kwargs))


class RecoveryForm(MfRecoveryForm):
    """A recovery code in place of the authenticator's."""

    code = StringField(filters=[tidy], validators=[InputRequired()])

    def validate(self, **kwargs: Any) -> bool:
        """Count the attempt, and compare."""
        assert isinstance(self.user, User)
        name = f"code {self.user.fs_uniquifier}"
        attempts().begin(name)
        return attempts().end(name, super().validate(**kwargs))
