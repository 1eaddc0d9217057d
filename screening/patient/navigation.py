"""Where a draft continues, and what several pages of patients share."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeAlias

from flask import render_template, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from screening.patient.draft import Draft
from screening.questionnaire.journey import Journey
from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.site import site
from screening.web.errors import why_lapsed

Page: TypeAlias = str | Response

# Anything longer is not a mistyped code.
LONGEST_TYPED_CODE = 40


def start_page(questionnaire: Questionnaire) -> str:
    """Render the start page; with a draft, it offers to go on."""
    draft = Draft.read(session, questionnaire)
    return render_template(
        "patient/start.html",
        questionnaire=questionnaire,
        going_on=resume_url(draft) if draft and draft.closed != "deleted" else "",
        draft=draft,
        why_cleared=why_lapsed() or _clear_unreadable_draft(),
    )


def _clear_unreadable_draft() -> str:
    """Clear a draft that this release cannot read, and say so; "" if there is none."""
    cleared = ""
    if "draft" in session and Draft.read_any(session, site().questionnaires) is None:
        del session["draft"]
        cleared = _("Your answers were cleared from this browser.")
    return cleared


def forget(session: MutableMapping[str, Any]) -> None:
    """Delete what the previous user of this browser left in the session besides the draft."""
    for key in ("code", "typed", "news", "returned"):
        session.pop(key, None)


def resume_url(draft: Draft) -> str:
    """Return the URL at which a draft continues."""
    if draft.is_saved:
        return url_for("later.later", questionnaire=draft.questionnaire)
    if draft.closed:
        return url_for("sharing.share", questionnaire=draft.questionnaire)
    return step_url(draft.journey, draft.journey.first_open)


def step_url(journey: Journey, step: Step | None, change: str | None = None) -> str:
    """Return the URL of a step, or of the check page after the last. `change`: the question leads back there."""
    questionnaire = journey.questionnaire
    match step:
        case Question():
            number = journey.number(step)
            return url_for("journey.question", questionnaire=questionnaire, number=number, change=change)
        case Pause():
            return url_for("journey.pause", questionnaire=questionnaire)
        case None:
            return url_for("journey.check", questionnaire=questionnaire)
