"""Saving an unfinished draft under a return code: show what would be stored, then write one durable row.

Code and last day are fixed in the draft before use, so saving is idempotent: a double click, going back, a second
window or a retry after a crash reach the same row. Each answer makes a new code, whose row replaces the previous one,
so a copied cookie never has the code of later answers. A saved draft is closed. Its return code remains until the
patient has written it down.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, current_app, redirect, render_template, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.navigation import Page, resume_url
from screening.patient.write_limits import reservations
from screening.questionnaire.model import Questionnaire
from screening.site import site
from screening.storage import expiry, patient_codes, saved_drafts, weeks
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind

pages = Blueprint("later", __name__, url_prefix="/<questionnaire:questionnaire>")


@pages.get("/later")
def later(questionnaire: Questionnaire) -> Page:
    """Say what would be stored, and ask. Once saved, show the return code until it is written down."""
    draft = Draft.read(session, questionnaire)
    if draft is None:
        return redirect(url_for("journey.start", questionnaire=questionnaire), 303)
    if draft.is_saved:
        return render_template("patient/saved.html", draft=draft, code=patient_codes.format_code(draft.return_code))
    if draft.closed:
        return redirect(resume_url(draft), 303)
    news = session.pop("news", "")
    if not draft.fixed:
        draft.return_code = draft.return_code or patient_codes.make_code(CodeKind.RETURN)
        draft.last_day = datetime.now(UTC).date() + saved_drafts.SAVED_FOR
        draft.write(session)
    return render_template(
        "patient/saving.html", draft=draft, days=saved_drafts.SAVED_FOR.days, news=news, going_on=resume_url(draft)
    )


@pages.post("/later")
def save(questionnaire: Questionnaire) -> Response:
    """Save the current draft once, and clear its answers from this device."""
    draft = Draft.read(session, questionnaire)
    news = ""
    if draft and draft.answers and draft.last_day and not draft.closed and not draft.fixed:
        try:
            news = _save(draft)
        except SQLAlchemyError:
            current_app.log_exception(sys.exc_info())
            news = "away"
        draft.write(session)
    if news:
        session["news"] = news
    # Always redirect (post/redirect/get): going back to a POST response shows a browser error.
    return redirect(url_for("later.later", questionnaire=questionnaire), 303)


def _save(draft: Draft) -> str:
    """Store the draft and close it, and return "" or the reason why not."""
    assert draft.last_day
    if not site().limits.return_codes.take():
        return "busy"
    # The row of the newest code replaces one that may exist under the code from before the last answers.
    keys = site().code_keys
    slots = [
        slot for code in (draft.return_code, draft.replaces) if code for slot in saved_drafts.draft_slots(code, keys)
    ]
    is_new = not saved_drafts.is_saved(db.session, slots)
    if is_new and expiry.is_behind(db.session):
        return "clock"
    if is_new and not _is_fresh(draft.last_day):
        return "date"
    with reservations("saves") as reservation:
        if is_new and not reservation.is_granted:
            return reservation.refuse(weeks.week_of(datetime.now(UTC)))
        saved_drafts.save_draft(db.session, slots, draft.as_saved(), draft.last_day)
        if is_new:
            reservation.commit()
    draft.close("saved")
    return ""


def _is_fresh(last_day: date) -> bool:
    """Whether a last day was shown today or yesterday. Otherwise the clock has changed since."""
    return (
        last_day - saved_drafts.SAVED_FOR
        <= datetime.now(UTC).date()
        <= last_day - saved_drafts.SAVED_FOR + timedelta(days=1)
    )
