"""Blueprint of all staff pages, sign-out, and the QR code for authenticator apps."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, session, url_for
from werkzeug.wrappers import Response as BaseResponse

from screening.staff.auth.access import SIGNING_IN, STAFF, allowed
from screening.staff.auth.library import security
from screening.staff.auth.one_time_codes import SingleUseTotp
from screening.storage.accounts import ROLES, User

staff = Blueprint("staff", __name__, url_prefix=STAFF)


@staff.post("/sign-out")
@allowed(*ROLES)
def sign_out() -> BaseResponse:
    """End the session: delete its row and the cookie."""
    session.clear()
    return redirect(url_for("security.login"), 303)


@staff.get("/picture")
@allowed(SIGNING_IN)
def picture() -> Response:
    """Draw the TOTP secret as a QR code, only for the session that is setting it up."""
    if "tf_totp_secret" not in session:
        abort(404)
    user = security().datastore.find_user(fs_uniquifier=session["tf_user_id"])
    totp = security().totp_factory
    assert isinstance(totp, SingleUseTotp)
    assert isinstance(user, User)
    return Response(totp.picture(user, session["tf_totp_secret"]), mimetype="image/svg+xml")
