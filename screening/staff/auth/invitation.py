"""One-time links. The token is in the URL fragment and is sent only when somebody presses the button."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import render_template, request
from werkzeug.wrappers import Response

from screening.site import site
from screening.staff.auth.access import SIGNING_IN, allowed
from screening.staff.auth.forms import cut_password
from screening.staff.auth.library import security
from screening.staff.blueprint import staff
from screening.storage import accounts
from screening.storage.database import db


@staff.get("/join")
@allowed(SIGNING_IN)
def join() -> str:
    """Show the button that opens a link. Link previews fetch this page without using the link up."""
    return render_template("staff/auth/invitation.html", form={"errors": {}}, typed="")


@staff.post("/join")
@allowed(SIGNING_IN)
def open_link() -> Response | tuple[str, int]:
    """Start setting up the link's account, as its one-time password would."""
    # People paste whole links too.
    token = cut_password(request.form.get("link")).strip().rpartition("#")[2]
    site().attempts.begin(f"link {token}")
    invited = accounts.account_of_link(db.session, token, datetime.now(UTC).date())
    site().attempts.end(f"link {token}", invited is not None)
    if invited is None:
        errors = {"link": ["This link does not work. Ask the manager who gave it to you for a new one."]}
        return render_template("staff/auth/invitation.html", form={"errors": errors}, typed=token), 422
    response = security().two_factor_plugins.tf_enter(invited, None, "link", None)
    assert isinstance(response, Response)
    return response
