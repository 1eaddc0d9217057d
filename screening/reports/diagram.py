"""A questionnaire as a picture: the way from the start to the summary, and which answers open which questions.

Mermaid is for files that are read on GitHub, SVG for a page. The picture shows the way and nothing beside it: what
options bring to the summary is left out. Knows no page: an SVG takes the color of the text that it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from screening.questionnaire.model import Pause, Question, Questionnaire, Step
from screening.reports.describe import asked, option_title
from screening.reports.svg import Box, BoxKind, Curve, Group, draw_diagram

SUMMARY = "Summary"
TAKEN_ALONG = "Topics to read, questions to take along"
LEGEND: dict[BoxKind, str] = {
    "asked": "Asked of everyone",
    "opened": "Asked only of those whose answers lead here",
    "pause": "A pause, without a question",
}


def mermaid_diagram(questionnaire: Questionnaire) -> str:
    """A Mermaid flowchart. Solid arrows are the order; dotted ones lead from the answers that open a question."""
    names = {step.id: f"step{number}" for number, step in enumerate(questionnaire.steps, 1)}
    opened = [names[question.id] for question in questionnaire.questions if question.ask_if.needs]
    order = ["start", *names.values(), "summary"]
    return "\n".join(
        [
            "flowchart TD",
            f'  start(["{_escaped(questionnaire.title)}"])',
            *_subgraphs(questionnaire, names),
            f'  summary(["{SUMMARY}<br/>{TAKEN_ALONG}"])',
            *(f"  {one} --> {following}" for one, following in pairwise(order)),
            *_dotted(questionnaire, names),
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
            yield f'    {names[step.id]}{opening}"{_escaped(option_title(step))}<br/>{_does(step)}"{closing}'
        yield "  end"


def _dotted(questionnaire: Questionnaire, names: dict[str, str]) -> Iterator[str]:
    for question in questionnaire.questions:
        for earlier, words in _conditions(questionnaire, question):
            yield f'  {names[earlier.id]} -. "{_escaped(words)}" .-> {names[question.id]}'


def _escaped(text: str) -> str:
    """Words that Mermaid takes for nothing but words, neither its own nor Markdown's nor HTML's.

    A dot, colon or hyphen stays only after a letter: elsewhere it may begin a list or a mark.
    """
    # Mermaid marks what it has escaped with this ligature, and would read a mark of ours as its own.
    plain = " ".join(text.replace("ﬂ", "fl").split())
    # Between two pairs of dollars it sees a formula, escaped or not: a word joiner, which nobody sees, parts them.
    plain = re.sub(r"\$(?=\$)", "$\u2060", plain)
    return re.sub(r"(?<![^\W\d_])[.:-]|[^\w ,?!'’“”.:-]|_", lambda found: f"#{ord(found[0])};", plain)


def svg_diagram(questionnaire: Questionnaire) -> str:
    """An SVG element, XML and HTML alike, without style, script or ids: a page may hold several.

    An arrow leads from each question to those that its answers open. Shown in a page, not with <img>, it takes the
    page's color.
    """
    boxes: dict[str, Box] = {}
    curves: list[Curve] = []
    for step in questionnaire.steps:
        conditions = _conditions(questionnaire, step)
        box = boxes[step.id] = Box(
            option_title(step), _does(step), tuple(words for _, words in conditions), _kind(step)
        )
        curves += (Curve(boxes[earlier.id], box, place) for place, (earlier, _) in enumerate(conditions))
    groups = [
        Group(section.title, tuple(boxes[step.id] for step in section.steps)) for section in questionnaire.sections
    ]
    start, summary = Box(questionnaire.title, "The start page", kind="end"), Box(SUMMARY, TAKEN_ALONG, kind="end")
    ways = [Group("", (start,)), *groups, Group("", (summary,))]
    return draw_diagram(ways, curves, LEGEND, f"The way through “{questionnaire.title}”", _described(questionnaire))


def _kind(step: Step) -> BoxKind:
    if isinstance(step, Pause):
        return "pause"
    return "opened" if step.ask_if.needs else "asked"


def _does(step: Step) -> str:
    """What one does at a step."""
    if isinstance(step, Pause):
        return "Nothing is asked here"
    return f"Choose {'any' if step.many else 'one'} of {len(step.options)}"


def _conditions(questionnaire: Questionnaire, step: Step) -> list[tuple[Question, str]]:
    """The questions that a step's condition reads, each with the words of the answers that it needs."""
    told: list[tuple[Question, str]] = []
    for earlier, options in questionnaire.reads(step) if isinstance(step, Question) else ():
        answers = " or ".join(f"“{option.say}”" for option in options)
        told.append((earlier, f"{'and if' if told else 'Asked if'}: {answers}"))
    return told


def _described(questionnaire: Questionnaire) -> str:
    """The picture in words."""
    told = [f"{len(questionnaire.questions)} questions in {len(questionnaire.sections)} sections, then the summary."]
    for question in questionnaire.questions:
        if question.ask_if.needs:
            told.append(f"“{question.ask}” is asked of {asked(questionnaire, question)}.")
    return " ".join(told)
