"""Sharing a finished journey with the clinic, optional: show the exact record, then do one durable insert.

The record is fixed in the draft before it is shown, so sharing is idempotent: a double click, going back, a second
window or a retry after a crash reach the same record. A later answer gets its own record and code, unless the first
record is stored. A shared draft is closed. Its code remains until the patient has written it down.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft, record_fingerprint
from screening.patient.navigation import Page, resume_url
from screening.patient.write_limits import reservations
from screening.questionnaire.model import Questionnaire
from screening.questionnaire.packing import pack
from screening.questionnaire.summary import summary_items
from screening.site import site
from screening.storage import expiry, patient_codes, questionnaire_versions, submissions, weeks
from screening.storage.database import db, unpooled_engine
from screening.storage.submissions import Added, Submitted
from screening.web.cookies import empty

pages = Blueprint("sharing", __name__, url_prefix="/<questionnaire:questionnaire>")


@pages.get("/share")
def share(questionnaire: Questionnaire) -> Page:
    """Show exactly what would be stored, and ask. Once stored, show the code until it is written down."""
    draft = Draft.read(session, questionnaire)
    if draft is None:
        return redirect(url_for("journey.start", questionnaire=questionnaire), 303)
    if draft.is_saved or not (draft.closed or draft.journey.is_complete):
        return redirect(resume_url(draft), 303)
    news = session.pop("news", "")
    if not draft.closed:
        news = _fix_record(draft) or news
        draft.write(session)
    if draft.closed:
        days = site().retention_days
        return render_template(
            "patient/shared.html", draft=draft, code=patient_codes.format_code(draft.code), days=days
        )
    return render_template(
        "patient/share.html",
        questionnaire=questionnaire,
        record=_record(draft),
        answers=summary_items(draft.journey),
        shown=_shown_value(_record(draft)),
        days=site().retention_days,
        news=news,
    )


@pages.post("/share")
def store(questionnaire: Questionnaire) -> Page:
    """Store the record that was shown, at most once."""
    draft = Draft.read(session, questionnaire)
    if draft is None or draft.closed or draft.fixed is None:
        return _redirect_with_news(questionnaire)
    record = _record(draft)
    shown = request.form.get("shown", "")
    if not draft.is_as_shown or shown != _shown_value(record):
        return _redirect_with_news(questionnaire, news="changed" if record.version in shown else "revised")
    if not weeks.can_take(record.week, datetime.now(UTC)):
        return _redirect_with_news(questionnaire)
    try:
        news = _store_and_close(draft, record)
    except SQLAlchemyError:
        current_app.log_exception(sys.exc_info())
        news = "away"
    draft.write(session)
    return _redirect_with_news(questionnaire, news)


@pages.post("/share/written")
def clear_code(questionnaire: Questionnaire) -> Response:
    """Clear the code, and everything else but the language, from this device."""
    empty(session)
    return redirect(url_for("sharing.done", questionnaire=questionnaire), 303)


@pages.get("/done")
def done(questionnaire: Questionnaire) -> str:
    """Say that this site keeps nothing in this browser now, what is still stored, and where to go next."""
    return render_template("patient/done.html", questionnaire=questionnaire)


def _fix_record(draft: Draft) -> str:
    """Fix week and ref of the record in the draft, and return the notice to show, or "".

    A fixed record is no longer valid if an answer came since, the questions changed, its week closed or the clock
    changed. It is looked up first, because it may be stored although its response was lost.
    """
    now = datetime.now(UTC)
    news = ""
    if draft.fixed:
        week, ref = draft.fixed
        if draft.is_as_shown and weeks.can_take(week, now):
            return ""
        try:
            stored = submissions.find_stored(db.session, [week], [ref])
        except SQLAlchemyError:
            return "away"
        if stored and _close_if_same(draft, stored):
            return ""
        if not weeks.can_take(week, now):
            news = "week" if week == weeks.week_of(now - weeks.ONE_WEEK) else "date"
        # An existing record that this draft never showed is someone else's, so its code must not be shown.
        draft.code, draft.next_code = draft.next_code or (patient_codes.make_code() if stored else draft.code), ""
    draft.fix_record(weeks.week_of(now), patient_codes.code_refs(draft.code, site().code_keys)[0])
    return news


def _close_if_same(draft: Draft, stored: Submitted) -> bool:
    """Close the draft if the stored record has its current answers or those shown before; return whether it has."""
    fingerprint = record_fingerprint(stored.version, stored.answers)
    if fingerprint not in (draft.fingerprint, draft.shown_fingerprint):
        return False
    draft.close("stored" if fingerprint == draft.fingerprint else "different")
    return True


def _store_and_close(draft: Draft, record: Submitted) -> str:
    """Add the record and close the draft, and return "" or the reason why not. A stored record needs no slot."""
    is_behind = expiry.is_behind(db.session)
    with reservations("shares") as reservation:
        may_store = reservation.is_granted and not is_behind
        if not may_store and submissions.find_stored(db.session, [record.week], [record.ref]) is None:
            return "clock" if is_behind else reservation.refuse(record.week)
        added = _add_with_version(record)
        if added is Added.STORED:
            reservation.commit()
    if added is Added.DIFFERENT:
        # The stored record is not the one shown, so its code must not be shown. The next page makes a new one.
        draft.code, draft.fixed = patient_codes.make_code(), None
        return "changed"
    draft.close("stored")
    return ""


def _add_with_version(record: Submitted) -> Added:
    """Add a record, and its questionnaire version if the table lacks it."""
    try:
        return submissions.add_submission(db.session, record)
    except IntegrityError:
        questionnaire_versions.store_active_versions(unpooled_engine(), site().questionnaires)
        return submissions.add_submission(db.session, record)


def _record(draft: Draft) -> Submitted:
    assert draft.fixed
    week, ref = draft.fixed
    return Submitted(week, ref, draft.questionnaire.version, pack(draft.journey))


def _shown_value(record: Submitted) -> str:
    """Return the value with which the form states what it has shown, so that nothing else is stored."""
    return f"{weeks.format_week(record.week)} {record.version} {record.answers}"


def _redirect_with_news(questionnaire: Questionnaire, news: str = "") -> Response:
    # Always redirect (post/redirect/get): going back to a POST response shows a browser error.
    if news:
        session["news"] = news
    return redirect(url_for("sharing.share", questionnaire=questionnaire), 303)
