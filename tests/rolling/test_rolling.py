"""The report of a rolling upgrade finds each kind of failure. The previous release comes from the history, and nginx's
configuration is the one that the site ships.

The upgrade itself is rolled by `make soak` alone.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.rolling import previous
from tests.rolling.previous import NoPrevious, unpack_previous
from tests.rolling.proxy import HOST, SHIPPED, adapt
from tests.rolling.report import Rolled
from tests.soak.ledger import Comparison

GOOD = Rolled(records=Comparison(90, 9, 0, 0, 0), refused=Counter(), asked_again=1, stuck=0, gap=0.3, help_failed=0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"records": Comparison(90, 9, 1, 0, 0)}, "1 acknowledged records were lost"),
        ({"records": Comparison(90, 9, 0, 1, 0)}, "1 records were stored twice"),
        ({"records": Comparison(90, 9, 0, 0, 1)}, "1 deleted records are present"),
        ({"records": Comparison(0, 0, 0, 0, 0)}, "nobody could share"),
        ({"refused": Counter({"502": 1})}, "1 requests of patients failed"),
        ({"stuck": 1}, "1 patients came to no code"),
        ({"help_failed": 1}, "1 requests of /help failed"),
        ({"gap": 2.1}, "/help gave no answer for 2.1 s"),
    ],
)
def test_one_wrong_figure_is_not_good(wrong: dict[str, object], told: str) -> None:
    assert GOOD.is_good
    rolled = replace(GOOD, **wrong)  # type: ignore[arg-type]
    assert rolled.problems == [told]
    assert f"WRONG: {told}" in str(rolled)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with three commits of a file."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.setattr(previous, "ROOT", folder)
    git(folder, "init", "--quiet")
    for release in ("one", "two", "three"):
        (folder / "release").write_text(release)
        git(folder, "add", "release")
        git(folder, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "--message", release)
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


def test_the_previous_release_is_the_newest_tag_or_the_commit_before(repository: Path, tmp_path: Path) -> None:
    assert unpack_previous("", tmp_path / "before").startswith("HEAD~1 (")
    assert (tmp_path / "before" / "release").read_text() == "two"
    git(repository, "tag", "1.0.0", "HEAD~2")
    assert unpack_previous("", tmp_path / "tagged").startswith("1.0.0 (")
    assert (tmp_path / "tagged" / "release").read_text() == "one"
    unpack_previous("HEAD~1", tmp_path / "wanted")
    assert (tmp_path / "wanted" / "release").read_text() == "two"


def test_a_shallow_copy_says_what_to_do(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", repository.as_uri(), "shallow")
    monkeypatch.setattr(previous, "ROOT", tmp_path / "shallow")
    with pytest.raises(NoPrevious, match="has no HEAD~1"):
        unpack_previous("", tmp_path / "before")


def test_of_the_shipped_proxy_only_places_are_changed(tmp_path: Path) -> None:
    shipped = SHIPPED.read_text().splitlines()
    adapted = adapt(SHIPPED.read_text(), tmp_path, "8443", ["8001", "8002"]).splitlines()
    changed = [line.strip() for line in adapted if line not in shipped]
    assert HOST.replace("8000", "8001") + " " + HOST.replace("8000", "8002") in changed
    places = (
        "user",
        "pid",
        "client_body_temp_path",
        "listen",
        "ssl_certificate",
        "ssl_certificate_key",
        "root",
        "server",
    )
    assert {line.split(" ")[0] for line in changed} <= {*places, ""}
    assert len(adapted) == len(shipped)


@pytest.mark.parametrize("line", ["user www-data;", HOST])
def test_a_shipped_proxy_that_is_not_as_expected_is_told(tmp_path: Path, line: str) -> None:
    with pytest.raises(AssertionError, match=f"nginx.conf has 0 times {line}"):
        adapt(SHIPPED.read_text().replace(line, ""), tmp_path, "8443", ["8001"])
