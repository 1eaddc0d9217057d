"""The release: complete, hashed, installed offline, and with a list of its parts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from tests.content.test_requirements import canonical, declared
from tests.deploy.machine import release

pytestmark = pytest.mark.server

PIP = (sys.executable, "-m", "pip", "--isolated")


def offline() -> tuple[str, ...]:
    """The options with which the runbook installs."""
    found = release()
    return (
        "--no-index",
        "--find-links",
        f"{found}/wheels",
        "--require-hashes",
        "--requirement",
        f"{found}/requirements.txt",
    )


@pytest.fixture(scope="module")
def installed_here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment of Python 3.11 with the release, and no network."""
    assert sys.version_info[:2] == (3, 11)
    folder = tmp_path_factory.mktemp("installed") / "site"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", str(folder)), check=True)
    without_network = ("unshare", "--net", "--")
    python = str(folder / "bin" / "python")
    subprocess.run((*without_network, *PIP, "--python", python, "install", "--quiet", *offline()), check=True)
    return folder


def test_it_works_without_the_repository(installed_here: Path, tmp_path: Path) -> None:
    flask = (str(installed_here / "bin" / "flask"), "--app", "wsgi")
    environment = {"INSTANCE": str(tmp_path / "instance"), "PATH": "/usr/bin:/bin"}
    said = ""
    for words in (["keys", "make"], ["database", "upgrade"], ["version"], ["questions", "check"]):
        ended = subprocess.run(
            (*flask, *words), cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        said += ended.stdout
    (version,) = re.findall(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert f"screening {version}\n" in said
    assert "in English and Spanish" in said


def test_it_has_every_file_of_the_site(installed_here: Path) -> None:
    """Templates, questions, translations, migrations and static files, as they are in the repository."""
    named = ("screening", "templates", "questions", "config.py", "wsgi.py")
    listed = subprocess.run(("git", "ls-files", *named), cwd=ROOT, check=True, capture_output=True, text=True)
    files = listed.stdout.split()
    assert len(files) > 300
    (packages,) = (installed_here / "lib").glob("python*/site-packages")
    assert [name for name in files if (packages / name).read_bytes() != (ROOT / name).read_bytes()] == []


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_its_wheels_are_complete(python: str, tmp_path: Path) -> None:
    options = ("--quiet", "--no-deps", "--only-binary=:all:", "--python-version", python, "--dest", str(tmp_path))
    subprocess.run((*PIP, "download", *options, *offline()), check=True)
    found = {canonical(wheel.name.partition("-")[0]) for wheel in tmp_path.iterdir()}
    elsewhere = {"colorama", "tzdata"}  # for Windows
    assert found == set(declared("requirements.txt")) - elsewhere | {"screening"}


def test_its_list_of_parts_is_what_is_pinned() -> None:
    parts = json.loads((release() / "sbom.json").read_text(encoding="utf-8"))
    assert parts["bomFormat"] == "CycloneDX"
    found = {canonical(part["name"]): part["version"] for part in parts["components"]}
    pins = {name: pin for name, pin in declared("requirements.txt").items() if name not in ("colorama", "tzdata")}
    assert pins.items() <= found.items()
    assert all(part["purl"].startswith("pkg:") for part in parts["components"] if part["name"] != "screening")


def test_every_file_has_its_checksum() -> None:
    sums = (release() / "SHA256SUMS").read_text(encoding="utf-8")
    files = {str(file.relative_to(release())) for file in release().rglob("*") if file.is_file()}
    assert {line.split("  ")[1] for line in sums.splitlines()} == files - {"SHA256SUMS"}
    subprocess.run(("sha256sum", "--check", "--quiet", "SHA256SUMS"), cwd=release(), check=True)
