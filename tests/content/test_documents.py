"""The documentation covers every setting, command and promise, and its links work."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest
from flask import Flask

from config import ROOT, Config
from screening.settings.keys import make_missing

PAGES = sorted({*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "questions" / "README.md"})
NAMED = re.compile(r"`((?:tests|screening|templates|questions|docs|deploy)/[\w/.-]*)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MAX_LINES = 90


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """Return rows of a page's tables with code in the first cell: code -> the other cells."""
    found = (re.split(r"(?<!\\)\|", line)[1:-1] for line in page(name).splitlines() if line.startswith("| `"))
    return {re.split("`", cells[0])[1]: [cell.strip() for cell in cells] for cells in found}


class Noting(dict[str, str]):
    """An environment that records which variables were read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        self.asked.add(name)
        return super().get(name, default)


def commands(group: click.Group, *above: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield " ".join((*above, name)), command


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub generates them."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(page("README.md").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = path.parent / file if file else path
        assert there.exists(), target
        assert not anchor or anchor in anchors(there.read_text(encoding="utf-8")), target


@pytest.mark.parametrize(
    "name",
    [
        *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
        *(f"docs/{one}.md" for one in "analysis-kit commands configuration glossary operations promises".split()),
    ],
)
def test_every_file_that_is_named_is_there(name: str) -> None:
    assert {one for one in NAMED.findall(page(name)) if not (ROOT / one).exists()} == set()


def test_named_files_are_found() -> None:
    assert len(NAMED.findall(page("README.md"))) > 20
    assert NAMED.findall(page("docs/operations.md"))


def test_every_setting_is_documented_and_no_other(app: Flask, tmp_path: Path) -> None:
    make_missing(tmp_path)
    environment = Noting({"INSTANCE": str(tmp_path)})
    Config.from_environment(environment)
    of_commands = {
        option.envvar for _, command in commands(app.cli) for option in command.params if isinstance(option.envvar, str)
    }
    documented = rows("docs/configuration.md")
    assert set(documented) == environment.asked | of_commands
    for name, cells in documented.items():
        assert len(cells) == 4, name
        assert all(cells), name


def test_every_command_is_documented_with_its_options_and_no_other(app: Flask) -> None:
    documented = {
        # Words in brackets or capital letters are a command's arguments, not its name.
        re.sub(r" [\[A-Z].*", "", written): " ".join(cells)
        for written, cells in rows("docs/commands.md").items()
        if not written.startswith("make ")
    }
    found = dict(commands(app.cli))
    assert set(documented) == set(found)
    for name, command in found.items():
        options = {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        assert set(re.findall(r"--[a-z-]+", documented[name])) == options, name


def test_every_target_of_make_is_documented_and_no_other() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", page("Makefile"), re.MULTILINE))
    documented = {name.removeprefix("make ") for name in rows("docs/commands.md") if name.startswith("make ")}
    assert documented == targets


def test_every_promise_names_a_test_that_is_there() -> None:
    lines = [line for line in page("docs/promises.md").splitlines() if line.startswith("| ")]
    promises = [line for line in lines if line != "| promise | test |"]
    assert len(promises) > 50
    for line in promises:
        _, promise, tests, _ = line.split("|")
        assert promise.strip()
        named = re.findall(r"`(tests/[\w/.-]+)`", tests)
        assert named, promise
        assert all((ROOT / name).exists() for name in named), promise


def test_the_version_is_that_of_the_newest_dated_change(app: Flask) -> None:
    version = tomllib.loads(page("pyproject.toml"))["project"]["version"]
    released = re.findall(r"^## (\S+) \(\d{4}-\d\d-\d\d\)$", page("CHANGELOG.md"), re.MULTILINE)
    assert version == released[0]
    assert app.test_cli_runner().invoke(args=["version"]).output == f"screening {version}\n"
