"""Servers for tests of deploy/: fresh ones, and one on which the runbook's installation has run."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from config import ROOT
from tests.deploy.machine import MACHINES, Machine, machine, release

HOST = "screening.clinic.example"
RUNBOOK = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# The release to which the runbook upgrades.
(NEXT,) = re.findall(r"^NEW=(screening-\S+)", RUNBOOK, re.MULTILINE)
CERTIFICATE = f"/etc/letsencrypt/live/{HOST}/fullchain.pem"
# Documentation's addresses (RFC 5737), on the machine itself.
PREPARE = f"""
for number in 1 7 8 9; do ip address add 203.0.113.$number/32 dev lo; done
echo "127.0.0.1 {HOST} elm.{HOST}" >> /etc/hosts
mkdir -p {Path(CERTIFICATE).parent}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN={HOST} \
    -addext "subjectAltName=DNS:{HOST},DNS:*.{HOST}" -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,digitalSignature,keyCertSign" \
    -keyout {Path(CERTIFICATE).parent}/privkey.pem -out {CERTIFICATE} 2> /dev/null
cp {CERTIFICATE} /usr/local/share/ca-certificates/clinic.crt
update-ca-certificates > /dev/null 2>&1
"""


def blocks(heading: str = "") -> list[str]:
    """The runbook's blocks that are run, of one heading or of all."""
    text = RUNBOOK
    if heading:
        (text,) = re.findall(rf"^## {heading}$(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


@contextmanager
def server(folder: Path, *layers: Path, mounts: Mapping[str, Path] | None = None) -> Iterator[Machine]:
    """A machine with the stand-in for systemctl, a certificate, and addresses for visitors."""
    with machine(folder, *layers, MACHINES / "machine", mounts=mounts) as made:
        shutil.copy(ROOT / "tests" / "deploy" / "systemctl.py", made.path("/usr/bin/systemctl"))
        made.path("/usr/bin/systemctl").chmod(0o755)
        made.run(PREPARE)
        yield made


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Machine]:
    """A fresh Debian, with the release in /root, and a next one."""
    with server(tmp_path / "fresh") as made:
        folder = release()
        shutil.copy(folder.with_name(f"{folder.name}.tar"), made.path("/root"))
        with tarfile.open(made.path(f"/root/{NEXT}.tar"), "w") as tar:
            tar.add(folder, NEXT)
        yield made


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The disk of a server on which the runbook's installation has run."""
    folder = tmp_path_factory.mktemp("installed")
    with server(folder / "server") as made:
        found = release()
        shutil.copy(found.with_name(f"{found.name}.tar"), made.path("/root"))
        made.run("\n".join(blocks("Install")))
    return folder / "server" / "upper"


@pytest.fixture
def clinic(tmp_path: Path, installed: Path) -> Iterator[Machine]:
    """A server with an installed site, which is not running."""
    with server(tmp_path / "clinic", installed) as made:
        yield made


def visit(made: Machine, *words: str) -> Any:
    """Run a visitor in the machine's network, and return what they report."""
    certificate = str(made.path(CERTIFICATE))
    inside = ("nsenter", "--target", str(made.pid), "--net", "--", sys.executable, "-m", "tests.deploy.visitor")
    ended = subprocess.run(
        (*inside, words[0], certificate, *words[1:]),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)
