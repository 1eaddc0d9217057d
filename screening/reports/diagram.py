"""Flowchart of a questionnaire from the start to the summary, and which answers open which questions.

Mermaid is for files on GitHub, SVG for a page. What options bring to the summary is left out. An SVG takes the color of
the text around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.reports.describe import asked, step_heading
from screening.reports.svg import Box, BoxKind, Curve, Group, draw_diagram

SUMMARY = "Summary"
TAKEN_ALONG = "Topics to read, questions to take along"
LEGEND: dict[BoxKind, str] = {
    "asked": "Asked of everyone",
    "opened": "Asked only of those whose answers lead here",
    "pause": "A pause, without a question",
}


def mermaid_diagram(questionnaire: Questionnaire) -> str:
    """Draw a Mermaid flowchart. Solid arrows are the order; dotted ones lead from the answers that open a question."""
    names = {step.id: f"step{number}" for number, step in enumerate(questionnaire.steps, 1)}
    opened = [names[question.id] for question in questionnaire.questions if question.ask_if.needs]
    order = ["start", *names.values(), "summary"]
    return "\n".join(
        [
            "flowchart TD",
            f'  start(["{_escaped(questionnaire.title)}"])',
            *_subgraphs(questionnaire, names),
            f'  summary(["{SUMMARY}<br/>{TAKEN_ALONG}"])',
            *(f"  {name} --> {following}" for name, following in pairwise(order)),
            *_dotted_arrows(questionnaire, names),
            "  classDef opened stroke-dasharray: 5 4",
            *([f"  class {','.join(opened)} opened"] if opened else []),
            "",
        ]
    )


def _subgraphs(questionnaire: Questionnaire, names: dict[str, str]) -> Iterator[str]:
    for number, section in enumerate(questionnaire.sections, 1):
        yield f'  subgraph section{number}["{_escaped(section.title)}"]'
        for step in section.steps:
            opening, closing = ("([", "])") if isinstance(step, Pause) else ("[", "]")
            yield f'    {names[step.id]}{opening}"{_escaped(step_heading(step))}<br/>{_instruction(step)}"{closing}'
        yield "  end"


def _dotted_arrows(questionnaire: Questionnaire, names: dict[str, str]) -> Iterator[str]:
    for question in questionnaire.questions:
        for earlier, words in _conditions(questionnaire, question):
            yield f'  {names[earlier.id]} -. "{_escaped(words)}" .-> {names[question.id]}'


def _escaped(text: str) -> str:
    """Escape text for Mermaid, so that it is neither Mermaid syntax nor Markdown nor HTML.

    A dot, colon or hyphen is unescaped only after a letter: elsewhere it may begin a list or other markup.
    """
    # Mermaid uses this ligature internally as an escape mark, and would misread ours.
    plain = " ".join(text.replace("ﬂ", "fl").split())
    # Mermaid reads text between two pairs of dollars as a formula, even if escaped. A word joiner stops that.
    plain = re.sub(r"\$(?=\$)", "$\u2060", plain)
    return re.sub(r"(?<![^\W\d_])[.:-]|[^\w ,?!'’“”.:-]|_", lambda found: f"#{ord(found[0])};", plain)


def svg_diagram(questionnaire: Questionnaire) -> str:
    """Draw an SVG element that is valid XML and HTML, without style, script or ids, so that a page can hold several.

    An arrow leads from each question to those that its answers open. Inline in a page, not in <img>, it takes the
    page's color.
    """
    boxes: dict[str, Box] = {}
    curves: list[Curve] = []
    for step in questionnaire.steps:
        conditions = _conditions(questionnaire, step)
        box = boxes[step.id] = Box(
            step_heading(step), _instruction(step), tuple(words for _, words in conditions), _kind(step)
        )
        curves += (Curve(boxes[earlier.id], box, number) for number, (earlier, _) in enumerate(conditions))
    groups = [
        Group(section.title, tuple(boxes[step.id] for step in section.steps)) for section in questionnaire.sections
    ]
    start, summary = Box(questionnaire.title, "The start page", kind="end"), Box(SUMMARY, TAKEN_ALONG, kind="end")
    column = [Group("", (start,)), *groups, Group("", (summary,))]
    return draw_diagram(column, curves, LEGEND, f"The way through “{questionnaire.title}”", _description(questionnaire))


def _kind(step: Step) -> BoxKind:
    if isinstance(step, Pause):
        return "pause"
    return "opened" if step.ask_if.needs else "asked"


def _instruction(step: Step) -> str:
    if isinstance(step, Pause):
        return "Nothing is asked here"
    return f"Choose {'any' if step.many else 'one'} of {len(step.options)}"


def _conditions(questionnaire: Questionnaire, step: Step) -> list[tuple[Question, str]]:
    """List the questions that a step's condition reads, each with the answers that it needs in words."""
    conditions: list[tuple[Question, str]] = []
    for earlier, options in questionnaire.reads(step) if isinstance(step, Question) else ():
        answers = " or ".join(f"“{option.say}”" for option in options)
        conditions.append((earlier, f"{'and if' if conditions else 'Asked if'}: {answers}"))
    return conditions


def _description(questionnaire: Questionnaire) -> str:
    """Describe the diagram in words, for people who cannot see it."""
    sentences = [
        f"{len(questionnaire.questions)} questions in {len(questionnaire.sections)} sections, then the summary."
    ]
    for question in questionnaire.questions:
        if question.ask_if.needs:
            sentences.append(f"“{question.ask}” is asked of {asked(questionnaire, question)}.")
    return " ".join(sentences)
