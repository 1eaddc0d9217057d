"""A fresh Debian server for a test: a copy-on-write root, with processes and a network of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile

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
for name in $MOUNTED; do mkdir -p "$name"; mount --rbind "$FOLDER/mounts/$name" "$name"; done
ip link set lo up
exec chroot . sleep infinity
"""
SECONDS = 600
DONE = "-- done --"


class Machine:
    """A running server. `pid`: of its first process."""

    def __init__(self, folder: Path, pid: int) -> None:
        self.folder = folder
        self.pid = pid
        self.started: list[subprocess.Popen[bytes]] = []

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

    def run(self, script: str, may_fail: bool = False) -> str:
        """Run a script of bash, as root, and return what it printed. What it leaves running may print on."""
        words = self.command("bash", "-euo", "pipefail", "-c", script)
        with TemporaryFile("w+") as said:
            ended = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=SECONDS, check=False
            )
            said.seek(0)
            printed = said.read()
        assert may_fail or ended.returncode == 0, f"{script}\n{printed}"
        return printed

    @contextmanager
    def shell(self) -> Iterator[Shell]:
        """Open a shell, as root, for the block."""
        words = self.command("bash", "-eu", "-o", "pipefail")
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)
        try:
            yield Shell(process)
        finally:
            process.kill()
            process.communicate()

    def start(self, *words: str) -> None:
        """Start a process that ends with the machine."""
        with (self.folder / "said").open("ab") as said:
            self.started.append(
                subprocess.Popen(self.command(*words), stdout=said, stderr=said, stdin=subprocess.DEVNULL)
            )

    def until(self, script: str, seconds: float = 60) -> None:
        """Wait until a script succeeds."""
        last = time.monotonic() + seconds
        while subprocess.run(self.command("bash", "-euo", "pipefail", "-c", script), capture_output=True).returncode:
            assert time.monotonic() < last, (script, self.said)
            time.sleep(0.1)


class Shell:
    """A shell of root in a machine, which ends at the first command that fails, as a careful operator would."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said = ""

    def run(self, commands: str) -> str:
        """Run commands, and return what they printed."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{commands}\necho {DONE}\n")
        self.process.stdin.flush()
        printed = ""
        for line in self.process.stdout:
            if line.rstrip("\n").endswith(DONE):
                printed += line.rstrip("\n").removesuffix(DONE)
                break
            printed += line
        else:
            raise AssertionError(f"{commands}\n{printed}")
        self.said += printed
        return printed


@contextmanager
def machine(folder: Path, *layers: Path, mounts: Mapping[str, Path] | None = None) -> Iterator[Machine]:
    """Run a server for the block. Everything that it started ends with it.

    `layers`: what is on its disk, the topmost first; its own changes are in the folder `upper`.
    `mounts`: folders of this machine that it sees, by their names in its root.
    """
    for name in ("upper", "work", "root", "mounts"):
        (folder / name).mkdir(parents=True)
    for name, path in (mounts or {}).items():
        (folder / "mounts" / name).symlink_to(path)
    kinds = ("--mount", "--pid", "--uts", "--ipc", "--net")
    outer = subprocess.Popen(
        ["unshare", *kinds, "--propagation=private", "--fork", "--kill-child=SIGKILL", "bash", "-c", START],
        env={
            **os.environ,
            "LOWER": ":".join(map(str, layers or (MACHINES / "machine",))),
            "FOLDER": str(folder),
            "MOUNTED": " ".join(mounts or ()),
        },
        start_new_session=True,
    )
    started: list[subprocess.Popen[bytes]] = []
    try:
        made = Machine(folder, _first_process(outer))
        started = made.started
        yield made
    finally:
        outer.kill()
        for process in (outer, *started):
            process.wait()
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
