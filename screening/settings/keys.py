"""Secrets: files in the instance folder, made once. Each unusable state has a message with a remedy."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from tempfile import mkstemp

LOST = {
    "draft-keys": "answers that patients have not finished are lost",
    "form-key": "forms that are open now fail once",
    "code-keys": "patients can no longer see or delete what they shared",
    "staff-keys": "every staff account must be set up anew",
    "audit-key": "the audit trail so far can no longer be verified",
}
"""The file of each secret, and what its loss means."""


class UnusableSecret(Exception):
    """The secret cannot be read; the message says why, and what to do."""


def read_secret(path: Path) -> str:
    """Return the secret in a file.

    Raises:
        UnusableSecret: it is missing, empty, unreadable, or not text.
    """
    try:
        # Some editors begin a file with a byte order mark.
        value = path.read_text(encoding="utf-8-sig").strip()
    except (FileNotFoundError, NotADirectoryError):
        raise UnusableSecret(
            f"{_variable(path)} is not set and {path} does not exist. Run make run once to make it. "
            f"If this site has ever stored anything, restore the file from your backup: without it, {LOST[path.name]}."
        ) from None
    except IsADirectoryError:
        raise UnusableSecret(f"{path} is a folder, not a file. {remedy(path, 'the folder')}") from None
    except UnicodeDecodeError:
        raise UnusableSecret(f"{path} is not text in UTF-8. {remedy(path)}") from None
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})."
        raise UnusableSecret(
            f"{reason} Make it readable for the user that runs the site, and for nobody else."
        ) from None
    if not value:
        raise UnusableSecret(f"{path} is empty. {remedy(path)}")
    return value


def remedy(path: Path, what: str = "the file") -> str:
    """Say what to do about a file that exists but holds no usable secret."""
    return (
        f"Restore the key from your backup: without it, {LOST[path.name]}. "
        f"If this site has never stored anything, delete {what} and run make run to make a new one."
    )


def make_missing(instance: Path) -> None:
    """Make the secrets that an instance folder lacks, readable only by their owner.

    Each gets its name only when it is complete and synced to disk, and never replaces an existing file.

    Raises:
        OSError: the folder cannot be made or written.
    """
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in LOST:
        if not (instance / name).exists():
            _make(instance / name)


def _make(path: Path) -> None:
    handle, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(urlsafe_b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a hard link fails if another process was first.
        Path(path).hardlink_to(temporary)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()


def _variable(path: Path) -> str:
    return path.name.replace("-", "_").upper()
