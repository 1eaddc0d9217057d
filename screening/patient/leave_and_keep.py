"""Pages that end or extend a draft in this browser: `/leave` erases it, `/keep` keeps it for two more hours.

How long a draft lasts is `LAPSES_AFTER` in `screening/web/cookies.py`.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from screening.site import site

pages = Blueprint("leave_and_keep", __name__)


@pages.get("/leave")
def leave() -> AnyResponse | str:
    """Erase the draft from this device and go to the clinic's neutral page."""
    if not _is_followed_link():
        return render_template("patient/leave.html")
    session.clear()
    return redirect(site().exit_page, 303)


@pages.get("/keep")
def keep() -> AnyResponse:
    """Keep the draft for two more hours, as opening a page does, and return the seconds left, for the script."""
    if not session.keys() & {"draft", "code"}:
        # A redirect keeps a lapsed cookie, so that the start page can say that it was cleared.
        return redirect(url_for("information.home"), 303)
    return Response(str(session.lapses_in), mimetype="text/plain")  # type: ignore[attr-defined]


def _is_followed_link() -> bool:
    """Whether a person followed our link. A prefetch, a picture or another site must not erase a draft."""
    headers = request.headers
    if request.method != "GET":
        return False
    if "prefetch" in (headers.get("Sec-Purpose") or headers.get("Purpose") or headers.get("X-Moz") or ""):
        return False
    is_document = headers.get("Sec-Fetch-Dest", "document") == "document"
    return is_document and headers.get("Sec-Fetch-Site", "same-origin") != "cross-site"
