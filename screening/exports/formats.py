"""Formats of exported files: their columns, and how each writes a submission. Independent of storage.

A file holds all versions of one questionnaire. Ids do not change, so its columns are those of all versions together.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial

from screening.exports.csv_cells import LINE_END, csv_line
from screening.questionnaire.model import Question, Questionnaire
from screening.questionnaire.packing import NotPacked, chosen_options, packed_length, question_offsets

RecordFields = tuple[int | str, ...]
"""What is exported of a submission besides its answers: a value for each field of the level."""
RECORD_NUMBER = "record_number"
# Entries in each cache of decoded answers. For a question with very many options, these are the most recent answers.
DECODED_ANSWERS = 1024


class Level(Enum):
    """The export level: how much of a submission is exported besides its answers."""

    YEAR_ONLY = "year-only"
    WEEKLY = "weekly"

    @property
    def fields(self) -> tuple[str, ...]:
        """The field names. They cannot collide with question ids, which have no underscore."""
        more = ("shared_week", "week_begins", "questions_version", "review_state")
        return ("shared_year", *(more if self is Level.WEEKLY else ()))


@dataclass(frozen=True)
class MergedQuestion:
    """A question with the options of all versions. `many`: whether any version allowed several choices."""

    id: str
    many: bool
    options: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of its columns in the wide format."""
        return tuple(f"{self.id}.{option}" for option in self.options) if self.many else (self.id,)


def merged_questions(versions: Sequence[Questionnaire]) -> list[MergedQuestion]:
    """Merge the questions of several versions: those of the first version, then those that only later ones have."""
    by_id: dict[str, list[Question]] = {}
    for version in versions:
        for question in version.questions:
            by_id.setdefault(question.id, []).append(question)
    return [
        MergedQuestion(
            name,
            any(question.many for question in same),
            tuple(dict.fromkeys(option.id for question in same for option in question.options)),
        )
        for name, same in by_id.items()
    ]


def short_version(version: str) -> str:
    """Shorten a version's hash (in hex). A letter comes first, because a spreadsheet reads 12e4 as 120000."""
    return f"v{version[:12]}"


class Format(ABC):
    """A format that writes submissions one by one. `versions`: newest first. `number`: the most that it writes."""

    ending: str
    mimetype: str

    def __init__(self, versions: Sequence[Questionnaire], level: Level, number: int) -> None:
        self.level = level
        self.width = len(str(number))
        self.asked = merged_questions(versions)
        self.lengths = {version.version: packed_length(version) for version in versions}
        self.readers = {version.version: list(self._readers(version)) for version in versions}
        self.about = lru_cache(DECODED_ANSWERS)(self._about)

    @abstractmethod
    def header_row(self) -> str:
        """Return what comes before the first submission."""

    @abstractmethod
    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format a submission, including the end of its last line.

        Raises:
            NotPacked: the answers do not belong to this version (its hash in hex).
        """

    def encode(self, text: str) -> bytes:
        """Return the next bytes of the file for what was formatted last."""
        return text.encode()

    def footer(self) -> bytes:
        """Return what comes after the last submission."""
        return b""

    @abstractmethod
    def _about(self, about: RecordFields) -> str:
        """Format the fields besides the answers."""

    @abstractmethod
    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        """Format the answer to one question. `offered`: its options in the submission's version."""

    def _parts(self, version: str, packed: str) -> list[str]:
        if len(packed) != self.lengths[version]:
            raise NotPacked
        return [read(packed[place]) for read, place in self.readers[version]]

    def _readers(self, version: Questionnaire) -> Iterator[tuple[Callable[[str], str], slice]]:
        known = {question.id: (question, place) for question, place in question_offsets(version)}
        for asked in self.asked:
            question, place = known.get(asked.id, (None, slice(0)))
            yield lru_cache(DECODED_ANSWERS)(partial(self._read, asked, question)), place

    def _read(self, asked: MergedQuestion, question: Question | None, code: str) -> str:
        if question is None:
            return self._part(asked, (), ())
        # In the merged order: the order of its own version would reveal the version, and so more than the year.
        picked = sorted(chosen_options(question, code), key=asked.options.index)
        return self._part(asked, [option.id for option in question.options], picked)


class Csv(Format):
    """What both CSV formats share. They hold only ASCII (ids and digits), so they need no byte order mark."""

    mimetype = "text/csv"

    def _about(self, about: RecordFields) -> str:
        return csv_line(map(str, about))


class Wide(Csv):
    """One line per submission, with one column for a single-choice question, otherwise one per option."""

    ending = "wide.csv"

    def header_row(self) -> str:
        """Return the column names."""
        return csv_line([*self.level.fields, *(name for asked in self.asked for name in asked.columns)]) + LINE_END

    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format one line."""
        return f"{self.about(about)},{','.join(self._parts(version, packed))}{LINE_END}"

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        if not asked.many or not picked:
            return csv_line([" ".join(picked)] + [""] * (len(asked.columns) - 1))
        # An empty cell would reveal the version, and so more than the year.
        not_offered = "0" if self.level is Level.YEAR_ONLY else ""
        return csv_line(
            "1" if option in picked else "0" if option in offered else not_offered for option in asked.options
        )


class Long(Csv):
    """One line per picked option. A submission without any has one line with empty cells."""

    ending = "long.csv"

    def header_row(self) -> str:
        """Return the column names."""
        return csv_line([RECORD_NUMBER, *self.level.fields, "question", "option"]) + LINE_END

    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format one line or more."""
        # A fixed width, so that the file's length is known before it is written.
        before = f"{number:0{self.width}},{self.about(about)},"
        lines = "".join(self._parts(version, packed)).split() or [","]
        return "".join([f"{before}{line}{LINE_END}" for line in lines])

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return "".join(f"{csv_line((asked.id, option))}\n" for option in picked)


class Lines(Format):
    """NDJSON: one object per line. Questions without an answer are left out."""

    ending, mimetype = "ndjson", "application/x-ndjson"

    def header_row(self) -> str:
        """Return "": NDJSON has no header."""
        return ""

    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format one line."""
        answers = ",".join(filter(None, self._parts(version, packed)))
        return f'{{{self.about(about)},"answers":{{{answers}}}}}\n'

    def _about(self, about: RecordFields) -> str:
        return _json(dict(zip(self.level.fields, about, strict=True)))[1:-1]

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return _json({asked.id: [*picked]})[1:-1] if picked else ""


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
