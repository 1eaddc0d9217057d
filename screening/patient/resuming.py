"""Taking up a draft that was saved for later: with its return code it comes back into this browser.

The row goes only once the browser has shown that it holds the draft: an answer lost on its way, or a button pressed
twice, would else lose all that somebody answered. The address never holds the code, and the device does not keep it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.journey_pages import Page, forget, resume_url
from screening.patient.localized import questionnaires
from screening.patient.shared_record import LONGEST_TYPED_CODE
from screening.site import site
from screening.storage import expiry, patient_codes, saved_drafts
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.web.languages import is_switch

pages = Blueprint("returning", __name__, url_prefix="/return")


@pages.get("")
def ask() -> str:
    """Ask for a return code. Where a draft is here already, say that it would go."""
    news, typed = session.pop("news", ""), session.pop("typed", "")
    draft = Draft.read_any(session, questionnaires())
    is_missed = bool(draft and draft.would_be_missed)
    return render_template(
        "patient/resume.html",
        news=news,
        typed=typed,
        days=saved_drafts.SAVED_FOR.days,
        draft=draft if is_missed else None,
        going_on=resume_url(draft) if draft and is_missed else "",
    )


@pages.post("")
def take_up() -> Response:
    """Bring the draft of a typed return code into this browser. A code that opens nothing is shown again, once."""
    typed = request.form.get("code", "")[:LONGEST_TYPED_CODE]
    if is_switch():
        return _told("", typed)
    try:
        code = patient_codes.parse_code(typed, CodeKind.RETURN)
    except patient_codes.OtherKind:
        return _told("other", typed)
    except patient_codes.NoCode:
        return _told("mistyped" if typed.strip() else "empty", typed)
    if not site().limits.return_codes.take():
        return _told("busy", typed)
    try:
        news = _bring(code)
    except SQLAlchemyError:
        news = "away"
    return _told(news, typed) if news else redirect(url_for("returning.returned"), 303)


@pages.get("/here")
def returned() -> Page:
    """Delete what was saved, now that its draft is in this browser, and say so."""
    draft = Draft.read_any(session, questionnaires())
    if draft is None or draft.closed or "returned" not in session:
        return redirect(resume_url(draft) if draft else url_for("returning.ask"), 303)
    if session["returned"]:
        try:
            saved_drafts.remove_saved_draft(db.session, bytes.fromhex(session["returned"]))
            session["returned"] = ""
        except SQLAlchemyError:
            current_app.log_exception(sys.exc_info())
    return render_template(
        "patient/resumed.html",
        is_gone=not session["returned"],
        days=saved_drafts.SAVED_FOR.days,
        going_on=resume_url(draft),
    )


def _bring(code: str) -> str:
    """Put the draft of a code into this browser; or return what is in the way."""
    places = saved_drafts.draft_slots(code, site().code_keys)
    # While the clock may be wrong, what is not found may only be hidden. Asked for even where something is found: how
    # long the answer takes must not tell.
    is_held = expiry.is_purge_held(db.session)
    try:
        found = saved_drafts.open_saved_draft(db.session, places, datetime.now(UTC).date())
    except saved_drafts.Spoiled:
        return "old"
    if found is None:
        return "clock" if is_held else "unknown"
    if session.get("returned") == found.id.hex():
        # Pressed twice: it is here, and perhaps some of its answers were changed since.
        return ""
    here, back = Draft.read_any(session, questionnaires()), _draft(found.content)
    if back is None:
        return "old"
    # What the form did not say would go must not go unseen. Its own return code is not lost: it was just typed.
    is_named = here and request.form.get("instead") == (here.closed or "answers")
    if here and here.would_be_missed and here.return_code != code and not is_named:
        return "here"
    forget(session)
    back.write(session)
    session["returned"] = found.id.hex()
    return ""


def _draft(content: bytes) -> Draft | None:
    """The draft that was sealed, unless its questionnaire is no longer here or another release wrote it."""
    return Draft.read_any({"draft": json.loads(content)}, questionnaires())


def _told(news: str, typed: str) -> Response:
    session["news"] = news
    if typed:
        session["typed"] = typed
    return redirect(url_for("returning.ask"), 303)
