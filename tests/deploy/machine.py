"""A fresh Debian server for a test: a copy-on-write root, with processes and a network of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import ROOT

MACHINES = Path(os.environ.get("MACHINES", "/var/tmp/screening-machines"))
START = """
set -eu
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$FOLDER/upper,workdir=$FOLDER/work" "$FOLDER/root"
cd "$FOLDER/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs tmpfs tmp
mkdir run/lock
ip link set lo up
exec chroot . sleep infinity
"""
SECONDS = 120


class Machine:
    """A running server. `pid`: of its first process."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.pid = pid

    @property
    def said(self) -> str:
        """What its processes printed that were started here."""
        file = self.folder / "said"
        return file.read_text() if file.exists() else ""

    def path(self, name: str) -> Path:
        """A file of the machine, as this process sees it."""
        return Path(f"/proc/{self.pid}/root") / name.lstrip("/")

    def command(self, *words: str) -> list[str]:
        """The words that run a command in the machine, as root."""
        enter = (
            "nsenter",
            "--target",
            str(self.pid),
            "--mount",
            "--net",
            "--pid",
            "--uts",
            "--ipc",
            "--root",
            "--wdns=/root",
        )
        clean = (
            "env",
            "-i",
            "HOME=/root",
            "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        return [*enter, *clean, *words]

    def run(self, script: str, may_fail: bool = False, typed: str = "") -> str:
        """Run a script of bash, as root, and return what it printed."""
        ended = subprocess.run(
            self.command("bash", "-euo", "pipefail", "-c", script),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert may_fail or ended.returncode == 0, f"{script}\n{ended.stdout}"
        return ended.stdout

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a process that ends with the machine at the latest."""
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(self.command(*words), stdout=said, stderr=said, stdin=subprocess.DEVNULL)

    def until(self, script: str, seconds: float = 60) -> None:
        """Wait until a script succeeds."""
        last = time.monotonic() + seconds
        while subprocess.run(self.command("bash", "-euo", "pipefail", "-c", script), capture_output=True).returncode:
            assert time.monotonic() < last, (script, self.said)
            time.sleep(0.1)


@contextmanager
def machine(folder: Path, *layers: Path, network: bool = False) -> Iterator[Machine]:
    """Run a server for the block. Everything that it started ends with it.

    `layers`: what is on its disk, the topmost first; its own changes are in the folder `upper`.
    """
    for name in ("upper", "work", "root"):
        (folder / name).mkdir(parents=True)
    kinds = ["--mount", "--pid", "--uts", "--ipc", *([] if network else ["--net"])]
    outer = subprocess.Popen(
        ["unshare", *kinds, "--propagation=private", "--fork", "--kill-child=SIGKILL", "bash", "-c", START],
        env={**os.environ, "LOWER": ":".join(map(str, layers or (MACHINES / "machine",))), "FOLDER": str(folder)},
        start_new_session=True,
    )
    try:
        yield Machine(folder, _first_process(outer))
    finally:
        outer.kill()
        outer.wait()
        shutil.rmtree(folder / "work", ignore_errors=True)


def _first_process(outer: subprocess.Popen[bytes]) -> int:
    last = time.monotonic() + 20
    while time.monotonic() < last:
        assert outer.poll() is None, "the machine did not start"
        for child in Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text() == "sleep\n":
                return int(child)
        time.sleep(0.02)
    raise AssertionError("the machine did not start")


def release() -> Path:
    """The folder that `make release` built."""
    (found,) = (path for path in (ROOT / "dist").glob("screening-*") if path.is_dir())
    return found
