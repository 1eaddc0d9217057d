"""Sharing a finished journey with the clinic: a free choice, the exact record first, then one durable insert.

What is stored is fixed in the draft before it is shown, so that pressing twice, going back, a second window or a retry
after a crash all meet the same record. An answer that comes after that gets a record and a code of its own, unless the
one before is stored. A draft that was shared is closed: its code stays until it is written down.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft, record_fingerprint
from screening.patient.journey_pages import Page, resume_url
from screening.patient.write_limits import turns
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
    """Show exactly what would be stored and ask; once it is stored, show the code until it is written down."""
    draft = Draft.read(session, questionnaire)
    if draft is None:
        return redirect(url_for("journey.start", questionnaire=questionnaire), 303)
    if draft.is_saved or not (draft.closed or draft.journey.is_complete):
        return redirect(resume_url(draft), 303)
    news = session.pop("news", "")
    if not draft.closed:
        news = _fix(draft) or news
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
        told=summary_items(draft.journey),
        shown=_shown(_record(draft)),
        days=site().retention_days,
        news=news,
    )


@pages.post("/share")
def store(questionnaire: Questionnaire) -> Page:
    """Store the record that was shown, once."""
    draft = Draft.read(session, questionnaire)
    if draft is None or draft.closed or draft.fixed is None:
        return _again(questionnaire)
    record = _record(draft)
    if not draft.is_as_shown or request.form.get("shown") != _shown(record):
        return _again(questionnaire, news="changed")
    if not weeks.can_take(record.week, datetime.now(UTC)):
        return _again(questionnaire)
    try:
        news = _store(draft, record)
    except SQLAlchemyError:
        current_app.log_exception(sys.exc_info())
        news = "away"
    draft.write(session)
    return _again(questionnaire, news)


@pages.post("/share/written")
def written(questionnaire: Questionnaire) -> Response:
    """Clear the code, and whatever else is left, from this device."""
    empty(session)
    return redirect(url_for("sharing.done", questionnaire=questionnaire), 303)


@pages.get("/done")
def done(questionnaire: Questionnaire) -> str:
    """Say that nothing is left on this device, and where to go from here."""
    return render_template("patient/done.html", questionnaire=questionnaire)


def _fix(draft: Draft) -> str:
    """Fix week and ref of the record in the draft; return what there is to tell of it.

    One that was fixed and cannot be stored any more is looked up first: it may have arrived, though its answer never
    did. An answer came since, the questions have changed, or its week has closed or the clock was changed.
    """
    now = datetime.now(UTC)
    news = ""
    if draft.fixed:
        week, ref = draft.fixed
        if draft.is_as_shown and weeks.can_take(week, now):
            return ""
        try:
            there = submissions.find_stored(db.session, [week], [ref])
        except SQLAlchemyError:
            return "away"
        if there and _settle(draft, there):
            return ""
        if not weeks.can_take(week, now):
            news = "week" if week == weeks.week_of(now - weeks.ONE_WEEK) else "date"
        # A record that is there, and that this draft was never shown, is another's: its code must not be told.
        draft.code, draft.next_code = draft.next_code or (patient_codes.make_code() if there else draft.code), ""
    draft.fix(weeks.week_of(now), patient_codes.code_refs(draft.code, site().code_keys)[0])
    return news


def _settle(draft: Draft, there: Submitted) -> bool:
    """Close a draft whose record is there, whether it says what the draft does now or what it was shown before."""
    says = record_fingerprint(there.version, there.answers)
    if says not in (draft.says, draft.shown):
        return False
    draft.close("stored" if says == draft.says else "different")
    return True


def _store(draft: Draft, record: Submitted) -> str:
    """Add the record and close the draft; or return what is in the way, unless the record is there already."""
    is_behind = expiry.is_behind(db.session)
    with turns("shares") as held:
        may_store = held.is_granted and not is_behind
        if not may_store and submissions.find_stored(db.session, [record.week], [record.ref]) is None:
            return "clock" if is_behind else held.refuse(record.week)
        added = _add(record)
        if added is Added.STORED:
            held.keep()
    if added is Added.DIFFERENT:
        # This draft was never shown what is there, so it must not learn the code. The next page makes another.
        draft.code, draft.fixed = patient_codes.make_code(), None
        return "changed"
    draft.close("stored")
    return ""


def _add(record: Submitted) -> Added:
    """Add a record; its questionnaire's version too, if nothing was ever stored under it."""
    try:
        return submissions.add_submission(db.session, record)
    except IntegrityError:
        questionnaire_versions.store_active_versions(unpooled_engine(), site().questionnaires)
        return submissions.add_submission(db.session, record)


def _record(draft: Draft) -> Submitted:
    assert draft.fixed
    week, ref = draft.fixed
    return Submitted(week, ref, draft.questionnaire.version, pack(draft.journey))


def _shown(record: Submitted) -> str:
    """What a form says it has shown, so that nothing else is stored."""
    return f"{weeks.format_week(record.week)} {record.version} {record.answers}"


def _again(questionnaire: Questionnaire, news: str = "") -> Response:
    # Answered by a redirect whatever came of it: going back to the answer to a form shows a browser's own error.
    if news:
        session["news"] = news
    return redirect(url_for("sharing.share", questionnaire=questionnaire), 303)
