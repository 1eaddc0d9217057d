"""Build dist/screening-VERSION and its .tar from the commit that is checked out. `make release` runs this.

The folder installs offline, with each Python of `PYTHONS`:
`pip install --no-index --find-links wheels --require-hashes --requirement requirements.txt`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
PIP = (sys.executable, "-m", "pip")
CACHE = ROOT / "dist" / "cache"
COPIED = ("deploy", "docs/operations.md", "CHANGELOG.md")


def run(*command: str | Path) -> None:
    subprocess.run(command, check=True)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def check_out(source: Path) -> str:
    """Export the commit to a folder, without uncommitted files, and return its Unix time."""
    source.mkdir()
    archive = source.with_suffix(".tar")
    run("git", "-C", ROOT, "archive", "--output", archive, "HEAD")
    with tarfile.open(archive) as tar:
        tar.extractall(source, filter="data")
    command = ("git", "-C", str(ROOT), "log", "-1", "--format=%ct")
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def fetch(requirements: Path, wheels: Path, *more: str) -> None:
    """Download what requirements.txt names, unless an earlier release left it in the cache. Hashes are checked."""
    places = ("--find-links", str(CACHE), "--find-links", str(wheels))
    download = (*PIP, "download", "--quiet", "--no-deps", "--no-build-isolation", "--require-hashes", *places)
    command = (*download, "--requirement", str(requirements), "--dest", str(wheels), *more)
    if subprocess.run((*command, "--no-index"), check=False, capture_output=True).returncode:
        run(*command)


def collect_wheels(source: Path, wheels: Path, version: str) -> str:
    """Collect every wheel for every Python, and return the text of a requirements.txt with their hashes."""
    requirements = source / "requirements.txt"
    building = (*PIP, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", wheels)
    CACHE.mkdir(parents=True, exist_ok=True)
    fetch(requirements, wheels)
    # Some packages are published as source only. We build their wheels and add the hashes.
    text = requirements.read_text(encoding="utf-8")
    for archive in wheels.glob("*.tar.gz"):
        run(*building, archive)
        shutil.move(archive, CACHE / archive.name)
        name, number = archive.name.removesuffix(".tar.gz").rsplit("-", 1)
        (wheel,) = wheels.glob(f"{name.lower().replace('-', '_')}-{number}-*.whl")
        start = f"{name.replace('_', '-').lower()}=={number} \\\n"
        text = text.replace(start, f"{start}    --hash=sha256:{sha256(wheel)} \\\n")
    requirements.write_text(text, encoding="utf-8")
    for python in PYTHONS:
        fetch(requirements, wheels, "--only-binary=:all:", "--python-version", python)
    for wheel in wheels.iterdir():
        shutil.copy(wheel, CACHE)
    run(*building, source)
    (wheel,) = wheels.glob("screening-*.whl")
    return f"screening=={version} --hash=sha256:{sha256(wheel)}\n{text}"


def write_sbom(source: Path, release: Path, installed: Path) -> None:
    """Install the release offline, and write its SBOM (CycloneDX) from the installed packages."""
    run(sys.executable, "-m", "venv", "--without-pip", installed)
    run(
        *(*PIP, "--isolated", "--python", installed / "bin" / "python", "install", "--quiet", "--no-index"),
        *("--find-links", release / "wheels", "--require-hashes", "--requirement", release / "requirements.txt"),
    )
    run(
        *(sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible", "--output-file"),
        *(release / "sbom.json", "--pyproject", source / "pyproject.toml", installed / "bin" / "python"),
    )


def pack(release: Path, time: int) -> Path:
    """Write the checksums of all files, then the .tar of the folder."""
    files = sorted(file for file in release.rglob("*") if file.is_file())
    sums = "".join(f"{sha256(file)}  {file.relative_to(release)}\n" for file in files)
    (release / "SHA256SUMS").write_text(sums, encoding="utf-8")

    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = time
        return member

    packed = release.with_name(f"{release.name}.tar")
    with tarfile.open(packed, "w") as tar:
        tar.add(release, release.name, filter=anonymous)
    return packed


def main() -> None:
    with TemporaryDirectory() as work:
        source = Path(work) / "source"
        os.environ["SOURCE_DATE_EPOCH"] = time = check_out(source)
        version = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
        release = ROOT / "dist" / f"screening-{version}"
        shutil.rmtree(release, ignore_errors=True)
        (release / "wheels").mkdir(parents=True)
        text = collect_wheels(source, release / "wheels", version)
        (release / "requirements.txt").write_text(text, encoding="utf-8")
        write_sbom(source, release, Path(work) / "installed")
        for name in COPIED:
            copy = shutil.copytree if (source / name).is_dir() else shutil.copy
            copy(source / name, release / Path(name).name)
        packed = pack(release, int(time))
    number = len(list((release / "wheels").iterdir()))
    print(f"dist/{packed.name}: {number} wheels, {packed.stat().st_size / 1e6:.0f} MB.")


if __name__ == "__main__":
    main()
