"""The commands of docs/operations.md work, in their order, on a fresh server."""

from __future__ import annotations

import re
import shutil
import tomllib

import pytest

from config import ROOT
from tests.deploy.conftest import NEXT, RUNBOOK, blocks, visit
from tests.deploy.machine import Machine

# How documents name this release, and where: as often as is said here.
NAMES = {
    "docs/operations.md": {
        r"(?:RELEASE|OLD)=screening-(\S+)": 2,
        r"`screening-([\d.]+)\.tar`": 1,
        r"--tag screening:(\S+)": 1,
    },
    "deploy/compose.yaml": {r"image: screening:(\S+)": 1},
    "deploy/Containerfile": {r"--tag screening:(\S+)": 1},
}


@pytest.mark.parametrize(
    ("path", "pattern", "times"), [(path, *named) for path, all_of in NAMES.items() for named in all_of.items()]
)
def test_it_names_this_release(path: str, pattern: str, times: int) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert re.findall(pattern, (ROOT / path).read_text(encoding="utf-8")) == [version] * times


def test_the_next_release_is_another_one() -> None:
    assert NEXT not in re.findall(r"(?:RELEASE|OLD)=(\S+)", RUNBOOK)


def fetch(source: Machine, target: Machine) -> None:
    """Copy what an operator keeps apart, and the newest backup, from one server to another, or to itself."""
    target.run("install -d -m 700 /root/fetched")
    fetched = target.path("/root/fetched")
    shutil.copytree(source.path("/root/apart"), fetched, dirs_exist_ok=True)
    backups = source.path("/var/lib/screening/backups").glob("*-backup*.sqlite")
    shutil.copy2(max(backups, key=lambda file: file.stat().st_mtime), fetched)


@pytest.mark.server
def test_every_command_works_in_order_on_a_fresh_server(fresh: Machine) -> None:
    elsewhere = blocks("The server is gone")
    script = [block for block in blocks() if block not in elsewhere]
    assert len(script) > 20
    (drill,) = (number for number, block in enumerate(script) if block.startswith("HEAD="))
    # A shell that reads one block after the other, as an operator's does, so that its variables stay.
    with fresh.shell() as shell:
        for block in script[:drill]:
            shell.run(block)
        code = visit(fresh, "share")
        shell.run(script[drill])
        fetch(fresh, fresh)
        # The copy here was a first stop.
        shell.run("rm -r /root/apart")
        for block in script[drill + 1 : drill + 3]:
            shell.run(block)
        assert visit(fresh, "look_up_in_drill", code), "the drill restores what was shared, and its keys open it"
        for block in script[drill + 3 :]:
            shell.run(block)
        assert visit(fresh, "look_up", code)
    assert "screening-elm:\nscreening 1" in shell.said
    assert "Somebody reads this." in fresh.path("/var/mail/mail").read_text()
    assert shell.said.count("That completes the rotation.") == 1
    kept, used = (fresh.run(f"cat {folder}/staff-keys") for folder in ("/root/keys-until-*", "/var/lib/screening"))
    assert kept != used, "older backups need the old key"


@pytest.mark.server
def test_a_clinic_comes_back_on_another_server(clinic: Machine, fresh: Machine) -> None:
    install = blocks("Install")
    with clinic.shell() as shell:
        for block in (install[0], *install[-2:], *blocks("Before you open"), *blocks("Back up")[1:]):
            shell.run(block)
        code = visit(clinic, "share")
        shell.run("screening database backup")
        head = shell.run("screening audit head").split()[-1]
    fetch(clinic, fresh)
    bring_back, ask = blocks("The server is gone")
    with fresh.shell() as shell:
        for block in (*install[:2], bring_back):
            shell.run(block)
        assert "replaced" not in shell.said
        for block in (install[-1], *blocks("Before you open")[1:], *blocks("Back up")[1:]):
            shell.run(block)
        assert "unchanged" in shell.run(f"screening audit verify --head {head}")
        said = shell.run(ask)
    assert said.startswith("fine "), said
    assert visit(fresh, "look_up", code), "the keys fit the backup"
