"""Decisions are complete, and every cited decision or path exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import ROOT

FOLDER = ROOT / "docs/decisions"
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
ID = re.compile(r"\bD-[A-Z]+-\d+\b")
PARAGRAPH = r"\S(?:.|\n(?!\n))*"
ENTRY = re.compile(
    r"### (?P<id>D-[A-Z]+-\d\d) \S.*\n\n"
    r"20\d\d-[01]\d-[0-3]\d · (?:accepted|superseded by (?P<by>D-[A-Z]+-\d\d))\n\n"
    rf"\*\*Decision\.\*\* {PARAGRAPH}\n\n\*\*Why\.\*\* {PARAGRAPH}\n\n\*\*Cost\.\*\* {PARAGRAPH}\n"
)
# Paths start at the repository root; one without a folder is recognized by its extension.
TOP = "screening|templates|tests|questions|docs|deploy"
PATH = re.compile(rf"`((?:{TOP})/[\w/.*-]*|[\w/.*-]+\.(?:py|html|css|js|svg|md|yaml|po|toml|txt|ini))`")
READ = {".py", ".html", ".css", ".js", ".md", ".yaml", ".po", ".toml", ".txt", ".sh", ".yml"}


def entries(file: Path) -> list[str]:
    """Yield the entries of a file, each with its heading."""
    return [f"### {entry}" for entry in file.read_text("utf-8").split("\n### ")[1:]]


ENTRIES = {file: entries(file) for file in FILES}


def ids() -> list[str]:
    return [entry.split()[1] for of_file in ENTRIES.values() for entry in of_file]


def test_ids_are_unique_and_run_from_one_within_their_area() -> None:
    areas = []
    for file, of_file in ENTRIES.items():
        numbered = [entry.split()[1].rpartition("-") for entry in of_file]
        assert {area for area, _, _ in numbered} == {numbered[0][0]}, file.name
        assert [number for *_, number in numbered] == [f"{place:02}" for place in range(1, len(numbered) + 1)]
        areas.append(numbered[0][0])
    assert len(areas) == len(set(areas))
    assert len(ids()) == len(set(ids()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_entry_has_date_status_decision_why_and_cost(file: Path) -> None:
    incomplete = [entry.splitlines()[0] for entry in ENTRIES[file] if not ENTRY.fullmatch(entry.rstrip("\n") + "\n")]
    assert incomplete == []


def test_what_supersedes_a_decision_is_there_and_in_force() -> None:
    found = [match for of_file in ENTRIES.values() for entry in of_file if (match := ENTRY.match(entry))]
    in_force = {match["id"] for match in found if not match["by"]}
    superseding = {match["by"] for match in found if match["by"]}
    assert superseding
    assert superseding - in_force == set()


def test_every_cited_decision_is_there() -> None:
    """Skip hidden folders and links (an environment, output of a run), which are not part of the repository."""
    folders = [path for path in ROOT.iterdir() if path.is_dir() and not path.is_symlink() and path.name[0] != "."]
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for folder in folders if folder.name != "instance" for path in folder.rglob("*") if path.is_file()]
    cited = {
        (found, str(path.relative_to(ROOT)))
        for path in files
        if path.suffix in READ or path.name == "Makefile"
        for found in ID.findall(path.read_text("utf-8", errors="replace"))
    }
    assert {path for _, path in cited if not path.startswith("docs/")}, "nothing outside docs cites a decision"
    assert {(found, path) for found, path in cited if found not in ids()} == set()


@pytest.mark.parametrize("file", [*FILES, FOLDER / "README.md"], ids=lambda file: file.stem)
def test_every_path_in_backticks_is_there(file: Path) -> None:
    named = PATH.findall(file.read_text("utf-8"))
    assert [path for path in named if not any(ROOT.glob(path))] == []


def test_the_list_of_areas_names_every_file() -> None:
    assert set(re.findall(r"\]\((.+?)\)", (FOLDER / "README.md").read_text("utf-8"))) == {file.name for file in FILES}
