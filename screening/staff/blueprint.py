"""The address under which all of the staff's pages lie, the way out, and the picture that an authenticator reads."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, session, url_for
from werkzeug.wrappers import Response as Answer

from screening.staff.auth.access import SIGNING_IN, STAFF, allowed
from screening.staff.auth.library import security
from screening.staff.auth.one_time_codes import CodesOnce
from screening.storage.accounts import ROLES, User

staff = Blueprint("staff", __name__, url_prefix=STAFF)


@staff.post("/sign-out")
@allowed(*ROLES)
def sign_out() -> Answer:
    """End the session: its row, and the cookie."""
    session.clear()
    return redirect(url_for("security.login"), 303)


@staff.get("/picture")
@allowed(SIGNING_IN)
def picture() -> Response:
    """Draw the secret of the set-up under way, for nobody but the one who is at it."""
    if "tf_totp_secret" not in session:
        abort(404)
    who = security().datastore.find_user(fs_uniquifier=session["tf_user_id"])
    totp = security().totp_factory
    assert isinstance(totp, CodesOnce)
    assert isinstance(who, User)
    return Response(totp.picture(who, session["tf_totp_secret"]), mimetype="image/svg+xml")
