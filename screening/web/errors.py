"""Error pages: what happened in plain words, where to go next, and the help line; never only a status."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from flask import Flask, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from screening.web.path_prefix import value_for_path

ErrorPage: TypeAlias = Callable[[HTTPException], tuple[str, int]]


def init_errors(app: Flask, parts: Mapping[str, ErrorPage]) -> None:
    """Register the page for every HTTP error. Parts of the site, named by path prefix, have their own."""

    def page(error: HTTPException) -> tuple[str, int]:
        return value_for_path(request.path, parts, _page)(error)

    app.register_error_handler(HTTPException, page)


def early_page(app: Flask, code: int, language: str) -> bytes:
    """Render the page for a request that the server refuses before the application sees it."""
    # A new application context: the one of the serving command would keep the first language.
    with app.app_context(), app.test_request_context(headers={"Accept-Language": language}):
        return _render(*_words(code), code)[0].encode()


def _page(error: HTTPException) -> tuple[str, int]:
    if isinstance(error, CSRFError):
        return _lost_draft()
    code = error.code or 500
    return _render(*_words(code), code)


def _words(code: int) -> tuple[str, str]:
    match code:
        case 404:
            return _("This page is not here"), _("The address may be old, or a letter may be missing.")
        case 405:
            return _("This page opens another way"), _("Go to the start and follow the buttons from there.")
        case 413:
            return _("That was more than we can take"), _("Go back and send the page as it was.")
        case 429:
            return _("Please wait a little"), _("Many people are using this page now. Try again in a few minutes.")
        case _ if code < 500:
            return _("We could not read that"), _("Go back and try once more. Your answers on this device are kept.")
        case _:
            return _("Something went wrong on our side"), _(
                "Your answers on this device are kept. Go back and try once more, or come back later."
            )


def _lost_draft() -> tuple[str, int]:
    """Render the page for a form that came without its draft, by the likely cause."""
    if lapsed := why_lapsed():
        title, text = _("Your answers were cleared"), lapsed
    elif not request.cookies:
        title = _("Your answers could not be kept")
        text = _(
            "Your browser did not send the cookie that holds your answers. Cookies may be blocked, or the browser was "
            "closed since, or you left in another window. If you shared or saved something, it is still stored. To go "
            "on, allow cookies for this site. You can read all topics without them."
        )
    else:
        title = _("This page is older than your answers")
        text = _("You may have left, or started again, in another window. You can go on from the start page.")
    return _render(title, text, 400)


def why_lapsed() -> str:
    """Say why this browser's draft is gone; "" if it did not lapse."""
    why = ""
    if getattr(session, "has_lapsed", False) and getattr(session, "is_believed", True):
        why = _(
            "About two hours went by without a new page, so what was kept on this device was cleared. If you shared "
            "or saved something, it is still stored. You can start again."
        )
    elif getattr(session, "has_lapsed", False):
        why = _(
            "What was kept on this device was cleared. That happens after about two hours without a new page, and "
            "when this site’s clock is changed. If you shared or saved something, it is still stored. You can start "
            "again."
        )
    return why


def _render(title: str, text: str, code: int) -> tuple[str, int]:
    return render_template("errors/error.html", title=title, text=text), code
