"""Columns of the analysis kit and their codebook, with a row for each column, version and value. It has no answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screening.exports.codebook import BYTE_ORDER_MARK
from screening.exports.csv_cells import LINE_END, csv_line
from screening.exports.formats import Level, MergedQuestion, merged_questions, short_version
from screening.exports.kit_words import CELL_WORDS, FIELD_VALUES, FIELD_WORDS, KIT_LANGUAGES, Words
from screening.exports.missing_codes import NOT_PICKED, PICKED, MissingCode
from screening.questionnaire.model import Questionnaire
from screening.text.column_names import column_name

KIT_CODEBOOK_HEADER = tuple(
    "name original_id version question_en option_en value label_en question_es option_es label_es".split()
)


@dataclass(frozen=True)
class KitColumn:
    """A column for an option: its name, ids, and `wordings`: version (short) -> the words of question and option."""

    name: str
    original_id: str
    wordings: dict[str, tuple[Words, Words]]

    @property
    def label(self) -> Words:
        """The newest words: the option first, because programs cut long labels."""
        question, option = next(iter(self.wordings.values()))
        return Words(*(f"{option[place]} ({question[place]})" for place in range(len(KIT_LANGUAGES))))


def kit_columns(versions: Sequence[Questionnaire]) -> list[KitColumn]:
    """Return the column of each option of any version (newest first), in the order of data.csv.

    Raises:
        ValueError: two options of different versions have the same shortened name (D-EXPORT-31).
    """
    columns = [
        KitColumn(column_name(asked.id, option), f"{asked.id}.{option}", _wordings(versions, asked, option))
        for asked in merged_questions(versions)
        for option in asked.options
    ]
    if len({column.name for column in columns}) < len(columns):
        raise ValueError("Two options would share a column.")
    return columns


def cell_values(level: Level) -> tuple[str, ...]:
    """Return what a cell of an option can hold."""
    return PICKED, NOT_PICKED, *(f"{code}" for code in MissingCode.at_level(level))


def kit_codebook(columns: Sequence[KitColumn], level: Level) -> str:
    """Return the codebook as CSV. No cell lists several columns."""
    lines = [csv_line(KIT_CODEBOOK_HEADER)]
    for field in level.fields:
        about = FIELD_WORDS[field]
        for value, label in FIELD_VALUES.get(field, {"": Words("", "")}).items():
            lines.append(csv_line((field, field, "", about.en, "", value, label.en, about.es, "", label.es)))
    for column in columns:
        lines += _lines(column, level)
    return BYTE_ORDER_MARK + "".join(line + LINE_END for line in lines)


def _lines(column: KitColumn, level: Level) -> Iterator[str]:
    for version, (question, option) in column.wordings.items():
        before = csv_line((column.name, column.original_id, version, question.en, option.en))
        for value in cell_values(level):
            label = CELL_WORDS[value]
            # A negative number is no formula, so it needs no apostrophe.
            yield f"{before},{value},{csv_line((label.en, question.es, option.es, label.es))}"


def _wordings(versions: Sequence[Questionnaire], asked: MergedQuestion, option: str) -> dict[str, tuple[Words, Words]]:
    wordings = {}
    for version in versions:
        if option in {one.id for one in version.by_id[asked.id].options} if asked.id in version.by_id else ():
            said = [version.in_language(language).by_id[asked.id] for language in KIT_LANGUAGES]
            options = [question.chosen((option,))[0].say for question in said]
            wordings[short_version(version.version)] = Words(*(question.ask for question in said)), Words(*options)
    return wordings
