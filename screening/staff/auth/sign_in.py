"""Sign-in with Flask-Security: its settings, and the few of its pages that are served."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, session
from flask_security import FSQLALiteUserDatastore, Security, password_changed
from flask_security.recovery_codes import mf_recovery, mf_recovery_codes
from flask_security.views import change_password, login, two_factor_setup, two_factor_token_validation
from sqlalchemy import delete

from config import Config
from screening.staff.auth.access import MUST_CHANGE, SIGNING_IN, STAFF, allowed
from screening.staff.auth.forms import CodeForm, NewCodesForm, PasswordForm, RecoveryForm, SignInForm
from screening.staff.auth.library import require_flask_security
from screening.staff.auth.one_time_codes import SingleUseRecoveryCodes, SingleUseTotp, totp_secrets
from screening.staff.auth.passwords import Passwords
from screening.staff.auth.sign_in_names import canonical_name
from screening.storage.accounts import ROLES, Role, StaffSession, User
from screening.storage.database import db

MIN_LENGTH = 12
RECOVERY_CODES = 10
# Error messages of the forms, by Flask-Security's message name.
SIGN_IN_MESSAGES = {
    "GENERIC_AUTHN_FAILED": "The name or the password is wrong. Check both and try again. "
    "If it keeps failing, ask a manager for a new link.",
    "INVALID_PASSWORD": "The current password is wrong. Type it again.",
    "INVALID_RECOVERY_CODE": "This is not one of your recovery codes, or it was used before. Check it, or try another.",
    "PASSWORD_INVALID_LENGTH": f"The new password must have {MIN_LENGTH} to 128 characters. Choose another.",
    "PASSWORD_IS_THE_SAME": "The new password is the same as the current one. Choose another.",
    "PASSWORD_NOT_PROVIDED": "A password is missing. Type it.",
    "RETYPE_PASSWORD_MISMATCH": "The two new passwords are not the same. Type both again.",
    "TWO_FACTOR_INVALID_TOKEN": "This code is wrong, or was used before. Wait for the next one and type that. "
    "If it keeps failing, check that your phone shows the right time.",
}
SECURITY_SETTINGS = {
    "SECURITY_ANONYMOUS_USER_DISABLED": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CLI_ROLES_NAME": None,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": RECOVERY_CODES,
    "SECURITY_PASSWORD_LENGTH_MIN": MIN_LENGTH,
    # Argon2id alone, without a pepper: changing a pepper would invalidate every password.
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_SINGLE_HASH": {"argon2"},
    "SECURITY_POST_CHANGE_VIEW": "staff.home",
    "SECURITY_POST_LOGIN_VIEW": "staff.home",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_TOTP_ISSUER": "Screening",
    "SECURITY_TWO_FACTOR": True,
    # Seconds of tolerance: accept the current 30-second step and its neighbors.
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_ERROR_VIEW": "security.login",
    "SECURITY_TWO_FACTOR_REQUIRED": True,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    # Names are stored in canonical form, so the database need not fold case.
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [{"email": {"mapper": canonical_name, "case_insensitive": False}}],
    # Disable Flask-Login's remember cookie: no cookie can have this name.
    "REMEMBER_COOKIE_NAME": ";",
}


def init_sign_in(app: Flask, config: Config) -> None:
    """Configure Flask-Security and register the pages that are needed."""
    require_flask_security()
    app.config.update(SECURITY_SETTINGS)
    app.config.update({f"SECURITY_MSG_{name}": (words, "error") for name, words in SIGN_IN_MESSAGES.items()})
    app.config["SECURITY_TOTP_SECRETS"] = totp_secrets(config.staff_keys)
    app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"] = list(config.staff_keys)
    # Undo Flask-Security's hooks, which would run at every request, patients' too. `gate` replaces them.
    hooks: tuple[dict[Any, list[Any]], ...] = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.template_context_processors,
    )
    before = [list(hook.get(None, ())) for hook in hooks]
    security = Security(
        app,
        FSQLALiteUserDatastore(db, User, Role),  # type: ignore[arg-type]  # here a role is not a table
        register_blueprint=False,
        login_form=SignInForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        mf_recovery_codes_form=NewCodesForm,
        change_password_form=PasswordForm,
        totp_cls=SingleUseTotp,
        mf_recovery_codes_util_cls=SingleUseRecoveryCodes,
        password_util_cls=Passwords,
    )
    for hook, original in zip(hooks, before, strict=True):
        hook[None] = original
    security.want_json(lambda _request: False)
    # Accept no token from a header or a URL in place of a session.
    security.login_manager.request_loader(None)
    security.login_manager.session_protection = None
    password_changed.connect(_end_all_sessions, app)
    app.register_blueprint(_pages())


def _pages() -> Blueprint:
    """Build the blueprint, with the endpoint names that Flask-Security redirects to."""
    pages = Blueprint("security", __name__, url_prefix=STAFF)
    both = ["GET", "POST"]
    for path, name, view in (
        ("/sign-in", "login", login),
        ("/set-up", "two_factor_setup", two_factor_setup),
        ("/code", "two_factor_token_validation", two_factor_token_validation),
        ("/recovery", "mf_recovery", mf_recovery),
    ):
        pages.add_url_rule(path, name, allowed(SIGNING_IN)(view), methods=both)
    for path, name, view in (
        ("/password", "change_password", change_password),
        ("/recovery-codes", "mf_recovery_codes", mf_recovery_codes),
    ):
        pages.add_url_rule(path, name, allowed(*ROLES)(view), methods=both)
    # Flask-Security builds this URL, but its rescue page would send mail, so nothing is served there.
    pages.add_url_rule("/recovery", "two_factor_rescue", build_only=True)
    return pages


def _end_all_sessions(_app: Flask, user: User, **_: Any) -> None:
    """End every session of an account whose password changed. The current one continues under a new ID."""
    session.pop(MUST_CHANGE, None)
    user.must_change_password = False
    user.link = user.link_until = None
    db.session.execute(delete(StaffSession).where(StaffSession.account_id == user.id))
