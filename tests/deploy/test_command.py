"""deploy/screening, the command that operators call."""

from __future__ import annotations

import re

import pytest

from screening.settings.release import release
from tests.deploy.machine import Machine


@pytest.mark.server
def test_it_says_which_release_it_is(clinic: Machine) -> None:
    clinic.run(
        "useradd --system screening-elm\n"
        "install -m 640 -g screening-elm /etc/screening/screening.env /etc/screening/screening-elm.env"
    )
    version = f"screening {release()}"
    for words in ("version", "--version", "@elm --version"):
        assert clinic.run(f"screening {words}") == f"{version}\n"
    assert clinic.run("screening --all --version").splitlines()[1::2] == [version, version]
    assert "--version" in clinic.run("screening")
    assert re.search("^  version +Print the version of this code", clinic.run("screening --help"), re.MULTILINE)
