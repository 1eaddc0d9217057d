"""The page for a patient's code: see the shared record in the words of its version, and delete it.

The code stays in the draft cookie while the page is in use; the address never holds it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.patient.routes import Page
from screening.questionnaire.journey import Journey
from screening.questionnaire.packing import unpack
from screening.questionnaire.summary import told
from screening.storage import codes, submissions, versions, weeks
from screening.storage.database import db
from screening.storage.submissions import Record

pages = Blueprint("code", __name__, url_prefix="/code")

# A longer one is no slip of the finger.
LONGEST = 40


@pages.get("")
def look() -> Page:
    """Ask for a code; once one was found, show its record."""
    return _page(asks=False)


@pages.post("")
def find() -> Response:
    """Look a typed code up. What was typed is kept, found or not."""
    typed = request.form.get("code", "")[:LONGEST]
    session.pop("code", None)
    session["typed"] = typed
    try:
        code = codes.read(typed)
    except codes.NoCode:
        return _told("mistyped" if typed.strip() else "empty")
    tries = current_app.extensions["limits"]["look-ups"]
    if tries.is_reached:
        return _told("busy")
    tries.count()
    try:
        record = _find(code)
    except SQLAlchemyError:
        return _told("away")
    if record is None:
        return _told("unknown")
    session["code"] = code
    return redirect(url_for("code.look"), 303)


@pages.get("/delete")
def ask() -> Page:
    """Ask whether the record is to be deleted, and say exactly what goes."""
    return _page(asks=True)


@pages.post("/delete")
def delete() -> Response:
    """Delete the record. A draft that was shared under this code stays closed, and says so."""
    code = session.get("code", "")
    try:
        record = _find(code) if code else None
        is_gone = record is not None and submissions.remove(db.session, record)
    except SQLAlchemyError:
        return _told("away")
    session.pop("code", None)
    session.pop("typed", None)
    for questionnaire in current_app.extensions["questionnaires"]:
        draft = Draft.read(session, questionnaire)
        if draft and draft.code == code:
            draft.close("deleted")
            draft.write(session)
    return _told("deleted" if is_gone else "unknown")


@pages.post("/close")
def close() -> Response:
    """Forget the code on this device; the record stays."""
    session.pop("code", None)
    session.pop("typed", None)
    return _told("closed")


def _page(asks: bool) -> Page:
    code, news = session.get("code", ""), session.pop("news", "")
    days = current_app.extensions["retention_days"]
    try:
        record = _find(code) if code else None
    except SQLAlchemyError:
        record, news = None, "away"
    if record is None:
        # Found a moment ago, and deleted in another window since.
        news = news or ("unknown" if code else "")
        return render_template("patient/code.html", news=news, typed=session.get("typed", ""), days=days)
    questionnaire = versions.questionnaire(db.session, record.version)
    answers = told(Journey(questionnaire, unpack(questionnaire, record.answers)))
    return render_template(
        "patient/record.html", questionnaire=questionnaire, record=record, told=answers, days=days, asks=asks
    )


def _find(code: str) -> Record | None:
    extensions = current_app.extensions
    kept = weeks.kept(datetime.now(UTC), extensions["retention_days"])
    return submissions.find(db.session, kept, codes.refs(code, extensions["code_keys"]))


def _told(news: str) -> Response:
    session["news"] = news
    return redirect(url_for("code.look"), 303)
