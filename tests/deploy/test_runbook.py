"""The commands of docs/operations.md work, in their order, on a fresh server."""

from __future__ import annotations

import re
import tomllib

import pytest

from config import ROOT
from tests.deploy.conftest import RUNBOOK, blocks, visit
from tests.deploy.machine import Machine


def test_it_names_this_release() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert set(re.findall(r"(?:RELEASE|OLD)=screening-(\S+)|`screening-([\d.]+)\.tar`", RUNBOOK)) == {
        (version, ""),
        ("", version),
    }


@pytest.mark.server
def test_every_command_works_in_order_on_a_fresh_server(fresh: Machine) -> None:
    script = blocks()
    assert len(script) > 20
    (drill,) = (number for number, block in enumerate(script) if "systemctl stop screening@drill" in block)
    # A shell that reads one block after the other, as an operator's does, so that its variables stay.
    with fresh.shell() as shell:
        for block in script[: drill - 3]:
            shell.run(block)
        code = visit(fresh, "share")
        shell.run("systemctl start screening-backup")
        for block in script[drill - 3 : drill]:
            shell.run(block)
        assert visit(fresh, "look_up_in_drill", code), "the drill restores what was shared, and its keys open it"
        for block in script[drill:]:
            shell.run(block)
        assert visit(fresh, "look_up", code)
    assert "screening-elm:\nscreening 1" in shell.said
    assert "Somebody reads this." in fresh.path("/var/mail/mail").read_text()
