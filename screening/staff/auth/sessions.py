"""Staff sessions: the cookie and the database rows behind it, without access control.

Before sign-in the encrypted cookie holds the session data, for 15 minutes. After sign-in it holds only the encrypted ID
of a row. The row holds the rest, and deleting it signs out at once.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import SQLAlchemyError

from screening.storage import accounts
from screening.storage.database import db
from screening.web.cookies import CookieSession

SIGNING_IN_LASTS = 15 * 60
IDLE_LASTS = 30 * 60
SIGNED_IN_LASTS = 12 * 60 * 60
# Seconds. Reading pages also extends the session, but not at every page: each renewal writes the row.
STAFF_RENEWED_AFTER = 2 * 60
# Seconds of allowed clock skew. A session from further ahead would outlive a corrected clock: it is over.
SKEW = 5 * 60
# Flask-Login's keys for the account, and for a hash of address and browser, which we do not store.
ACCOUNT, VISITOR = "_user_id", "_id"


class StaffVisit(CookieSession):
    """A session of the staff pages.

    `row`: the ID of its database row. `account`: the row's account. `first`, `last`: its start and last renewal,
    in seconds since the epoch. `is_cut_off`: it could not be read, because the database is away.
    """

    def __init__(self, initial: dict[str, Any], has_lapsed: bool = False) -> None:
        super().__init__(initial, has_lapsed)
        self.row = b""
        self.account = initial.get(ACCOUNT)
        self.first = self.last = int(time.time())
        self.is_cut_off = False


class StaffCookie(SessionInterface):
    """Session interface of the staff pages."""

    def __init__(self, keys: tuple[str, ...], is_secure: bool) -> None:
        boxes = [Fernet(key) for key in keys]
        self.box, self.newest = MultiFernet(boxes), boxes[0]
        self.is_secure = is_secure
        self.name = "__Host-staff" if is_secure else "staff"

    def open_session(self, app: Flask, request: Request) -> StaffVisit:
        """Read the cookie and its row. A missing, foreign or expired one gives an empty session."""
        held = self._decrypt(request.cookies.get(self.name, "").encode())
        if held is None or not held.keys() & {"row", "at"}:
            return StaffVisit({})
        if "row" in held:
            return self._open_row(bytes.fromhex(held["row"]))
        is_over = not -SKEW <= time.time() - held.pop("at") <= SIGNING_IN_LASTS
        return StaffVisit({}, has_lapsed=True) if is_over else StaffVisit(held)

    def is_live(self, sealed: bytes) -> bool:
        """Return whether a row's session is still valid. Rows outlive their sessions."""
        return self._decrypt_live(sealed) is not None

    def begun(self, sealed: bytes) -> date | None:
        """Return the day (UTC) on which a row's session began, or None if it is over."""
        held = self._decrypt_live(sealed)
        return datetime.fromtimestamp(held["first"], UTC).date() if held else None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save changes: in the row when signed in, otherwise in the cookie."""
        assert isinstance(session, StaffVisit)
        if session.is_cut_off:
            return
        try:
            if ACCOUNT in session or session.row:
                # Release the connection: requests that hold one and wait for another can deadlock the pool.
                db.session.close()
            if ACCOUNT in session:
                self._save_row(session, response)
                return
            if session.row:
                with db.sessionmaker() as database:
                    accounts.end_session(database, session.row)
        except SQLAlchemyError:
            # Otherwise, saving the error page would fail here too.
            session.is_cut_off = True
            raise
        # Keep `has_lapsed` through a redirect: the next page shows the time-out notice.
        if session.modified or (session.has_lapsed and not response.location):
            self._save_cookie(response, {"at": int(time.time()), **session} if session else None)

    def _open_row(self, secret: bytes) -> StaffVisit:
        row = hashlib.sha256(secret).digest()
        try:
            with db.sessionmaker() as database:
                sealed = accounts.session_data(database, row)
        except SQLAlchemyError:
            visit = StaffVisit({})
            visit.is_cut_off = True
            return visit
        held = self._decrypt_live(sealed) if sealed else None
        if held is None:
            visit = StaffVisit({}, has_lapsed=True)
        else:
            visit = StaffVisit(held["holds"])
            visit.first, visit.last = held["first"], held["last"]
        visit.row = row
        return visit

    def _decrypt_live(self, sealed: bytes) -> dict[str, Any] | None:
        held = self._decrypt(sealed)
        if held is None:
            return None
        idle, signed_in = (time.time() - held[name] for name in ("last", "first"))
        is_live = -SKEW <= idle <= IDLE_LASTS and -SKEW <= signed_in <= SIGNED_IN_LASTS
        return held if is_live else None

    def _save_row(self, visit: StaffVisit, response: Response) -> None:
        if not visit.row or visit[ACCOUNT] != visit.account:
            self._begin_row(visit, response)
        elif visit.modified or time.time() - visit.last > STAFF_RENEWED_AFTER:
            with db.sessionmaker() as database:
                is_renewed = accounts.renew_session(database, visit.row, self._encrypt_row(visit), _today())
            if not is_renewed:
                # The session was ended while this page was rendered.
                self._save_cookie(response, None)

    def _begin_row(self, visit: StaffVisit, response: Response) -> None:
        """Begin a session with a new ID at sign-in, to prevent session fixation."""
        secret = secrets.token_bytes(32)
        visit.first = int(time.time())
        with db.sessionmaker() as database:
            accounts.remove_sessions(database, _today() - timedelta(days=1), _today() + timedelta(days=1))
            visit.row = hashlib.sha256(secret).digest()
            accounts.begin_session(database, visit.row, visit[ACCOUNT], self._encrypt_row(visit), _today())
        self._save_cookie(response, {"row": secret.hex()})

    def _encrypt_row(self, visit: StaffVisit) -> bytes:
        holds = {name: value for name, value in visit.items() if name != VISITOR}
        return self._encrypt({"first": visit.first, "last": int(time.time()), "holds": holds})

    def _save_cookie(self, response: Response, held: Mapping[str, Any] | None) -> None:
        if held is None:
            response.delete_cookie(self.name, secure=self.is_secure, httponly=True, samesite="Strict")
            return
        token = self._encrypt(held).decode()
        response.set_cookie(self.name, token, secure=self.is_secure, httponly=True, samesite="Strict")

    def _encrypt(self, held: Mapping[str, Any]) -> bytes:
        # Fernet tokens carry a plaintext timestamp, which would date a submission shared just before. Set it to 0.
        return self.newest.encrypt_at_time(_json(held), 0)

    def _decrypt(self, token: bytes) -> dict[str, Any] | None:
        try:
            held: dict[str, Any] = json.loads(self.box.decrypt(token))
        except (InvalidToken, ValueError):
            return None
        return held


def _json(held: Mapping[str, Any]) -> bytes:
    return json.dumps(held, separators=(",", ":"), ensure_ascii=False).encode()


def _today() -> date:
    return datetime.now(UTC).date()
