"""Error pages of the staff's part: what happened, and what to do."""

from __future__ import annotations

from flask import g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from screening.questionnaire.packing import NotPacked
from screening.staff.auth.access import NotYours, account
from screening.staff.review.export_page import ExportBusy


def error_page(error: HTTPException) -> tuple[str, int]:
    """The page of an error."""
    code = error.code or 500
    if isinstance(getattr(error, "original_exception", None), SQLAlchemyError):
        code = 503
        # After a commit that failed, what is known of the account cannot be read again: the page does without it.
        g.pop("account", None)
    title, text = _words(error, code)
    return render_template("staff/error.html", title=title, text=text), code


def _words(error: HTTPException, code: int) -> tuple[str, str]:
    if isinstance(error, NotYours):
        roles = " and ".join(f"{role}s" for role in error.roles) or "nobody yet"
        text = f"It opens for {roles}, and you are a {account().role}. If your work needs it, ask a manager."
        return "Your role does not open this page", text
    if isinstance(error, CSRFError):
        return "This page is no longer current", "You were signed out, or in, since it was opened. Open it again."
    if isinstance(getattr(error, "original_exception", None), NotPacked):
        # Not which: on the list it is one of fifty, and its week would be told with it.
        text = "Something other than this site changed what was stored. Nothing was lost by opening this page. "
        return "A submission cannot be read", text + "Tell whoever runs the server: a backup may still have it whole."
    if isinstance(error, ExportBusy):
        text = (
            "Few run at once, so that patients do not wait. Try again when it is done: in a few minutes, or at most 15."
        )
        return "Another export is running", text
    match code:
        case 404:
            return "This page is not here", "The address may be old, or a letter may be missing. Go to the first page."
        case 405:
            return "This page opens another way", "Go to the first page and follow the links from there."
        case 413:
            return "That was more than we can take", "Go back and send less at once."
        case 429:
            return "Please wait a little", "There were too many attempts to sign in. Try again in 15 minutes."
        case 503:
            text = "We cannot tell if your last step was kept. Look in a minute, before you do it again."
            return "The database does not answer", text
        case _ if code < 500:
            return "We could not read that", "Go back and try once more."
        case _:
            text = "Go back and try once more. If it lasts, tell whoever runs the server."
            return "Something went wrong on our side", text
