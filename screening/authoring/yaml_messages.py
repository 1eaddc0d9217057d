"""Messages for authors about what the YAML parser finds. Independent of any data model or questionnaire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark
from ruamel.yaml.events import AliasEvent, Event, ScalarEvent

from screening.libraries import refuse_missing, require_parts
from screening.text.characters import find_foreign, find_hidden

# In characters. No page needs so long a text, and no form in the wording list is so long.
LONGEST_TEXT = 5_000
# A comment has a space after its #. Without that space, "#" after a text was probably meant as part of it.
_CUT_OFF = re.compile(r"[ \t]+(#\w\S*)")

_BETWEEN_QUOTES = "Put double quotes around all of it."
# A part of the parser's message; our message and remedy; whether to point to where the quote, bracket or line opened.
_Message: TypeAlias = tuple[str, str, str, bool]
_MESSAGES: tuple[_Message, ...] = (
    ("'\\t'", "There is a tab here.", "Use spaces instead.", False),
    ("mapping values", "A colon is not allowed here.", 'Use quotes, "like: this", or fix the indentation.', False),
    ("end of stream", "The quote that opens here is never closed.", "Close it.", True),
    ("document separator", "The quote that opens here is never closed.", "Close it.", True),
    ("expected ',' or", "The bracket that opens here is not closed.", "Close it. Put commas between its parts.", True),
    (
        "expected ':'",
        "This key has no colon.",
        'Write "key: text", or indent it if it continues the line before.',
        True,
    ),
    ("<scalar> behind", "Text follows a closing quote or bracket.", _BETWEEN_QUOTES, False),
    ("<block end>", "This line's indentation is wrong.", "Indent it like the lines it belongs to.", False),
    ("escape", "A backslash is not allowed here.", "Delete it, or use single quotes.", False),
    ("chomping", "Nothing else is allowed on this line.", "Start the text on the next line, indented.", False),
    ("or a line break", "Nothing else is allowed on this line.", "Start the text on the next line, indented.", False),
    ("node content", "Something is missing here.", "Close the bracket, or delete the comma before it.", False),
    ("start any token", "Text cannot start with this character.", "Put quotes around the text.", False),
    ("alphabetic or numeric", "Text cannot start with this character.", "Put quotes around the text.", True),
    ("tag", "Text cannot start with this character.", "Put quotes around the text.", True),
    ("", "This cannot be read.", "Check the quotes, brackets, colons and indentation here and just before.", False),
)
YAML_PARTS: dict[type, str] = {MarkedYAMLError: "context_mark problem problem_mark", StringMark: "column index line"}
# An error for each message except the last, in the same order.
_EXAMPLES = (
    "a:\n\t- b",
    "a: b: c",
    'a: "b',
    'a: "b\n---\n',
    "a: [b",
    "a: b\nc\nd: e",
    'a: "b" c',
    "a:\n  - b\n c: d",
    r'a: "\q"',
    "a: |x",
    "a: | b",
    "a: [b,,c]",
    "a: @b",
    "a: *",
    "a: !b!c",
)


class SourcePosition(NamedTuple):
    """A line and a column, both counted from 1 as in editors."""

    line: int
    column: int


def refused_features(event: Event, file: str) -> Iterator[tuple[str, str]]:
    """Yield YAML features that authors rarely intend: aliases, anchors, tags, comments in a text; and bad characters.

    Each is a message and a remedy. `file` is the text of the whole file.
    """
    name, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, AliasEvent):
        yield f'"*{name}" is an alias for another part.', "Write it out. Put quotes around text that starts with *."
    elif name:
        yield f'"&{name}" gives this part a name.', "Delete it. Put quotes around text that starts with &."
    if tag:
        tag = str(tag).replace("tag:yaml.org,2002:", "!!")
        yield f'"{tag}" is a tag.', "Delete it. Put quotes around text that starts with !."
    if isinstance(event, ScalarEvent):
        yield from _in_text(event, file)


def _in_text(event: ScalarEvent, file: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong in a text: its length, hidden or foreign characters, or an end lost as a comment."""
    if len(event.value) > LONGEST_TEXT:
        yield (
            f"This text has {len(event.value):,} characters.",
            f"Write at most {LONGEST_TEXT:,}, or split it.",
        )
    elif fault := find_hidden(event.value) or find_foreign(event.value):
        yield fault.wrong, fault.remedy
    if event.style not in ("|", ">") and (cut_off := _CUT_OFF.match(file, event.end_mark.index)):
        yield (
            f'"{cut_off[1]}" is a comment here, so it is not read.',
            "Put quotes around the whole text. To write a comment, put a space after #.",
        )


def is_doubtful(event: Event) -> bool:
    """Whether parsers could differ about an event: an alias, an anchor, a tag, or a value that was left out."""
    return (
        isinstance(event, AliasEvent)
        or bool(getattr(event, "anchor", None) or getattr(event, "tag", None))
        or (isinstance(event, ScalarEvent) and is_missing(event))
    )


def is_missing(event: ScalarEvent) -> bool:
    """Whether a value was left out, as after `key:`."""
    return bool(event.start_mark.index == event.end_mark.index)


def start_of(event: Event, file: str) -> SourcePosition:
    """Return where an event begins; for a missing value, where it should be. The parser puts it at the next token."""
    mark = event.start_mark
    if not isinstance(event, ScalarEvent) or not is_missing(event):
        return SourcePosition(mark.line + 1, mark.column + 1)
    end = mark.index
    while end and file[end - 1].isspace():
        end -= 1
    return SourcePosition(mark.line + 1 - file.count("\n", end, mark.index), end - file.rfind("\n", 0, end))


def end_of(text: str) -> SourcePosition:
    """Return the position just after a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return SourcePosition(text.count("\n") + 1, len(text) - text.rfind("\n"))


def explain_yaml_error(error: MarkedYAMLError, file: str) -> tuple[SourcePosition, str, str]:
    """Return where a file stops being valid YAML, with a message and a remedy that help more than the parser's.

    `file` is the text of the whole file.
    """
    _, wrong, remedy, at_opening = _message_for(error, file)
    mark = (at_opening and error.context_mark) or error.problem_mark or error.context_mark
    return SourcePosition(mark.line + 1, mark.column + 1) if mark else SourcePosition(1, 1), wrong, remedy


def require_parser() -> None:
    """Check what is undocumented of ruamel.yaml: its errors, their positions and their messages (D-CHECKS-47).

    Raises:
        UnsupportedLibrary: it has changed.
    """
    require_parts("ruamel.yaml", YAML_PARTS)
    examples = zip(_MESSAGES, _EXAMPLES, strict=False)
    refuse_missing("ruamel.yaml", [f'"{message[0]}"' for message, file in examples if _example(file) != message])


def _example(file: str) -> _Message | None:
    try:
        for _ in YAML(typ="safe", pure=True).parse(file):
            pass
    except MarkedYAMLError as error:
        return _message_for(error, file)
    return None


def _message_for(error: MarkedYAMLError, file: str) -> _Message:
    problem, mark = str(error.problem), error.problem_mark
    if "but found '<scalar>'" in problem and file[: mark.index].rstrip(" ").endswith(("'", '"', "]", "}")):
        problem = "<scalar> behind"
    return next(entry for entry in _MESSAGES if entry[0] in problem)
