"""The pages for a patient's code: view the shared record in the words of its version, and delete it.

The code is in the draft cookie while the page is in use, and never in the URL.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.localized import questionnaires
from screening.patient.navigation import LONGEST_TYPED_CODE, Page, resume_url
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Questionnaire, Section
from screening.questionnaire.packing import NotPacked, unpack
from screening.questionnaire.summary import SummaryItem, summary_items
from screening.site import site
from screening.storage import expiry, patient_codes, questionnaire_versions, submissions
from screening.storage.database import db
from screening.storage.submissions import Removed, Submitted
from screening.web.languages import is_switch, language

pages = Blueprint("code", __name__, url_prefix="/code")


@pages.get("")
def show_record() -> Page:
    """Ask for a code, or show the record of the code that was found."""
    return _page(asks=False)


@pages.post("")
def look_up() -> Response:
    """Look up a typed code. If that fails, the next page shows the code once more, for correction."""
    typed = request.form.get("code", "")[:LONGEST_TYPED_CODE]
    if is_switch():
        return _redirect_with_news("", typed)
    session.pop("code", None)
    try:
        code = patient_codes.parse_code(typed)
    except patient_codes.OtherKind:
        return _redirect_with_news("other", typed)
    except patient_codes.NoCode:
        return _redirect_with_news("mistyped" if typed.strip() else "empty", typed)
    if not site().limits.look_ups.take():
        return _redirect_with_news("busy", typed)
    try:
        # Computed even if the code is found, so that the response time reveals nothing (timing side channel).
        missing = _missing()
        news = "" if _find(code) else missing
    except SQLAlchemyError:
        news = "away"
    if news:
        return _redirect_with_news(news, typed)
    session["code"] = code
    return redirect(url_for("code.show_record"), 303)


@pages.get("/delete")
def confirm_deletion() -> Page:
    """Ask for confirmation, and say exactly what is deleted."""
    return _page(asks=True)


@pages.post("/delete")
def delete() -> Response:
    """Delete the record. A draft that was shared under this code remains closed, and says so."""
    code = session.get("code", "")
    try:
        gone = submissions.remove_submission(db.session, *_lookup_keys(code)) if code else Removed.NOTHING
        news = {Removed.WHOLLY: "deleted", Removed.STILL_READ: "still-read"}.get(gone) or _missing()
    except SQLAlchemyError:
        return _redirect_with_news("unsure")
    session.pop("code", None)
    draft = Draft.read_any(session, questionnaires())
    if draft and draft.code == code:
        draft.close("deleted")
        draft.write(session)
    return _redirect_with_news(news)


@pages.post("/close")
def close() -> Response:
    """Clear the code from this device and keep the record."""
    session.pop("code", None)
    return _redirect_with_news("closed")


def _page(asks: bool) -> Page:
    code, news = session.get("code", ""), session.pop("news", "")
    days = site().retention_days
    try:
        record = _find(code) if code else None
        if code and record is None:
            # It was found before, and since deleted in another window.
            news = news or _missing()
    except SQLAlchemyError:
        record, news = None, news or "away"
    if record is None:
        # Shown once, for correction: the next user of this browser must not find it.
        typed = session.pop("typed", "") or (patient_codes.format_code(code) if code else "")
        return render_template("patient/code_entry.html", news=news, typed=typed, days=days, kept=_pending_code_url())
    try:
        questionnaire, answers = _read(record)
    except NotPacked:
        return render_template("patient/damaged.html", days=days, asks=asks)
    return render_template(
        "patient/record.html", questionnaire=questionnaire, record=record, answers=answers, days=days, asks=asks
    )


def _read(record: Submitted) -> tuple[Questionnaire, Iterator[tuple[Section, tuple[SummaryItem, ...]]]]:
    """Return a record's questionnaire in the language of the page, and its answers.

    Raises:
        NotPacked: the stored data was changed from outside the site.
    """
    if record.is_damaged:
        raise NotPacked
    questionnaire = questionnaire_versions.load_version(db.session, record.version).in_language(language())
    return questionnaire, summary_items(Journey(questionnaire, unpack(questionnaire, record.answers)))


def _find(code: str) -> Submitted | None:
    return submissions.find_stored(db.session, *_lookup_keys(code))


def _missing() -> str:
    """Return the message for a code that is not found. While the clock may be wrong, its record may be hidden."""
    return "clock" if expiry.is_purge_held(db.session) else "unknown"


def _lookup_keys(code: str) -> tuple[tuple[int, ...], tuple[bytes, ...]]:
    current = site()
    return submissions.lookup_keys(db.session, code, current.code_keys, datetime.now(UTC), current.retention_days)


def _pending_code_url() -> str:
    """Return the URL of a code that may not be written down yet, or ""."""
    draft = Draft.read_any(session, questionnaires())
    return resume_url(draft) if draft and draft.has_code else ""


def _redirect_with_news(news: str, typed: str = "") -> Response:
    session["news"] = news
    if typed:
        session["typed"] = typed
    return redirect(url_for("code.show_record"), 303)
