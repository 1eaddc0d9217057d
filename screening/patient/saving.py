"""Saving an unfinished draft for later, under a return code: what would be stored first, then one durable row.

Code and last day are fixed in the draft before they are used, so that pressing twice, going back, a second window or a
retry after a crash all meet the same row. Each answer makes another code, whose row takes the place of the one before:
a copy of the cookie never has the code of later answers. A draft that was saved is closed: its return code stays until
it is written down.
"""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, current_app, redirect, render_template, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.journey_pages import Page, resume_url
from screening.patient.write_limits import turns
from screening.questionnaire.model import Questionnaire
from screening.site import site
from screening.storage import expiry, patient_codes, saved_drafts, weeks
from screening.storage.database import db
from screening.storage.patient_codes import CodeKind

pages = Blueprint("later", __name__, url_prefix="/<questionnaire:questionnaire>")


@pages.get("/later")
def later(questionnaire: Questionnaire) -> Page:
    """Say what would be stored and ask; once it is saved, show the return code until it is written down."""
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
    """Save the draft that is here now, once, and clear its answers from this device."""
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
    # Answered by a redirect whatever came of it: going back to the answer to a form shows a browser's own error.
    return redirect(url_for("later.later", questionnaire=questionnaire), 303)


def _save(draft: Draft) -> str:
    """Store the draft and close it; or return what is in the way."""
    assert draft.last_day
    if not site().limits.return_codes.take():
        return "busy"
    # The newest code's row takes the place of one that may be there under the code from before the last answers.
    keys = site().code_keys
    places = [
        place for code in (draft.return_code, draft.replaces) if code for place in saved_drafts.draft_slots(code, keys)
    ]
    is_new = not saved_drafts.is_saved(db.session, places)
    if is_new and expiry.is_behind(db.session):
        return "clock"
    if is_new and not _is_fresh(draft.last_day):
        return "date"
    with turns("saves") as held:
        if is_new and not held.is_granted:
            return held.refuse(weeks.week_of(datetime.now(UTC)))
        saved_drafts.save_draft(db.session, places, draft.as_saved(), draft.last_day)
        if is_new:
            held.keep()
    draft.close("saved")
    return ""


def _is_fresh(last_day: date) -> bool:
    """Whether a last day was shown today or yesterday; otherwise the clock was changed since."""
    return (
        last_day - saved_drafts.SAVED_FOR
        <= datetime.now(UTC).date()
        <= last_day - saved_drafts.SAVED_FOR + timedelta(days=1)
    )
