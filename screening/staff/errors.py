"""Error pages for staff: what happened, and what to do."""

from __future__ import annotations

from flask import g, render_template
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from screening.questionnaire.packing import NotPacked
from screening.staff.auth.access import WrongRole, account, role_holders
from screening.staff.downloads import ExportBusy


def error_page(error: HTTPException) -> tuple[str, int]:
    """Render the error page with its status code."""
    code = error.code or 500
    if isinstance(getattr(error, "original_exception", None), SQLAlchemyError):
        code = 503
        # After a failed commit, SQLAlchemy cannot reload the account, so the page does without it.
        g.pop("account", None)
    title, text = _words(error, code)
    return render_template("staff/error.html", title=title, text=text), code


def _words(error: HTTPException, code: int) -> tuple[str, str]:
    if isinstance(error, WrongRole):
        *first, last = [role_holders(role, 2) for role in error.roles] or [""]
        roles = f"{', '.join(first)} and {last}" if first else last
        who = f"Only {roles} can open it" if roles else "No role can open it yet"
        text = f"{who}, and you are {role_holders(account().role, 1)}. If your work needs it, ask a manager."
        return "Your role cannot open this page", text
    if isinstance(error, CSRFError):
        return "This page is out of date", "You were signed in or out after you opened it. Open it again."
    if isinstance(getattr(error, "original_exception", None), NotPacked):
        # Do not say which: the list shows fifty at once, and the address would reveal its week.
        text = "The stored data was changed from outside this site. Opening this page lost nothing. "
        advice = "Tell your server administrator: a backup may have an intact copy."
        return "A submission cannot be read", text + advice
    if isinstance(error, ExportBusy):
        text = (
            "Few exports run at once, so that patients do not wait. "
            "Try again when it has finished: in a few minutes, 15 at most."
        )
        return "Another export is running", text
    match code:
        case 404:
            return "Page not found", "The address may be old or mistyped. Go to the staff home page."
        case 405:
            return "This page cannot be opened directly", "Go to the staff home page and follow the links."
        case 413:
            return "That was too much at once", "Go back and send less."
        case 429:
            return "Too many attempts", "There were too many attempts to sign in. Try again in 15 minutes."
        case 503:
            text = "Your last step may or may not be saved. Wait a minute and check before you repeat it."
            return "The database is not responding", text
        case _ if code < 500:
            return "We could not read that", "Go back and try again."
        case _:
            text = "Go back and try again. If it keeps happening, tell your server administrator."
            return "Something went wrong on our side", text
