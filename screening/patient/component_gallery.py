"""The design on one page, for developers: every token, and every component in its states. Debug only."""

from __future__ import annotations

import re

from flask import Blueprint, Response, render_template

from screening.patient.draft import Draft
from screening.patient.localized import questionnaires
from screening.questionnaire.packing import pack
from screening.questionnaire.summary import summarize, summary_items
from screening.site import site
from screening.storage import patient_codes
from screening.storage.submissions import Submitted
from screening.web.static_files import FOLDER

pages = Blueprint("components", __name__)

# Any week will do.
WEEK = 202601
SHOWN_AS = {"Colors": "background", "Faces": "font-family", "Sizes": "font-size", "Space": "width"}
"""Group of tokens -> the property in which a swatch shows one."""


@pages.get("/components")
def components() -> str:
    """Show all components, in the words of the first questionnaire."""
    draft = Draft(questionnaires()[0])
    draft.dropped, draft.is_revised = (draft.questionnaire.questions[-1].id,), True
    for question in draft.questionnaire.questions:
        draft.answers[question.id] = tuple(option.id for option in question.options[:2])[: 1 + question.many]
    return render_template(
        "patient/component_gallery.html",
        tokens=tokens(),
        draft=draft,
        questions=[
            next(asked for asked in draft.questionnaire.questions if asked.many is many) for many in (False, True)
        ],
        section=draft.questionnaire.sections[1],
        summary=summarize(draft.journey, site().support.country),
        answers=list(summary_items(draft.journey)),
        record=Submitted(WEEK, bytes(16), draft.questionnaire.version, pack(draft.journey)),
        code=patient_codes.format_code(draft.code),
    )


@pages.get("/components.css")
def swatches() -> Response:
    """Style the swatches, one per token; the content security policy allows no inline style."""
    rules = [
        f".swatch.{name} {{ {SHOWN_AS[group]}: var(--{name}); }}\n"
        for group, _, names in tokens()
        for name, _ in names
        if group in SHOWN_AS
    ]
    size = ".swatch { display: inline-block; min-height: 2rem; border: 1rem solid var(--line); }\n"
    return Response(size + "".join(rules), mimetype="text/css")


def tokens() -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Parse the token groups of the stylesheet: each group's name, its purpose, and its tokens with their values."""
    written = (FOLDER / "screening.css").read_text().partition("\n}")[0]
    groups = re.findall(r"/\* (\w+): (.+) \*/\n((?:  --.+\n?)+)", written)
    return [(group, use, re.findall(r"--([a-z-]+): (.+);", names)) for group, use, names in groups]
