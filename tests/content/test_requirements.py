"""Every imported package is declared, every declared one is used, and all are pinned by hash."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from config import ROOT

SITE = (ROOT / "config.py", ROOT / "wsgi.py", *(ROOT / "screening").rglob("*.py"))
TESTS = tuple((ROOT / "tests").rglob("*.py"))
# Our own modules, one that only type checkers know, and Debian's on the servers of tests/deploy.
OURS = {"screening", "config", "wsgi", "tests", "_typeshed", "seccomp"}
# Declared but not imported: used by name.
NOT_IMPORTED = {"argon2-cffi", "import-linter", "mypy", "pytest-xdist", "ruamel-yaml-clib", "ruff"}
LOCATION = re.compile(r"^\s*(?:-i|-f|--(?:extra-|default-)?index-url|--find-links)\b|//", re.MULTILINE)


def imported(files: Iterable[Path]) -> set[str]:
    """Return the distributions that files import, by canonical name."""
    distributions = packages_distributions()
    modules: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.partition(".")[0])
    foreign = modules - set(sys.stdlib_module_names) - OURS
    # Two distributions provide parts of the module `ruamel`.
    return {canonical(one) for module in foreign for one in distributions[module]} - NOT_IMPORTED


def declared(name: str) -> dict[str, str]:
    """Return a file's pins: canonical name -> version."""
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    return {canonical(package): version for package, version in pins}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_what_the_site_imports_is_declared_and_nothing_else() -> None:
    assert imported(SITE) == set(declared("requirements.in")) - NOT_IMPORTED


def test_what_tests_import_is_declared_and_nothing_else() -> None:
    own = {name for name in declared("tests/requirements.in") if not name.startswith("types-")}
    assert imported(TESTS) - set(declared("requirements.in")) == own - NOT_IMPORTED


@pytest.mark.parametrize("folder", ["", "tests/", "deploy/"])
def test_everything_is_pinned_with_hashes_and_names_no_registry(folder: str) -> None:
    direct, compiled = declared(f"{folder}requirements.in"), declared(f"{folder}requirements.txt")
    assert direct.items() <= compiled.items()
    text = (ROOT / f"{folder}requirements.txt").read_text(encoding="utf-8")
    assert not LOCATION.search(text)
    for entry in re.split(r"\n(?=\S)", text.partition("\n")[2]):
        assert entry.startswith("#") or "--hash=sha256:" in entry, entry


def test_tests_run_on_what_the_site_runs_on() -> None:
    site, tests = declared("requirements.txt"), declared("tests/requirements.txt")
    assert {name: tests[name] for name in site.keys() & tests.keys()} == {
        name: site[name] for name in site.keys() & tests.keys()
    }
