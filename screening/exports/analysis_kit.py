"""The analysis kit: a zip with the answers as numbers, their codebook, and scripts that read both (D-EXPORT-33)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from screening.exports.csv_cells import LINE_END
from screening.exports.data_package import data_package, package_name
from screening.exports.formats import Csv, Level, MergedQuestion, RecordFields
from screening.exports.kit_codebook import kit_codebook, kit_columns
from screening.exports.kit_scripts import read_py, read_r
from screening.exports.kit_syntax import read_sps
from screening.exports.missing_codes import NOT_PICKED, PICKED, CellCoder
from screening.exports.stored_zip import StoredZip
from screening.questionnaire.model import Questionnaire

DATA_FILE = "data.csv"
# Bytes: the fields of a record, and a cell with its comma.
_MAX_FIELDS, _MAX_CELL = 64, 3


class AnalysisKit(Csv):
    """A zip of all that R, SPSS and Python need. The other files come first, then data.csv, a line per submission."""

    ending, mimetype = "zip", "application/zip"

    def __init__(self, versions: Sequence[Questionnaire], level: Level, number: int) -> None:
        super().__init__(versions, level, number)
        self.coder = CellCoder(versions, self.asked, level)
        self.archive = StoredZip()
        self.names = [column.name for column in kit_columns(versions)]
        # Without a version there is nothing to describe.
        for name, content in (kit_files(tuple(versions), level) if versions else {}).items():
            self.archive.add(name, content)
        longest = max(_MAX_FIELDS + _MAX_CELL * len(self.names), len(self.header_row()))
        self.archive.begin(DATA_FILE, longest * (number + 1))

    def header_row(self) -> str:
        """Return the column names."""
        return ",".join([*self.level.fields, *self.names]) + LINE_END

    def format_row(self, number: int, about: RecordFields, version: str, packed: str) -> str:
        """Format one line."""
        cells = self.coder.cells(version, self._parts(version, packed))
        return f"{self.about(about)},{','.join(cells)}{LINE_END}"

    def encode(self, text: str) -> bytes:
        """Return the next bytes of the archive."""
        self.archive.append(text.encode())
        return self.archive.take()

    def footer(self) -> bytes:
        """Return the end of the archive."""
        self.archive.close()
        return self.archive.take()

    def _part(self, asked: MergedQuestion, offered: Sequence[str], picked: Sequence[str]) -> str:
        return "".join(PICKED if option in picked else NOT_PICKED for option in asked.options)


@lru_cache(8)
def kit_files(versions: tuple[Questionnaire, ...], level: Level) -> dict[str, str]:
    """Return the files that depend on no answer: name -> content. Versions: newest first."""
    columns, name = kit_columns(versions), package_name(versions, level)
    return {
        "codebook.csv": kit_codebook(columns, level),
        "datapackage.json": data_package(versions, columns, level),
        "read.R": read_r(name, columns, level),
        "read.py": read_py(name, columns, level),
        "read.sps": read_sps(name, columns, level),
    }
