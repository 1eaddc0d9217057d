"""One YAML file as plain data that remembers where each value stands.

Every scalar stays the string that was typed (`yes`, `no`, `012`). Refuses what YAML could do behind an author's
back: duplicate keys, anchors, tags. Knows nothing of questionnaires.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Where: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead from the top of a document to one of its values."""

# More than any question file needs, far less than Python can follow.
DEEPEST = 20
# Line ends that editors do not count, and the mark that belongs at a file's very beginning.
_UNSEEN = re.compile("[\x85\u2028\u2029\ufeff]")
_CANNOT_BE_SEEN = "A character here cannot be seen.", "Delete it: retype this line."
# Escapes of half a character, and of what lies beyond the last one.
_NO_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]..|\\U(?!000|0010)[0-9a-fA-F]{8}|\\U0000[dD][89a-fA-F]..")

# What the parser says; what to say instead; whether the place is where the quote, bracket or line opened.
_SAID: tuple[tuple[str, str, str, bool], ...] = (
    ("'\\t'", "A tab stands here.", "Use spaces instead.", False),
    ("mapping values", "A colon cannot stand here.", 'Write "like: this", in quotes, or mend the indentation.', False),
    ("end of stream", "The quote that opens here is never closed.", "Close it.", True),
    ("document separator", "The quote that opens here is never closed.", "Close it.", True),
    ("expected ',' or", "The bracket that opens here is not closed.", "Close it, with commas between its parts.", True),
    ("expected ':'", "This key has no colon.", 'Write "key: text", or indent what goes on from a line before.', True),
    ("<block end>", "This does not line up.", "Indent it as the lines it belongs to.", False),
    ("escape", "A backslash cannot stand here.", "Take it away, or use single quotes.", False),
    ("hexdecimal", "A backslash cannot stand here.", "Take it away, or use single quotes.", False),
    ("chomping", "Nothing else can stand in this line.", "Begin the text in the next line, indented.", False),
    ("or a line break", "Nothing else can stand in this line.", "Begin the text in the next line, indented.", False),
    ("node content", "Something is missing here.", "Close the bracket, or take the comma before it away.", False),
    ("start any token", "Text cannot begin with this sign.", "Put the text between quotes.", False),
    ("alphabetic or numeric", "Text cannot begin with this sign.", "Put the text between quotes.", True),
    ("tag", "Text cannot begin with this sign.", "Put the text between quotes.", True),
    ("", "This cannot be read.", "Look for a quote, bracket, colon or indentation here or just before.", False),
)


class Place(NamedTuple):
    """Line and column, both counted from 1, as editors do."""

    line: int
    column: int


class Fault(NamedTuple):
    """What is wrong at one value of a document, and what to write instead."""

    where: Where
    wrong: str
    remedy: str
    at_key: bool = False


class Complaint(NamedTuple):
    """A fault as its author reads it: `file:line:column: what is wrong. What to write instead.`"""

    file: str
    line: int
    column: int
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.wrong} {self.remedy}"


class BadQuestions(Exception):
    """The question files cannot be used. `complaints` holds all that is wrong, in the order of the files."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("\n".join(map(str, complaints)))
        self.complaints = complaints


@dataclass
class Document:
    """A file's data, and the place of each value and key in it."""

    file: str
    data: Data = ""
    values: dict[Where, Place] = field(default_factory=dict)
    keys: dict[Where, Place] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file.

        Raises:
            BadQuestions: the file is missing, is not UTF-8, or is not the YAML that we take.
        """
        # As its author would type it.
        document = cls(os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path))
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            place = _end(error.object[: error.start].decode())
            raise document._refused(place, "This character is not UTF-8.", "Save the file as UTF-8.") from None
        except FileNotFoundError:
            raise document._refused(Place(1, 1), "The file cannot be read.", "It is missing: put it there.") from None
        except IsADirectoryError:
            raise document._refused(
                Place(1, 1), "The file cannot be read.", "It is a folder: put a file in its place."
            ) from None
        except OSError:
            raise document._refused(Place(1, 1), "The file cannot be read.", "Make it readable.") from None
        if complaints := document._take(text):
            raise BadQuestions(complaints)
        return document

    def complaint(self, fault: Fault) -> Complaint:
        """Give a fault its place: that of the value, or of the nearest thing around it that stands in the file."""
        where = fault.where
        while where and where not in self.values:
            where = where[:-1]
        place = (self.keys.get(where) if fault.at_key else None) or self.values.get(where) or Place(1, 1)
        return Complaint(self.file, place.line, place.column, fault.wrong, fault.remedy)

    def line(self, where: Where) -> str:
        """The file's name and the line of a place, or of the nearest thing around it, as other complaints name it."""
        place = self.complaint(Fault(where, "", ""))
        return f"{Path(self.file).name}:{place.line}"

    def _refused(self, place: Place, wrong: str, remedy: str) -> BadQuestions:
        return BadQuestions([Complaint(self.file, *place, wrong, remedy)])

    def _take(self, text: str) -> list[Complaint]:
        unseen, no_character = _UNSEEN.search(text), _NO_CHARACTER.search(text)
        if unseen:
            raise self._refused(_end(text[: unseen.start()]), *_CANNOT_BE_SEEN)
        if no_character:
            wrong = f'"{no_character[0]}" stands for no character.'
            raise self._refused(_end(text[: no_character.start()]), wrong, "Write the character itself.")
        try:
            return self._documents(YAML(typ="safe", pure=True).parse(text))
        except MarkedYAMLError as error:
            raise self._refused(*_explained(error)) from None
        except YAMLError as error:
            raise self._refused(_end(text[: getattr(error, "position", 0)]), *_CANNOT_BE_SEEN) from None

    def _documents(self, events: Iterator[Event]) -> list[Complaint]:
        complaints: list[Complaint] = []
        starts = (event for event in events if isinstance(event, DocumentStartEvent))
        if next(starts, None) is None:
            raise self._refused(Place(1, 1), "The file is empty.", "Write its content, or take the file away.")
        self.data = self._value(next(events), events, (), complaints)
        if second := next(starts, None):
            remedy = 'Take the line "---" or "..." away: a file holds one document.'
            raise self._refused(_place(second), "A second document begins here.", remedy)
        return complaints

    def _value(self, event: Event, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        """What an event begins; the events inside it are taken too."""
        place = self.values[where] = _place(event)
        if len(where) > DEEPEST:
            remedy = "Close the brackets before it, or mend the indentation."
            raise self._refused(place, "This stands inside too many other things.", remedy)
        complaints += (Complaint(self.file, *place, wrong, remedy) for wrong, remedy in _tricks(event))
        if isinstance(event, SequenceStartEvent):
            items = enumerate(_until(SequenceEndEvent, events))
            return [self._value(item, events, (*where, number), complaints) for number, item in items]
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, where, complaints)
        return event.value.strip() if isinstance(event, ScalarEvent) else ""

    def _mapping(self, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        plain: dict[str, Data] = {}
        for event in _until(MappingEndEvent, events):
            place = _place(event)
            key = self._value(event, events, (*where, ""), complaints)
            if not isinstance(key, str):
                wrong, remedy = "A key here is not a plain word.", "Write a single word before the colon."
                complaints.append(Complaint(self.file, *place, wrong, remedy))
                key = ""
            here = (*where, key)
            if key in plain:
                wrong = f'"{key}" stands twice here, first in line {self.keys[here].line}.'
                complaints.append(Complaint(self.file, *place, wrong, "Keep one, or rename one."))
            self.keys.setdefault(here, place)
            plain[key] = self._value(next(events), events, here, complaints)
        return plain


def _until(end: type[Event], events: Iterator[Event]) -> Iterator[Event]:
    """The events up to an end. Whoever is given one takes the events inside it before asking for the next."""
    return takewhile(lambda event: not isinstance(event, end), events)


def _tricks(event: Event) -> Iterator[tuple[str, str]]:
    """What a value would do behind its author's back, or what a sign at the beginning of a text makes of it."""
    name, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if isinstance(event, AliasEvent):
        yield f'"*{name}" stands for another part.', "Write it out. Put text that begins with * between quotes."
    elif name:
        yield f'"&{name}" gives this part a name.', "Take it away. Put text that begins with & between quotes."
    if tag:
        tag = str(tag).replace("tag:yaml.org,2002:", "!!")
        yield f'"{tag}" is a tag.', "Take it away. Put text that begins with ! between quotes."


def _place(event: Event) -> Place:
    mark = event.start_mark
    if isinstance(event, ScalarEvent) and mark.index == event.end_mark.index:
        # Left out: the parser places it at whatever comes next, perhaps lines below.
        return _end(mark.buffer[: mark.pointer].rstrip())
    return Place(mark.line + 1, mark.column + 1)


def _end(text: str) -> Place:
    """The place just after a text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Place(text.count("\n") + 1, len(text) - text.rfind("\n"))


def _explained(error: MarkedYAMLError) -> tuple[Place, str, str]:
    """Where a file stops being YAML, in words that help more than the parser's."""
    problem = str(error.problem)
    _, wrong, remedy, at_opening = next(said for said in _SAID if said[0] in problem)
    mark = (at_opening and error.context_mark) or error.problem_mark or error.context_mark
    return Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1), wrong, remedy
