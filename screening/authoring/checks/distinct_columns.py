"""Each option has a column of its own in exported files. Only a long name, which is shortened, can meet another."""

from __future__ import annotations

from collections.abc import Iterator

from screening.authoring.schema import Files, Finding
from screening.authoring.yaml_document import Fault, Where
from screening.text.column_names import column_name


def check(files: Files) -> Iterator[Finding]:
    """Yield each option whose column has the name of another one's, also of one that earlier versions had."""
    seen: dict[str, str] = {}
    for where, question, option in _options(files):
        pick, name = f"{question}/{option}", column_name(question, option)
        if seen.setdefault(name, pick) != pick:
            wrong = f'"{seen[name]}" and "{pick}" would both be the column {name} of an export.'
            yield Finding("questionnaire", Fault(where, wrong, "Choose another id for one of them.", at_key=True))


def _options(files: Files) -> Iterator[tuple[Where, str, str]]:
    """Yield the position, question id and option id of every option, those that have gone first."""
    for pick in files.questionnaire.gone:
        question, _, option = pick.partition("/")
        if option:
            yield ("gone", pick), question, option
    for where, part in files.questions():
        kind = "choose_one" if part.choose_one else "choose_any"
        for option in part.options:
            yield (*where, kind, option), part.id, option
