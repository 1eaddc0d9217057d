"""One YAML file as plain data that remembers where each value stands.

Every scalar stays the string that was typed (`yes`, `no`, `012`). Refuses what YAML could do behind an author's
back: duplicate keys, anchors, tags. Knows nothing of questionnaires.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from screening.authoring.yaml_messages import SourcePosition, end_of, explain_yaml_error, start_of, tricks
from screening.text.characters import find_hidden, find_impossible

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Where: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead from the top of a document to one of its values."""

# More than any question file needs, far less than Python can follow.
DEEPEST = 20
MOST_FILE_BYTES = 300_000


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
    """A file's data, and the place of each value and key in it; `parted` is what stands behind a comma, unquoted.

    `head` is the lines of the comment that the file begins with.
    """

    file: str
    data: Data = ""
    values: dict[Where, SourcePosition] = field(default_factory=dict)
    keys: dict[Where, SourcePosition] = field(default_factory=dict)
    parted: set[Where] = field(default_factory=set)
    head: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file.

        Raises:
            BadQuestions: the file is missing, is not UTF-8, or is not the YAML that we take.
        """
        document = cls(display_name(path))
        if reason := _unreadable(path):
            raise document._refused(SourcePosition(1, 1), *reason)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            place = end_of(error.object[: error.start].decode())
            raise document._refused(place, "This character is not UTF-8.", "Save the file as UTF-8.") from None
        except OSError:
            raise document._refused(SourcePosition(1, 1), "The file cannot be read.", "Make it readable.") from None
        document.head = tuple(takewhile(lambda line: not line or line.startswith("#"), text.splitlines()))
        if complaints := document._take(text):
            raise BadQuestions(complaints)
        return document

    def complaint(self, fault: Fault) -> Complaint:
        """Give a fault its place: that of the value, or of the nearest thing around it that stands in the file."""
        where = fault.where
        while where and where not in self.values:
            where = where[:-1]
        place = (self.keys.get(where) if fault.at_key else None) or self.values.get(where) or SourcePosition(1, 1)
        return Complaint(self.file, place.line, place.column, fault.wrong, fault.remedy)

    def line(self, where: Where) -> str:
        """The file's name and the line of a place, or of the nearest thing around it, as other complaints name it."""
        place = self.complaint(Fault(where, "", ""))
        return f"{Path(self.file).name}:{place.line}"

    def _refused(self, place: SourcePosition, wrong: str, remedy: str) -> BadQuestions:
        return BadQuestions([Complaint(self.file, *place, wrong, remedy)])

    def _take(self, text: str) -> list[Complaint]:
        if slip := find_hidden(text) or find_impossible(text):
            raise self._refused(end_of(text[: slip.at]), slip.wrong, slip.remedy)
        try:
            return self._documents(YAML(typ="safe", pure=True).parse(text))
        except MarkedYAMLError as error:
            raise self._refused(*explain_yaml_error(error)) from None

    def _documents(self, events: Iterator[Event]) -> list[Complaint]:
        complaints: list[Complaint] = []
        starts = (event for event in events if isinstance(event, DocumentStartEvent))
        if next(starts, None) is None:
            raise self._refused(SourcePosition(1, 1), "The file is empty.", "Write its content, or take the file away.")
        self.data = self._value(next(events), events, (), complaints)
        if second := next(starts, None):
            remedy = 'Take the line "---" or "..." away: a file holds one document.'
            raise self._refused(start_of(second), "A second document begins here.", remedy)
        return complaints

    def _value(self, event: Event, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        """What an event begins; the events inside it are taken too."""
        place = self.values[where] = start_of(event)
        if len(where) > DEEPEST:
            remedy = "Close the brackets before it, or mend the indentation."
            raise self._refused(place, "This stands inside too many other things.", remedy)
        complaints += (Complaint(self.file, *place, wrong, remedy) for wrong, remedy in tricks(event))
        if isinstance(event, SequenceStartEvent):
            return self._list(event, events, where, complaints)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, where, complaints)
        return event.value.strip() if isinstance(event, ScalarEvent) else ""

    def _list(
        self, start: SequenceStartEvent, events: Iterator[Event], where: Where, complaints: list[Complaint]
    ) -> Data:
        plain: list[Data] = []
        for number, event in enumerate(_until(SequenceEndEvent, events)):
            here = (*where, number)
            if start.flow_style and number and isinstance(event, ScalarEvent) and event.style is None:
                self.parted.add(here)
            plain.append(self._value(event, events, here, complaints))
        return plain

    def _mapping(self, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        plain: dict[str, Data] = {}
        for event in _until(MappingEndEvent, events):
            place = start_of(event)
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


def display_name(path: Path) -> str:
    """A file's name as its author would type it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _unreadable(path: Path) -> tuple[str, str] | None:
    """Why a file is not even opened: some have no end."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return "The file cannot be read.", "It is missing: put it there."
    except OSError:
        return "The file cannot be read.", "Make it readable."
    if stat.S_ISDIR(found.st_mode):
        return "The file cannot be read.", "It is a folder: put a file in its place."
    if not stat.S_ISREG(found.st_mode):
        return "The file cannot be read.", "It is no plain file: put one in its place."
    if found.st_size > MOST_FILE_BYTES:
        return f"The file has {found.st_size:,} bytes.", f"Write at most {MOST_FILE_BYTES:,}."
    return None
