"""A YAML file as plain data, with the position of each value.

Every scalar stays the string that was typed (`yes`, `no`, `012`). YAML features that could surprise an author are
refused: duplicate keys, anchors, tags. Independent of questionnaires.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from screening.authoring.yaml_messages import (
    SourcePosition,
    end_of,
    explain_yaml_error,
    is_doubtful,
    refused_features,
    start_of,
)
from screening.text.characters import find_hidden, find_impossible

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Where: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead from the top of a document to one of its values."""

# Levels of nesting: more than any question file needs, far below Python's recursion limit.
DEEPEST = 20
MAX_FILE_BYTES = 300_000
# What libyaml accepts and the other parser does not: tabs, unusual line ends, explicit keys, a comment right after the
# sign of a block, and a block that is the whole document.
_DOUBTFUL = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|^[ -]*\?|[|>][-+\d]*#|^ *[|>]|[|>][-+\d]* *\n *\n", re.MULTILINE)


class Fault(NamedTuple):
    """What is wrong with one value of a document, and what to write instead."""

    where: Where
    wrong: str
    remedy: str
    at_key: bool = False


class Complaint(NamedTuple):
    """A fault in the form that authors read: `file:line:column: what is wrong. What to write instead.`"""

    file: str
    line: int
    column: int
    wrong: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.wrong} {self.remedy}"


class BadQuestions(Exception):
    """The question files cannot be used. `complaints` lists all faults, in the order of the files."""

    def __init__(self, complaints: list[Complaint]) -> None:
        super().__init__("\n".join(map(str, complaints)))
        self.complaints = complaints


@dataclass
class Document:
    """A file's data, with the position of each value and key.

    `after_comma` is the unquoted texts after a comma in brackets. `head` is the lines of the comment at the top.
    `text` is the whole file.
    """

    file: str
    data: Data = ""
    values: dict[Where, SourcePosition] = field(default_factory=dict)
    keys: dict[Where, SourcePosition] = field(default_factory=dict)
    after_comma: set[Where] = field(default_factory=set)
    head: tuple[str, ...] = ()
    text: str = field(default="", repr=False)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Read a file.

        Raises:
            BadQuestions: the file is missing, is not UTF-8, or is not YAML that we accept.
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
        document.text = text
        if complaints := document._parse():
            raise BadQuestions(complaints)
        return document

    def complaint(self, fault: Fault) -> Complaint:
        """Give a fault its position: that of the value, or of the nearest part of the file around it."""
        where = fault.where
        while where and where not in self.values:
            where = where[:-1]
        place = (self.keys.get(where) if fault.at_key else None) or self.values.get(where) or SourcePosition(1, 1)
        return Complaint(self.file, place.line, place.column, fault.wrong, fault.remedy)

    def line(self, where: Where) -> str:
        """Return the file's name and the line of a value, or of the nearest part around it: `es.yaml:12`."""
        place = self.complaint(Fault(where, "", ""))
        return f"{Path(self.file).name}:{place.line}"

    def _refused(self, place: SourcePosition, wrong: str, remedy: str) -> BadQuestions:
        return BadQuestions([Complaint(self.file, *place, wrong, remedy)])

    def _parse(self) -> list[Complaint]:
        text = self.text
        if fault := find_hidden(text) or find_impossible(text):
            raise self._refused(end_of(text[: fault.at]), fault.wrong, fault.remedy)
        try:
            return self._documents(_parse_events(text))
        except MarkedYAMLError as error:
            raise self._refused(*explain_yaml_error(error, text)) from None

    def _documents(self, events: Iterator[Event]) -> list[Complaint]:
        complaints: list[Complaint] = []
        starts = (event for event in events if isinstance(event, DocumentStartEvent))
        if next(starts, None) is None:
            raise self._refused(SourcePosition(1, 1), "The file is empty.", "Add content, or delete the file.")
        self.data = self._value(next(events), events, (), complaints)
        if second := next(starts, None):
            remedy = 'Delete the line "---" or "...": a file holds one document.'
            raise self._refused(start_of(second, self.text), "A second document begins here.", remedy)
        return complaints

    def _value(self, event: Event, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        """Return the value that an event begins, and consume the events inside it."""
        place = self.values[where] = start_of(event, self.text)
        if len(where) > DEEPEST:
            remedy = "Close the brackets before it, or fix the indentation."
            raise self._refused(place, "This is nested too deeply.", remedy)
        complaints += (
            Complaint(self.file, *place, wrong, remedy) for wrong, remedy in refused_features(event, self.text)
        )
        if isinstance(event, SequenceStartEvent):
            return self._list(event, events, where, complaints)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, where, complaints)
        return event.value.strip() if isinstance(event, ScalarEvent) else ""

    def _list(
        self, start: SequenceStartEvent, events: Iterator[Event], where: Where, complaints: list[Complaint]
    ) -> Data:
        items: list[Data] = []
        for number, event in enumerate(_until(SequenceEndEvent, events)):
            inner = (*where, number)
            if start.flow_style and number and isinstance(event, ScalarEvent) and not event.style:
                self.after_comma.add(inner)
            items.append(self._value(event, events, inner, complaints))
        return items

    def _mapping(self, events: Iterator[Event], where: Where, complaints: list[Complaint]) -> Data:
        mapping: dict[str, Data] = {}
        for event in _until(MappingEndEvent, events):
            place = start_of(event, self.text)
            key = self._value(event, events, (*where, ""), complaints)
            if not isinstance(key, str):
                wrong, remedy = "A key here is not a plain word.", "Write a single word before the colon."
                complaints.append(Complaint(self.file, *place, wrong, remedy))
                key = ""
            inner = (*where, key)
            if key in mapping:
                wrong = f'"{key}" appears twice here, first on line {self.keys[inner].line}.'
                complaints.append(Complaint(self.file, *place, wrong, "Keep one, or rename one."))
            self.keys.setdefault(inner, place)
            mapping[key] = self._value(next(events), events, inner, complaints)
        return mapping


def _parse_events(text: str) -> Iterator[Event]:
    """Parse with libyaml, about 20 times as fast, unless the parser in Python could read the text otherwise.

    Messages explain only the errors of the parser in Python (D-CHECKS-46).
    """
    if not _DOUBTFUL.search(text):
        with suppress(YAMLError):
            events = [*YAML(typ="safe").parse(text)]
            if not any(map(is_doubtful, events)):
                yield from events
                return
    yield from YAML(typ="safe", pure=True).parse(text)


def _until(end: type[Event], events: Iterator[Event]) -> Iterator[Event]:
    """Yield the events up to an end. The caller must consume the events inside each before it asks for the next."""
    return takewhile(lambda event: not isinstance(event, end), events)


def display_name(path: Path) -> str:
    """Return a file's path as its author would type it: relative to the working directory if inside it."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _unreadable(path: Path) -> tuple[str, str] | None:
    """Return why a file must not be opened, with a remedy: a device or pipe may never end."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return "The file cannot be read.", "It is missing: create it."
    except OSError:
        return "The file cannot be read.", "Make it readable."
    if stat.S_ISDIR(status.st_mode):
        return "The file cannot be read.", "It is a folder: replace it with a file."
    if not stat.S_ISREG(status.st_mode):
        return "The file cannot be read.", "It is not a regular file: replace it with one."
    if status.st_size > MAX_FILE_BYTES:
        return f"The file has {status.st_size:,} bytes.", f"Write at most {MAX_FILE_BYTES:,}."
    return None
