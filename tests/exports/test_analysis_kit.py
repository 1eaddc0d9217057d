"""The analysis kit: a sound zip whose files agree with one another. `make analysis` runs its scripts."""

from __future__ import annotations

import ast
import gc
import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import pytest

from screening.exports.analysis_kit import AnalysisKit
from screening.exports.formats import Level, short_version
from screening.exports.kit_codebook import kit_columns
from screening.exports.stored_zip import StoredZip
from screening.questionnaire.model import Questionnaire
from tests.exports.test_formats import ABOUT, anything, written
from tests.exports.test_missing_codes import BOTH
from tests.support.export_reader import kit_files_of, table
from tests.support.made_questionnaires import made, question

FILES = ["codebook.csv", "datapackage.json", "read.R", "read.py", "read.sps", "data.csv"]
LONG = "what-you-have-tried-so-far"
# SPSS accepts no longer ones, in bytes: variable labels, value labels.
LONGEST_LABELS = {"VARIABLE": 255, "VALUE": 120}


def kit(versions: list[Questionnaire], level: Level, number: int = 40) -> bytes:
    chance, records = Random(3), []
    for _ in range(number):
        version = chance.choice(versions)
        year, *more = chance.choice(ABOUT[level])
        about = (year, *more[:2], short_version(version.version), *more[3:]) if more else (year,)
        records.append((about, version.version, anything(version, chance)))
    return written("kit", versions, level, records)


@pytest.fixture(params=Level, ids=lambda level: level.value)
def level(request: pytest.FixtureRequest) -> Level:
    chosen: Level = request.param
    return chosen


@pytest.fixture
def files(real: Questionnaire, level: Level) -> dict[str, bytes]:
    return kit_files_of(kit([real], level))


def columns(files: dict[str, bytes]) -> list[str]:
    return files["data.csv"].decode("ascii").partition("\r\n")[0].split(",")


def test_the_zip_is_sound_and_does_not_say_when(level: Level) -> None:
    content = kit(BOTH, level)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == FILES
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {one.compress_size - one.file_size for one in archive.infolist()} == {0}
    assert kit(BOTH, level) == content


def test_a_zip_may_hold_more_than_two_gigabytes() -> None:
    sizes = []
    for most in (1, 2**31, 2**33):
        archive = StoredZip()
        archive.begin("data.csv", most)
        archive.append(b"a,b")
        archive.close()
        content = archive.take()
        assert kit_files_of(content) == {"data.csv": b"a,b"}
        sizes.append(len(content))
    # Longer headers, whose length depends on what was announced and not on what was written.
    assert sizes[0] < sizes[1] == sizes[2]


def test_cells_are_numbers(files: dict[str, bytes], level: Level) -> None:
    cells = {row[name] for row in table(files["data.csv"]) for name in columns(files) if name not in level.fields}
    # With one version, everything can be determined.
    assert cells == {"1", "0", "-9", "-8"}
    (single,) = {name for name in columns(files) if name == "asking_for__myself"}
    assert {row[single] for row in table(files["data.csv"])} >= {"1", "0"}


def test_the_codebook_has_each_column_and_value_once_for_each_version(level: Level) -> None:
    files = kit_files_of(kit(BOTH, level))
    book = table(files["codebook.csv"])
    assert [*dict.fromkeys(row["name"] for row in book)] == columns(files)
    keys = [(row["name"], row["version"], row["value"]) for row in book]
    assert len(set(keys)) == len(keys)
    values = {name: {row["value"] for row in book if row["name"] == name} for name in columns(files)}
    for row in table(files["data.csv"]):
        assert {name: value for name, value in row.items() if values[name] != {""} and value not in values[name]} == {}
    assert ("-7" in values["who__myself"]) is (level is Level.YEAR_ONLY)
    for version in BOTH:
        told = {row["original_id"] for row in book if row["version"] == short_version(version.version)}
        assert told == {f"{one.id}.{option.id}" for one in version.questions for option in one.options}


def test_the_codebook_speaks_both_languages(real: Questionnaire, files: dict[str, bytes]) -> None:
    rows = {(row["name"], row["value"]): row for row in table(files["codebook.csv"])}
    row = rows["bring_up__seizures", "-9"]
    spanish = real.in_language("es").by_id["bring-up"]
    assert (row["question_en"], row["option_en"]) == (real.by_id["bring-up"].ask, "Seizures")
    assert (row["question_es"], row["option_es"]) == (spanish.ask, spanish.chosen(("seizures",))[0].say)
    assert (row["label_en"], row["label_es"]) == ("Asked, no answer", "Se preguntó, sin respuesta")
    labeled = [row for row in rows.values() if row["value"]]
    assert all(row["label_en"] and row["label_es"] for row in labeled)


def read_typed(field: Any, cell: str) -> None:
    """Read a cell as Table Schema says, without guessing its type."""
    reads: dict[str, Callable[[str], object]] = {"integer": int, "string": str, "date": date.fromisoformat}
    value = reads[field["type"]](cell)
    limits = field.get("constraints", {})
    assert "enum" not in limits or value in limits["enum"]
    assert "pattern" not in limits or re.fullmatch(limits["pattern"], cell)


def test_the_data_package_describes_every_cell(level: Level) -> None:
    files = kit_files_of(kit(BOTH, level))
    package = json.loads(files["datapackage.json"])
    assert package["name"] == f"made-{level.value}"
    assert [one["hash"] for one in package["versions"]] == [f"sha256:{one.version}" for one in BOTH]
    for resource in package["resources"]:
        rows = table(files[resource["path"]])
        fields, missing = resource["schema"]["fields"], resource["schema"]["missingValues"]
        assert [field["name"] for field in fields] == [*rows[0]]
        for row in rows:
            for field in fields:
                if row[field["name"]] not in missing:
                    read_typed(field, row[field["name"]])
    data = package["resources"][0]["schema"]
    assert data["missingValues"] == ["-9", "-8", "-7"][: 3 if level is Level.YEAR_ONLY else 2]
    assert all(field["title"] and field["title@es"] for field in data["fields"])


def test_the_scripts_name_every_column(files: dict[str, bytes], level: Level) -> None:
    options = [name for name in columns(files) if name not in level.fields]
    script = ast.parse(files["read.py"].decode())
    compile(script, "read.py", "exec")
    (named,) = (
        ast.literal_eval(node.value)
        for node in script.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "OPTIONS"
    )
    assert named == options
    assert re.findall(r'^  "(\w+)",?$', files["read.R"].decode(), re.MULTILINE) == options
    assert re.findall(r"^    (\w+) [FA]\d|^    (\w+) SDATE10", files["read.sps"].decode(), re.MULTILINE) == [
        ("", name) if name == "week_begins" else (name, "") for name in columns(files)
    ]


def test_labels_for_spss_are_quoted_and_short(level: Level) -> None:
    words = made([question("who", {"myself": {}, "other": {"say": f"Who's  “{'é' * 300}”?"}}, kind="one")])
    syntax = kit_files_of(kit([words], level))["read.sps"].decode("utf-8-sig")
    command, lengths = "", {"VARIABLE": 0, "VALUE": 0}
    for line in syntax.splitlines():
        command = line.partition(" ")[0] if line.startswith(("VARIABLE ", "VALUE ")) else command
        if command and (found := re.search(r" ('(?:[^']|'')*')$", line)):
            lengths[command] = max(lengths[command], len(found[1][1:-1].replace("''", "'").encode()))
    assert "'Who''s “é" in syntax
    assert 0 < lengths["VALUE"] <= LONGEST_LABELS["VALUE"]
    assert 200 < lengths["VARIABLE"] <= LONGEST_LABELS["VARIABLE"]


def test_options_of_different_versions_never_share_a_column() -> None:
    one, other = (made([question(LONG, {name: {}, "no": {}})]) for name in ("walk-9256", "walk-18161"))
    assert len(kit_columns([one])) == 2
    with pytest.raises(ValueError, match="would share a column"):
        kit_columns([one, other])


def test_a_question_and_an_option_never_pass_for_others() -> None:
    both = made([question("a", {"b-c": {}, "b": {}}), question("a-b", {"c": {}, "b": {}})])
    assert [column.name for column in kit_columns([both])] == ["a__b_c", "a__b", "a_b__c", "a_b__b"]


def test_an_export_that_is_broken_off_leaves_nothing_open(real: Questionnaire) -> None:
    broken = AnalysisKit([real], Level.YEAR_ONLY, 1)
    assert broken.encode(broken.header_row()).startswith(b"PK\x03\x04")
    del broken
    # pytest makes a failure of what a destructor complains of.
    gc.collect()
