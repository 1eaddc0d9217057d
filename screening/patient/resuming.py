"""Resuming a saved draft: its return code brings it back into this browser.

The row is deleted only once the browser has shown that it holds the draft. Otherwise a lost response or a double click
would lose all answers. The URL never contains the code, and the device does not keep it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.localized import questionnaires
from screening.patient.navigation import LONGEST_TYPED_CODE, Page, forget, resume_url
from screening.site import site
from screening.storage import expiry, patient_codes, saved_drafts
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind
from screening.web.languages import is_switch

pages = Blueprint("returning", __name__, url_prefix="/return")


@pages.get("")
def ask() -> str:
    """Ask for a return code. If the browser has a draft already, say that it would be lost."""
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
def resume() -> Response:
    """Load the draft of a typed return code into this browser. On failure, the next page shows the code once more."""
    typed = request.form.get("code", "")[:LONGEST_TYPED_CODE]
    if is_switch():
        return _redirect_with_news("", typed)
    try:
        code = patient_codes.parse_code(typed, CodeKind.RETURN)
    except patient_codes.OtherKind:
        return _redirect_with_news("other", typed)
    except patient_codes.NoCode:
        return _redirect_with_news("mistyped" if typed.strip() else "empty", typed)
    if not site().limits.return_codes.take():
        return _redirect_with_news("busy", typed)
    try:
        news = _restore(code)
    except SQLAlchemyError:
        news = "away"
    return _redirect_with_news(news, typed) if news else redirect(url_for("returning.returned"), 303)


@pages.get("/here")
def returned() -> Page:
    """Delete the saved draft, now that this browser holds it, and say so."""
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


def _restore(code: str) -> str:
    """Load the draft of a code into this browser, and return "" or the reason why not."""
    slots = saved_drafts.draft_slots(code, site().code_keys)
    # While the clock may be wrong, a missing draft may only be hidden. Queried even if the draft is found, so that the
    # response time reveals nothing (timing side channel).
    is_held = expiry.is_purge_held(db.session)
    try:
        saved = saved_drafts.open_saved_draft(db.session, slots, datetime.now(UTC).date())
    except saved_drafts.Spoiled:
        return "old"
    if saved is None:
        return "clock" if is_held else "unknown"
    if session.get("returned") == saved.id.hex():
        # A double click: the draft is here, and its answers may have changed since.
        return ""
    current, restored = Draft.read_any(session, questionnaires()), _parse_draft(saved.content)
    if restored is None:
        return "old"
    # Replace a draft only if the form said so. Its own return code is not lost: the patient just typed it.
    is_confirmed = current and request.form.get("instead") == (current.closed or "answers")
    if current and current.would_be_missed and current.return_code != code and not is_confirmed:
        return "here"
    forget(session)
    restored.write(session)
    session["returned"] = saved.id.hex()
    return ""


def _parse_draft(content: bytes) -> Draft | None:
    """Parse a decrypted draft; None if its questionnaire no longer exists or another release wrote it."""
    try:
        held = json.loads(content)
    except ValueError:
        return None
    return Draft.read_any({"draft": held}, questionnaires())


def _redirect_with_news(news: str, typed: str) -> Response:
    session["news"] = news
    if typed:
        session["typed"] = typed
    return redirect(url_for("returning.ask"), 303)
