"""One YAML file as plain data that remembers where each value stands.

Every scalar stays the string that was typed (`yes`, `no`, `012`). Refuses what YAML could do behind an author's
back: duplicate keys, anchors, tags. Knows nothing of questionnaires.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Data: TypeAlias = "str | list[Data] | dict[str, Data]"
Where: TypeAlias = tuple[str | int, ...]
"""The keys and positions that lead from the top of a document to one of its values."""


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
            line = path.read_bytes()[: error.start].count(b"\n") + 1
            raise document._refused(
                Place(line, 1), "This line holds bytes that are not UTF-8.", "Save the file as UTF-8."
            ) from None
        except OSError:
            raise document._refused(Place(1, 1), "The file cannot be read.", "Put it there, readable.") from None
        faults = list(document._take(text))
        if faults:
            raise BadQuestions([document.complaint(fault) for fault in faults])
        return document

    def complaint(self, fault: Fault) -> Complaint:
        """Give a fault its place: that of the value, or of the nearest thing around it that stands in the file."""
        where = fault.where
        while where and where not in self.values:
            where = where[:-1]
        place = (self.keys.get(where) if fault.at_key else None) or self.values.get(where) or Place(1, 1)
        return Complaint(self.file, place.line, place.column, fault.wrong, fault.remedy)

    def _refused(self, place: Place, wrong: str, remedy: str) -> BadQuestions:
        return BadQuestions([Complaint(self.file, place.line, place.column, wrong, remedy)])

    def _take(self, text: str) -> Iterator[Fault]:
        try:
            node = YAML(typ="safe", pure=True).compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
            problem = str(error.problem or error.context or "unreadable").rstrip(".")
            raise self._refused(place, f"This is not YAML: {problem}.", _remedy(problem)) from None
        except YAMLError as error:
            line = text[: getattr(error, "position", 0)].count("\n") + 1
            remedy = "Remove the character that cannot be seen."
            raise self._refused(
                Place(line, 1), "This line holds a character that YAML does not take.", remedy
            ) from None
        if node is None:
            raise self._refused(Place(1, 1), "The file is empty.", "Write its content, or take the file away.")
        faults: list[Fault] = []
        self.data = self._plain(node, (), faults)
        yield from faults

    def _plain(self, node: Node, where: Where, faults: list[Fault]) -> Data:
        self.values[where] = _place(node)
        if node.anchor:
            faults.append(Fault(where, f'"&{node.anchor}" is an anchor.', "Write the text out at each place instead."))
            return ""
        if node.tag and str(node.tag).startswith("!"):
            faults.append(Fault(where, f'"{node.tag}" is a tag.', "Take the tag away and keep the text."))
        if isinstance(node, SequenceNode):
            return [self._plain(item, (*where, number), faults) for number, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self._mapping(node, where, faults)
        assert isinstance(node, ScalarNode)
        return str(node.value).strip()

    def _mapping(self, node: MappingNode, where: Where, faults: list[Fault]) -> Data:
        plain: dict[str, Data] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                faults.append(Fault(where, "A key here is not a plain word.", "Write a single word before the colon."))
                continue
            key = str(key_node.value)
            here = (*where, key)
            if key in plain:
                wrong = f'"{key}" stands twice here, first in line {self.keys[here].line}.'
                faults.append(Fault(here, wrong, "Keep one, or rename one.", at_key=True))
            self.keys[here] = _place(key_node)
            plain[key] = self._plain(value_node, here, faults)
        return plain


def _place(node: Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _remedy(problem: str) -> str:
    if "\\t" in problem:
        return "Use spaces instead of the tab."
    if "mapping values are not allowed" in problem:
        return 'Put text that holds a colon between quotes: "like: this".'
    if "end of stream" in problem:
        return "Close the quote or bracket that was opened before."
    if "another document" in problem:
        return 'Take the line "---" away: a file holds one document.'
    return "Look at this line and the one before it: a quote, a bracket, a colon or the indentation."
