"""A small separate disk that can be filled without harming anything else. It needs root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = bytes(256 * 1024)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a tmpfs at a folder if this process is root; yield whether it did."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid():
        yield False
        return
    options = f"size={megabytes}m,mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "soak", str(folder)], check=True)
    try:
        yield True
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[Callable[[], None]]:
    """Fill the disk of a folder to the last byte for the block. What is yielded fills it again, once there is room."""
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:

            def fill() -> None:
                for chunk in (CHUNK, CHUNK[:1]):
                    try:
                        while file.write(chunk) == len(chunk):
                            pass
                    except OSError:
                        continue

            fill()
            yield fill
    finally:
        filler.unlink(missing_ok=True)
