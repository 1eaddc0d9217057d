"""The analysis kit's scripts for R and for Python with pandas. Both take labels from codebook.csv."""

from __future__ import annotations

from collections.abc import Sequence
from string import Template

from screening.exports.formats import Level
from screening.exports.kit_codebook import KitColumn
from screening.exports.kit_words import CELL_WORDS
from screening.exports.missing_codes import MissingCode

_R = Template("""\
# Reads $name into R. It needs no package. Set the working directory to this folder, then: source("read.R")
#
#   codes    data.csv as it is. In the columns of options, 1 is picked and 0 not picked. The rest is missing:
$codes
#   answers  the same with NA for what is missing, and with labels
#   counts   for each option: picked by how many, of how many who answered and who were asked

language <- "en" # or "es"

types <- c(
$r_types
)
options <- c(
$options
)

codes <- read.csv("data.csv", colClasses = types, na.strings = character(0), check.names = FALSE)
codebook <- read.csv(
  "codebook.csv", colClasses = "character", na.strings = character(0), check.names = FALSE, encoding = "UTF-8"
)
names(codebook)[1] <- "name" # without the byte order mark

# The newest words of each column come first.
newest <- codebook[!duplicated(codebook[["name"]]), ]
question <- newest[[paste0("question_", language)]]
option <- newest[[paste0("option_", language)]]
labels <- setNames(ifelse(option == "", question, paste0(option, " (", question, ")")), newest[["name"]])

answers <- codes
for (name in names(answers)) {
  values <- codebook[codebook[["name"]] == name & !startsWith(codebook[["value"]], "-"), ]
  values <- values[!duplicated(values[["value"]]) & values[["value"]] != "", ]
  value_labels <- values[[paste0("label_", language)]]
  if (name %in% options) {
    answers[[name]][answers[[name]] < 0L] <- NA
    attr(answers[[name]], "labels") <- setNames(as.integer(values[["value"]]), value_labels)
  } else if (nrow(values) > 0) {
    answers[[name]] <- factor(answers[[name]], values[["value"]], value_labels)
  }
  attr(answers[[name]], "label") <- labels[[name]]
}

count <- function(is_counted) vapply(codes[options], function(cells) sum(is_counted(cells)), 0, USE.NAMES = FALSE)
counts <- data.frame(
  name = options,
  label = unname(labels[options]),
  picked = count(function(cells) cells == 1L),
  answered = count(function(cells) cells >= 0L),
  asked = count(function(cells) cells >= 0L | cells == $no_answer)
)
""")

_PYTHON = Template('''\
"""Reads $name into pandas, the only package that it needs: from read import answers

codes    data.csv as it is. In the columns of options, 1 is picked and 0 not picked. The rest is missing:
$codes
answers  the same with NA for what is missing
labels   name of a column -> its label
counts   for each option: picked by how many, of how many who answered and who were asked
"""

from pathlib import Path

import pandas

LANGUAGE = "en"  # or "es"

TYPES = {
$python_types
}
DATES = [$dates]
OPTIONS = [
$options
]

folder = Path(__file__).resolve().parent
codes = pandas.read_csv(folder / "data.csv", dtype=TYPES, parse_dates=DATES, keep_default_na=False)
codebook = pandas.read_csv(folder / "codebook.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")

# The newest words of each column come first.
newest = codebook.drop_duplicates("name").set_index("name")
question, option = newest["question_" + LANGUAGE], newest["option_" + LANGUAGE]
labels = question.where(option == "", option + " (" + question + ")").to_dict()

answers = codes.copy()
answers[OPTIONS] = codes[OPTIONS].mask(codes[OPTIONS] < 0)
for name in answers.columns.difference(OPTIONS):
    values = codebook[(codebook["name"] == name) & (codebook["value"] != "")]
    if len(values):
        words = values["label_" + LANGUAGE].tolist()
        answers[name] = pandas.Categorical(codes[name], values["value"]).rename_categories(words)

counts = pandas.DataFrame(
    {
        "label": pandas.Series(labels)[OPTIONS],
        "picked": (codes[OPTIONS] == 1).sum(),
        "answered": (codes[OPTIONS] >= 0).sum(),
        "asked": ((codes[OPTIONS] >= 0) | (codes[OPTIONS] == $no_answer)).sum(),
    }
)
''')
_TYPES = {
    "shared_year": ("integer", "int64"),
    "shared_week": ("character", "string"),
    "week_begins": ("Date", ""),
    "questions_version": ("character", "string"),
    "review_state": ("character", "string"),
}
"""Field -> its type in R, and in pandas; "" for a date."""


def read_r(name: str, columns: Sequence[KitColumn], level: Level) -> str:
    """Return read.R. `name`: that of the kit."""
    types = [f"  {field} = {_quoted(_TYPES[field][0])}" for field in level.fields]
    types += [f'  {column.name} = "integer"' for column in columns]
    return _R.substitute(
        name=name,
        codes=_explained("#            ", level),
        r_types=",\n".join(types),
        options=",\n".join(f"  {_quoted(column.name)}" for column in columns),
        no_answer=f"{MissingCode.NO_ANSWER}L",
    )


def read_py(name: str, columns: Sequence[KitColumn], level: Level) -> str:
    """Return read.py. `name`: that of the kit."""
    types = {field: _TYPES[field][1] for field in level.fields} | {column.name: "Int8" for column in columns}
    return _PYTHON.substitute(
        name=name,
        codes=_explained("         ", level),
        python_types="\n".join(f"    {_quoted(name)}: {_quoted(kind)}," for name, kind in types.items() if kind),
        dates=", ".join(_quoted(name) for name, kind in types.items() if not kind),
        options="\n".join(f"    {_quoted(column.name)}," for column in columns),
        no_answer=f"{MissingCode.NO_ANSWER}",
    )


def _explained(indent: str, level: Level) -> str:
    return "\n".join(f"{indent}{code}: {CELL_WORDS[f'{code}'].en}" for code in MissingCode.at_level(level))


def _quoted(text: str) -> str:
    return f'"{text}"'
