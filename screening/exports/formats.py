"""Files of answers: which columns they have, and how a record is written in each. Knows nothing of where records lie.

A file holds all versions of one questionnaire: ids stay, so its columns are those of all versions together.
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
"""What is told of a record beside its answers: a value for each field of the level."""
RECORD_NUMBER = "record_number"
# Decoding each answer once for many records; of a question with very many options, only what was met last.
DECODED_ANSWERS = 1024


class Level(Enum):
    """How much is told of a record beside its answers."""

    YEAR_ONLY = "year-only"
    WEEKLY = "weekly"

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what is told. No id has an underscore, so none can be a question's."""
        more = ("shared_week", "week_begins", "questions_version", "review_state")
        return ("shared_year", *(more if self is Level.WEEKLY else ()))


@dataclass(frozen=True)
class MergedQuestion:
    """A question as all versions have it together; `many` if several choices were allowed in one of them."""

    id: str
    many: bool
    options: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What its columns in the wide form are called."""
        return tuple(f"{self.id}.{option}" for option in self.options) if self.many else (self.id,)


def merged_questions(versions: Sequence[Questionnaire]) -> list[MergedQuestion]:
    """Every question of these versions: in the first one's order, then what only the next ones have."""
    found: dict[str, list[Question]] = {}
    for version in versions:
        for question in version.questions:
            found.setdefault(question.id, []).append(question)
    return [
        MergedQuestion(
            name,
            any(question.many for question in several),
            tuple(dict.fromkeys(option.id for question in several for option in question.options)),
        )
        for name, several in found.items()
    ]


def short_version(version: str) -> str:
    """A version's hash (in hex) as files name it: with a letter before it, since a spreadsheet reads 12e4 as 120000."""
    return f"v{version[:12]}"


class Format(ABC):
    """Writes records of these versions, the newest first, one by one. `number`: how many there are at most."""

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
    def head(self) -> str:
        """What comes before the first record."""

    @abstractmethod
    def record(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """A record, with the end of its last line.

        Raises:
            NotPacked: the answers were not packed by this version (its hash in hex).
        """

    @abstractmethod
    def _about(self, about: RecordFields) -> str:
        """What is told beside the answers."""

    @abstractmethod
    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        """What is written of one question. `offered`: the options that it had in the record's version."""

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
        # In the order of all versions: that of its own would tell which one it is, and with it more than the year.
        picked = sorted(chosen_options(question, code), key=asked.options.index)
        return self._part(asked, [option.id for option in question.options], picked)


class Csv(Format):
    """What both forms of CSV have in common: plain ASCII, ids and digits, which need no mark before them."""

    mimetype = "text/csv"

    def _about(self, about: RecordFields) -> str:
        return csv_line(map(str, about))


class Wide(Csv):
    """A line for each record: one column for a single choice, else one for each option."""

    ending = "wide.csv"

    def head(self) -> str:
        """The names of the columns."""
        return csv_line([*self.level.fields, *(name for asked in self.asked for name in asked.columns)]) + LINE_END

    def record(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """One line."""
        return f"{self.about(about)},{','.join(self._parts(version, packed))}{LINE_END}"

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        if not asked.many or not picked:
            return csv_line([" ".join(picked)] + [""] * (len(asked.columns) - 1))
        # An empty cell would tell the version, and with it more than the year.
        lacking = "0" if self.level is Level.YEAR_ONLY else ""
        return csv_line("1" if one in picked else "0" if one in offered else lacking for one in asked.options)


class Long(Csv):
    """A line for each option that was picked; a record without any has one line with empty cells."""

    ending = "long.csv"

    def head(self) -> str:
        """The names of the columns."""
        return csv_line([RECORD_NUMBER, *self.level.fields, "question", "option"]) + LINE_END

    def record(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """One line or more."""
        # Of the same width for each record, so that a file's length can be told before it is written.
        before = f"{number:0{self.width}},{self.about(about)},"
        lines = "".join(self._parts(version, packed)).split() or [","]
        return "".join([f"{before}{one}{LINE_END}" for one in lines])

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return "".join(f"{csv_line((asked.id, option))}\n" for option in picked)


class Lines(Format):
    """NDJSON: an object on each line. Questions without an answer are left out."""

    ending, mimetype = "ndjson", "application/x-ndjson"

    def head(self) -> str:
        """Nothing."""
        return ""

    def record(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """One line."""
        answers = ",".join(filter(None, self._parts(version, packed)))
        return f'{{{self.about(about)},"answers":{{{answers}}}}}\n'

    def _about(self, about: RecordFields) -> str:
        return _json(dict(zip(self.level.fields, about, strict=True)))[1:-1]

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return _json({asked.id: [*picked]})[1:-1] if picked else ""


FORMATS: dict[str, type[Format]] = {"wide": Wide, "long": Long, "ndjson": Lines}


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
