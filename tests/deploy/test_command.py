"""deploy/screening, the command that operators call."""

from __future__ import annotations

import re
import runpy

import pytest

from config import ROOT
from screening.settings.release import release
from tests.deploy.machine import Machine

# A settings file, and what systemd reads from it: the second test compares the two.
FILE = r"""
# DATABASE_URL=sqlite:////of/a/comment
; COUNTRY='XX
PRODUCTION=1
DATABASE_URL=postgresql://elm:a$b%25;c@/elm?host=db1,db2&port=5432,5432&target_session_attrs=read-write
CLINIC_NAME=Elm Street Clinic $HOME `id`~
  CLINIC_PHONE = "555 010 0199"
QUOTED="Dr. \"O'Neil\" \$HOME \n"' # & ; "x"'
FOLDED=one \
two
MANAGER=sam@clinic.example # & no comment
EMPTY=
export EXIT_PAGE=https://clinic.example
PRODUCTION
PRODUCTION=0""".replace("~", " \t")
VALUES = {
    "PRODUCTION": "0",
    "DATABASE_URL": "postgresql://elm:a$b%25;c@/elm?host=db1,db2&port=5432,5432&target_session_attrs=read-write",
    "CLINIC_NAME": "Elm Street Clinic $HOME `id`",
    "CLINIC_PHONE": "555 010 0199",
    "QUOTED": 'Dr. "O\'Neil" $HOME \\n # & ; "x"',
    "FOLDED": "one two",
    "MANAGER": "sam@clinic.example # & no comment",
    "EMPTY": "",
}


def test_a_command_has_the_settings_that_systemd_reads() -> None:
    assert runpy.run_path(str(ROOT / "deploy" / "screening"))["read_settings"](FILE) == VALUES


@pytest.mark.server
def test_the_server_and_its_commands_have_the_same_settings(clinic: Machine) -> None:
    clinic.path("/etc/screening/screening.env").write_text(FILE)
    clinic.path("/root/flask").write_text(
        "#!/bin/sh\nenv --null > /var/lib/screening/$3\ntest $3 != serve || sleep infinity\n"
    )
    clinic.run("install -m 755 /root/flask /opt/screening/bin/")
    clinic.run("screening command; systemctl start screening")
    for who in ("command", "serve"):
        clinic.until(f"test -s /var/lib/screening/{who}")
        pairs = clinic.path(f"/var/lib/screening/{who}").read_text().split("\0")
        found = dict(pair.split("=", 1) for pair in pairs if pair)
        assert {name: found[name] for name in VALUES} == VALUES
        assert found["INSTANCE"] == "/var/lib/screening"
        assert "EXIT_PAGE" not in found


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


@pytest.mark.server
def test_it_says_why_it_cannot_run_and_fails_if_one_clinic_failed(clinic: Machine) -> None:
    clinic.run("cp /etc/screening/screening.env /etc/screening/screening-elm.env")
    assert "screening-oak: [Errno 2] No such file" in clinic.run("! screening @oak version")
    said = clinic.run("! screening --all version")
    assert f"screening:\nscreening {release()}\n" in said
    assert "name not found: 'screening-elm'" in said
    clinic.run("rm /etc/screening/*.env; ! screening --all version")
