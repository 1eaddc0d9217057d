"""R, pandas, PSPP and LibreOffice read analysis kits unattended and reproduce every count of Insights.

`make analysis` installs the programs and runs this. ANALYSIS is the virtual environment that has pandas.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from config import ROOT
from screening.exports.formats import Level
from screening.text.column_names import column_name
from tests.analysis.clinic import Clinic, Counted, Counts, clinic, unpacked
from tests.support.export_reader import table

SCRIPTS = Path(__file__).parent
BIN = Path(os.environ.get("ANALYSIS", ROOT / ".venv/analysis")).resolve() / "bin"


class Program(NamedTuple):
    """How to run a script in a program; its script in the kit, the language chosen there, and how to print labels."""

    command: list[str]
    script: str
    language: str
    print_labels: str


PROGRAMS = {
    "R": Program(
        ["Rscript", "--vanilla"],
        "read.R",
        'language <- "{}"',
        """source("read.R")
        for (name in options) writeLines(enc2utf8(paste0(name, ",", attr(answers[[name]], "label"))), useBytes = TRUE)
        """,
    ),
    "pandas": Program(
        [str(BIN / "python"), "-X", "utf8", "-W", "error"],
        "read.py",
        'LANGUAGE = "{}"',
        "from read import OPTIONS, labels\nfor name in OPTIONS: print(name, labels[name], sep=',')",
    ),
    "PSPP": Program(
        ["pspp", "-O", "format=csv"], "read.sps", "!labels_{} !ENDDEFINE", "INSERT FILE='read.sps'.\nDISPLAY LABELS."
    ),
}


@pytest.fixture(scope="module")
def made() -> Iterator[Clinic]:
    with clinic() as filled:
        yield filled


@pytest.fixture(params=Level, ids=lambda level: level.value)
def level(request: pytest.FixtureRequest) -> Level:
    chosen: Level = request.param
    return chosen


@pytest.fixture
def folder(made: Clinic, level: Level, tmp_path: Path) -> Path:
    return unpacked(made.kits[level], tmp_path)


def run(command: list[str], folder: Path) -> str:
    # In the plainest locale: labels must be read as UTF-8 nevertheless.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def names(folder: Path, level: Level) -> list[str]:
    with (folder / "data.csv").open(newline="") as data:
        return [name for name in next(csv.reader(data)) if name not in level.fields]


def expected(made: Clinic, level: Level) -> Counts:
    """Return what Insights says: of each version or, where the file has no version, of all together."""
    if level is Level.WEEKLY:
        return made.insights
    together: Counts = {}
    of_versions = {version: counted.all for (version, _), counted in made.insights.items()}
    answered = {
        (version, one.id): made.insights[version, column_name(one.id, one.options[0].id)].answered
        for version, of in zip(of_versions, made.versions, strict=True)
        for one in of.questions
    }
    for of in made.versions:
        for question in of.questions:
            for option in question.options:
                name = column_name(question.id, option.id)
                counted = [found for (_, other), found in made.insights.items() if other == name]
                together["", name] = Counted(
                    sum(one.picked for one in counted),
                    sum(number for (_, asked), number in answered.items() if asked == question.id),
                    sum(one.asked for one in counted),
                    sum(of_versions.values()),
                )
    return together


def syntax_of_counts(folder: Path, level: Level) -> str:
    """Write the counts in SPSS syntax: it has no loops over names."""
    book = {row["name"]: row["original_id"].partition(".")[0] for row in table((folder / "codebook.csv").read_bytes())}
    options = names(folder, level)
    lines, totals = ["INSERT FILE='read.sps'.", "COMPUTE rows = 1."], ["/rows = SUM(rows)"]
    for place, name in enumerate(options):
        same = [other for other in options if book[other] == book[name]]
        lines.append(f"COMPUTE k{place} = VALUE({name}) >= 0 OR VALUE({name}) = -9.")
        lines += [f"COUNT q{place} = {same[0]} TO {same[-1]} (1).", f"COMPUTE q{place} = q{place} > 0."]
        for kind, variable in (("p", name), ("q", f"q{place}"), ("k", f"k{place}")):
            totals.append(f"/{kind}_{place} = SUM({variable})")
        totals.append(f"/n_{place} = N({name})")
    split = "questions_version" if level is Level.WEEKLY else "shared_year"
    lines.append(f"AGGREGATE OUTFILE=* /BREAK={split}\n  " + "\n  ".join(totals) + ".")
    lines.append("SAVE TRANSLATE /OUTFILE='counts.csv' /TYPE=CSV /FIELDNAMES /REPLACE.")
    return "\n".join(lines) + "\n"


def counts(program: str, folder: Path, level: Level) -> tuple[Counts, dict[tuple[str, str], int]]:
    """Have a program count: counts, and how many cells are not missing."""
    suffix = {"R": "R", "pandas": "py"}.get(program)
    script = (SCRIPTS / f"counts.{suffix}.txt").read_text() if suffix else syntax_of_counts(folder, level)
    (folder / "script").write_text(script)
    run([*PROGRAMS[program].command, "script"], folder)
    with (folder / "counts.csv").open(newline="", encoding="utf-8") as file:
        told = [*csv.DictReader(file)]
    return _counts_of_pspp(told, names(folder, level)) if program == "PSPP" else _counts_of_rows(told)


def _counts_of_rows(told: list[dict[str, str]]) -> tuple[Counts, dict[tuple[str, str], int]]:
    keys = [(row["version"], row["name"]) for row in told]
    found = [Counted(*(int(row[one]) for one in ("picked", "answered", "asked", "all"))) for row in told]
    return dict(zip(keys, found, strict=True)), {key: int(row["valid"]) for key, row in zip(keys, told, strict=True)}


def _counts_of_pspp(told: list[dict[str, str]], options: list[str]) -> tuple[Counts, dict[tuple[str, str], int]]:
    """Read a row for each version or year. A sum of nothing but missing values is blank."""
    found: Counts = {}
    valid: Counter[tuple[str, str]] = Counter()
    for row in told:
        for place, name in enumerate(options):
            key = row.get("questions_version", ""), name
            numbers = (row[one].strip() or "0" for one in (f"p_{place}", f"q_{place}", f"k_{place}", "rows"))
            before = found.get(key, Counted(0, 0, 0, 0))
            found[key] = Counted(*(one + int(float(more)) for one, more in zip(before, numbers, strict=True)))
            valid[key] += int(float(row[f"n_{place}"]))
    return found, valid


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_count_of_insights_comes_out_with_its_denominator(
    made: Clinic, folder: Path, level: Level, program: str
) -> None:
    found, valid = counts(program, folder, level)
    wanted = expected(made, level)
    assert {name for _, name in found} == {*names(folder, level)}
    for key, one in wanted.items():
        assert (found[key].picked, found[key].answered, found[key].all) == (one.picked, one.answered, one.all), key
        if level is Level.WEEKLY:
            assert (found[key].asked, valid[key]) == (one.asked, one.answered), key
        else:  # Some cells cannot be determined.
            assert found[key].asked <= one.asked
            assert one.picked <= valid[key] <= one.answered
    print(f"\n{program}, {level.value}: all {len(wanted)} counts; {len(names(folder, level))} columns")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_labels_are_those_of_the_language_chosen_at_the_top(
    made: Clinic, folder: Path, program: str, language: str
) -> None:
    how = PROGRAMS[program]
    script = folder / how.script
    before = script.read_text("utf-8")
    assert before.count(how.language.format("en")) == 1
    script.write_text(before.replace(how.language.format("en"), how.language.format(language)), "utf-8")
    (folder / "script").write_text(how.print_labels)
    told = {
        (row[0], ",".join(row[1:])) for row in csv.reader(run([*how.command, "script"], folder).splitlines()) if row
    }
    if program == "PSPP":  # Between name and label is the position.
        told = {(name, re.sub(r"^\d+,", "", rest)) for name, rest in told}
    wanted = {
        (column_name(question.id, option.id), f"{option.say} ({question.ask})")
        for question in made.versions[0].in_language(language).questions
        for option in question.options
    }
    assert wanted - told == set()


@pytest.mark.parametrize("name", ["data", "codebook"])
def test_libreoffice_converts_without_loss(folder: Path, name: str) -> None:
    convert = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to"]
    done = [
        [*convert, "ods", "--infilter=CSV:44,34,76", f"{name}.csv"],
        [*convert, "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", "back", f"{name}.ods"],
    ]
    for command in done:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    assert table((folder / "back" / f"{name}.csv").read_bytes()) == table((folder / f"{name}.csv").read_bytes())


def test_the_data_package_is_valid(folder: Path) -> None:
    assert "INVALID" not in run([str(BIN / "frictionless"), "validate", "datapackage.json"], folder)
