"""The analysis kit's syntax for SPSS and PSPP. It has the labels in it, because neither can take them from a CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template

from screening.exports.codebook import BYTE_ORDER_MARK
from screening.exports.formats import Level
from screening.exports.kit_codebook import KitColumn, cell_values
from screening.exports.kit_words import CELL_WORDS, FIELD_VALUES, FIELD_WORDS, KIT_LANGUAGES
from screening.exports.missing_codes import MissingCode

_SPSS = Template("""\
* Encoding: UTF-8.
* Reads $name into SPSS or PSPP. First make this folder the working directory, for example with CD.
* For Spanish labels, write es instead of en in the next line.
DEFINE !labels () !labels_en !ENDDEFINE.

GET DATA
  /TYPE=TXT
  /FILE='data.csv'
  /ARRANGEMENT=DELIMITED
  /DELIMITERS=','
  /QUALIFIER='"'
  /FIRSTCASE=2
  /VARIABLES=
$variables.

MISSING VALUES $range ($missing).
VARIABLE LEVEL $range (NOMINAL).

$labels

!labels.
EXECUTE.
""")
_FORMATS = {
    "shared_year": "F4.0",
    "shared_week": "A8",
    "week_begins": "SDATE10",
    "questions_version": "A13",
    "review_state": "A9",
}
# SPSS refuses longer variable labels.
_LONGEST_LABEL = 250


def read_sps(name: str, columns: Sequence[KitColumn], level: Level) -> str:
    """Return read.sps. `name`: that of the kit."""
    variables = [f"    {field} {_FORMATS[field]}" for field in level.fields]
    variables += [f"    {column.name} F2.0" for column in columns]
    text = _SPSS.substitute(
        name=name,
        variables="\n".join(variables),
        range=_range(columns),
        missing=", ".join(f"{code}" for code in MissingCode.at_level(level)),
        labels="\n\n".join("\n".join(_macro(columns, level, language)) for language in KIT_LANGUAGES),
    )
    return BYTE_ORDER_MARK + text


def _macro(columns: Sequence[KitColumn], level: Level, language: str) -> Iterator[str]:
    """Yield the lines of the macro that sets the labels of one language."""
    yield f"DEFINE !labels_{language} ()"
    yield "VARIABLE LABELS"
    labels = {field: FIELD_WORDS[field] for field in level.fields} | {one.name: one.label for one in columns}
    for number, (name, words) in enumerate(labels.items()):
        yield f"  {'/' if number else ''}{name}"
        yield f"    {_string(getattr(words, language))}"
    yield "."
    values = {_range(columns): {value: CELL_WORDS[value] for value in cell_values(level)}}
    for field in level.fields:
        values |= {field: {f"'{value}'": words for value, words in FIELD_VALUES.get(field, {}).items()}}
    for name, of_values in values.items():
        if of_values:
            yield f"VALUE LABELS {name}"
            yield from (f"  {value} {_string(getattr(words, language))}" for value, words in of_values.items())
            yield "."
    yield "!ENDDEFINE."


def _range(columns: Sequence[KitColumn]) -> str:
    return f"{columns[0].name} TO {columns[-1].name}"


def _string(text: str) -> str:
    """Quote a text, cut to what SPSS accepts. It counts bytes."""
    cut = " ".join(text.split()).encode()[:_LONGEST_LABEL].decode(errors="ignore")
    return "'" + cut.replace("'", "''") + "'"
