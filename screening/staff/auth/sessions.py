"""The staff cookie and the rows behind it. Knows nothing of who may do what.

Before sign-in the cookie itself holds the little there is, sealed, for 15 minutes. From sign-in on it holds nothing but
the sealed id of a row; that row holds the rest, and ending it signs out at once.
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
# Reading renews the last minute too, but not at every page: each renewal writes the row.
STAFF_RENEWED_AFTER = 2 * 60
# Seconds by which clocks may differ. A session from further ahead would outlive a clock that is put right: it is over.
SKEW = 5 * 60
# Where Flask-Login keeps the account, and where it keeps a hash of address and browser, which we do not store.
ACCOUNT, VISITOR = "_user_id", "_id"


class StaffVisit(CookieSession):
    """A session of the staff pages.

    `row`: the id of its row in the database. `account`: whose it is there. `first`, `last`: the seconds at which it
    began and was last renewed. `is_cut_off`: it could not be read, because the database is away.
    """

    def __init__(self, initial: dict[str, Any], has_lapsed: bool = False) -> None:
        super().__init__(initial, has_lapsed)
        self.row = b""
        self.account = initial.get(ACCOUNT)
        self.first = self.last = int(time.time())
        self.is_cut_off = False


class StaffCookie(SessionInterface):
    """Opens and keeps staff sessions."""

    def __init__(self, keys: tuple[str, ...], is_secure: bool) -> None:
        boxes = [Fernet(key) for key in keys]
        self.box, self.newest = MultiFernet(boxes), boxes[0]
        self.is_secure = is_secure
        self.name = "__Host-staff" if is_secure else "staff"

    def open_session(self, app: Flask, request: Request) -> StaffVisit:
        """Read the cookie, and the row that it names; what is missing, foreign or over is an empty session."""
        held = self._unseal(request.cookies.get(self.name, "").encode())
        if held is None or not held.keys() & {"row", "at"}:
            return StaffVisit({})
        if "row" in held:
            return self._open_row(bytes.fromhex(held["row"]))
        is_over = not -SKEW <= time.time() - held.pop("at") <= SIGNING_IN_LASTS
        return StaffVisit({}, has_lapsed=True) if is_over else StaffVisit(held)

    def is_live(self, sealed: bytes) -> bool:
        """Whether the session of a row could still open a page: rows stay longer than that."""
        return self._open_seal(sealed) is not None

    def begun(self, sealed: bytes) -> date | None:
        """The day (UTC) on which the session of a row began; None where it can open no page any more."""
        held = self._open_seal(sealed)
        return datetime.fromtimestamp(held["first"], UTC).date() if held else None

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what changed: in the row of someone signed in, else in the cookie."""
        assert isinstance(session, StaffVisit)
        if session.is_cut_off:
            return
        try:
            if ACCOUNT in session or session.row:
                # The page is made. A request that held one connection and waited for another could wait for itself.
                db.session.close()
            if ACCOUNT in session:
                self._keep_row(session, response)
                return
            if session.row:
                with db.sessionmaker() as database:
                    accounts.end_session(database, session.row)
        except SQLAlchemyError:
            # The error's own page would end here too.
            session.is_cut_off = True
            raise
        # The page that a redirect leads to is the one that says that time ran out.
        if session.modified or (session.has_lapsed and not response.location):
            self._keep_cookie(response, {"at": int(time.time()), **session} if session else None)

    def _open_row(self, secret: bytes) -> StaffVisit:
        row = hashlib.sha256(secret).digest()
        try:
            with db.sessionmaker() as database:
                sealed = accounts.session_data(database, row)
        except SQLAlchemyError:
            visit = StaffVisit({})
            visit.is_cut_off = True
            return visit
        held = self._open_seal(sealed) if sealed else None
        if held is None:
            visit = StaffVisit({}, has_lapsed=True)
        else:
            visit = StaffVisit(held["holds"])
            visit.first, visit.last = held["first"], held["last"]
        visit.row = row
        return visit

    def _open_seal(self, sealed: bytes) -> dict[str, Any] | None:
        held = self._unseal(sealed)
        if held is None:
            return None
        idle, signed_in = (time.time() - held[name] for name in ("last", "first"))
        is_live = -SKEW <= idle <= IDLE_LASTS and -SKEW <= signed_in <= SIGNED_IN_LASTS
        return held if is_live else None

    def _keep_row(self, visit: StaffVisit, response: Response) -> None:
        if not visit.row or visit[ACCOUNT] != visit.account:
            self._begin_row(visit, response)
        elif visit.modified or time.time() - visit.last > STAFF_RENEWED_AFTER:
            with db.sessionmaker() as database:
                is_kept = accounts.renew_session(database, visit.row, self._seal_row(visit), _today())
            if not is_kept:
                # It was ended while this page was made.
                self._keep_cookie(response, None)

    def _begin_row(self, visit: StaffVisit, response: Response) -> None:
        """A new id at each sign-in: whoever planted or saw the one before it has nothing."""
        secret = secrets.token_bytes(32)
        visit.first = int(time.time())
        with db.sessionmaker() as database:
            accounts.remove_sessions(database, _today() - timedelta(days=1), _today() + timedelta(days=1))
            visit.row = hashlib.sha256(secret).digest()
            accounts.begin_session(database, visit.row, visit[ACCOUNT], self._seal_row(visit), _today())
        self._keep_cookie(response, {"row": secret.hex()})

    def _seal_row(self, visit: StaffVisit) -> bytes:
        holds = {name: value for name, value in visit.items() if name != VISITOR}
        return self._seal({"first": visit.first, "last": int(time.time()), "holds": holds})

    def _keep_cookie(self, response: Response, held: Mapping[str, Any] | None) -> None:
        if held is None:
            response.delete_cookie(self.name, secure=self.is_secure, httponly=True, samesite="Strict")
            return
        token = self._seal(held).decode()
        response.set_cookie(self.name, token, secure=self.is_secure, httponly=True, samesite="Strict")

    def _seal(self, held: Mapping[str, Any]) -> bytes:
        # A token carries its second in clear. In the database that would date what was shared just before.
        return self.newest.encrypt_at_time(_json(held), 0)

    def _unseal(self, token: bytes) -> dict[str, Any] | None:
        try:
            held: dict[str, Any] = json.loads(self.box.decrypt(token))
        except (InvalidToken, ValueError):
            return None
        return held


def _json(held: Mapping[str, Any]) -> bytes:
    return json.dumps(held, separators=(",", ":"), ensure_ascii=False).encode()


def _today() -> date:
    return datetime.now(UTC).date()
