"""A member of staff with a browser and an authenticator, and the style that staff pages keep."""

from __future__ import annotations

import json
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, session
from flask_security import hash_password, login_user
from passlib.totp import TOTP
from sqlalchemy import update
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from screening.staff.auth.sessions import StaffCookie
from screening.storage import accounts
from screening.storage.accounts import MANAGER, User
from screening.storage.database import db
from tests.support.page_checker import Page, is_well_made, text_of

PASSWORD = "correct horse battery"
ONE_TIME = "one-time-password"


class Staff:
    """Signs in, opens pages and presses buttons. Each sign-in uses a new account, since a TOTP code works only once.

    `is_seeded`: whether signing in only writes what the sign-in pages would, for tests that are not about them.
    """

    is_seeded = False

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.client = app.test_client()
        self.email = f"{uuid.uuid4().hex[:8]}@clinic.test"
        self.secret = ""
        self.page: Page

    def sign_in(self, role: str) -> Page:
        """Sign in as an existing member of staff of this role, and return the first page."""
        self.join(role)
        if self.is_seeded:
            self._seed_session()
            return self.open("/staff/")
        return self.pass_sign_in_pages()

    def pass_sign_in_pages(self) -> Page:
        """Type name, password and code of an account that is set up; return the page to which that leads."""
        self.enter(PASSWORD)
        return self.press("Continue", code=self.code())

    def join(self, role: str = MANAGER) -> None:
        """Create an account with everything set up."""
        with self.app.app_context():
            account = self._add(role, PASSWORD)
            security = self.app.extensions["security"]
            secret = security.totp_factory.generate_totp_secret()
            account.must_change_password = False
            security.datastore.tf_set(account, "authenticator", totp_secret=secret)
            security.mf_recovery_codes_util.create_recovery_codes(account)
            db.session.commit()
            self.secret = security.totp_factory.get_totp_b32_key(secret)

    def begin(self, role: str = MANAGER) -> None:
        """Create an account as the command does, with only a one-time password."""
        with self.app.app_context():
            self._add(role, ONE_TIME)

    def enter(self, password: str) -> Page:
        """Enter name and password on the sign-in page."""
        self.open("/staff/sign-in")
        return self.press("Continue", email=self.email, password=password)

    def set_up(self) -> Page:
        """Read the shown key, and enter its code."""
        self.press("Show the QR code")
        self.secret = text_of(self.page.find("//code")[0])
        return self.press("Continue", code=self.code())

    def code(self, later: int = 0) -> str:
        """Return the authenticator's code, now or this many 30-second steps later."""
        return str(TOTP(self.secret).generate(time.time() + 30 * later).token)

    def open(self, path: str) -> Page:
        """Open an address, and follow redirects."""
        return self._arrive(self.client.get(path, follow_redirects=True))

    def press(self, words: str, **fields: str) -> Page:
        """Fill in a button's form, and press the button."""
        form = self.form(words)
        action = form.get("action") or self.address
        return self._arrive(self.client.post(action, data=self.hidden(words) | fields, follow_redirects=True))

    def form(self, words: str) -> Any:
        """Return a button's form."""
        button = next(button for button in self.page.find("//form//button") if text_of(button) == words)
        return next(button.iterancestors("form"))

    def hidden(self, words: str) -> dict[str, str]:
        """Return the hidden fields of a button's form."""
        return {field.get("name"): field.get("value") for field in self.form(words).xpath(".//input[@type='hidden']")}

    def account(self) -> User:
        """Return the account's current row."""
        with self.app.app_context():
            return db.session.query(User).filter_by(email=self.email).one()

    def change(self, **values: Any) -> None:
        """Change the account's row."""
        with self.app.app_context():
            db.session.execute(update(User).where(User.email == self.email).values(**values))
            db.session.commit()

    def cookie(self) -> dict[str, Any]:
        """The content of the staff cookie."""
        held = self.client.get_cookie("staff")
        if held is None:
            return {}
        interface = self.app.session_interface
        staff: StaffCookie = interface.parts["/staff"]  # type: ignore[attr-defined]
        return dict(json.loads(staff.box.decrypt(held.value)))

    def _seed_session(self) -> None:
        """Write what signing in with the code of this moment would write, and keep the cookie."""
        account, answer = self.account(), Response()
        with self.app.test_request_context("/staff/code"):
            counter = int(time.time()) // TOTP.period
            assert accounts.use_counter(db.session, account.id, counter)
            login_user(account, authn_via=["authenticator"])
            self.app.session_interface.save_session(self.app, session._get_current_object(), answer)  # type: ignore[attr-defined]
        held = parse_cookie(answer.headers["Set-Cookie"].partition(";")[0])
        for name, value in held.items():
            self.client.set_cookie(name, value)

    def _add(self, role: str, password: str) -> User:
        today = datetime.now(UTC).date()
        return accounts.add_account(db.session, self.email, hash_password(password), role, "A test.", today)

    def _arrive(self, answer: TestResponse) -> Page:
        self.page = Page(answer)
        query = answer.request.query_string.decode()
        self.address = self.page.path + (f"?{query}" if query else "")
        is_well_made(self.page)
        return self.page
