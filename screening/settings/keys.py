"""Secrets: files in the instance folder, made once. Each unusable state has a message with a remedy."""

from __future__ import annotations

import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from pathlib import Path
from tempfile import mkstemp

from screening.settings.unix_user import this_user

LOST = {
    "draft-keys": "answers that patients have not finished are lost",
    "form-key": "forms that are open now fail once",
    "code-keys": "patients can no longer see or delete what they shared",
    "staff-keys": "every staff account must be set up anew",
    "audit-key": "the audit trail so far can no longer be verified",
}
"""The file of each secret, and what its loss means."""
MAKE_KEYS = "flask --app wsgi keys make"


class UnusableSecret(Exception):
    """The secret cannot be read; the message says why, and what to do."""


def variable_of(name: str) -> str:
    """Return the variable that overrides a secret's file: DRAFT_KEYS for draft-keys."""
    return name.replace("-", "_").upper()


def read_secret(path: Path) -> str:
    """Return the secret in a file of the instance folder.

    Raises:
        UnusableSecret: it is missing, empty, unreadable, or not text.
    """
    try:
        value = read_secret_text(path)
    except (FileNotFoundError, NotADirectoryError):
        raise UnusableSecret(
            f"{variable_of(path.name)} is not set and {path} does not exist. Run {MAKE_KEYS} once to make it. "
            f"If this site has ever stored anything, restore the file from your backup: without it, {LOST[path.name]}."
        ) from None
    except IsADirectoryError:
        raise UnusableSecret(f"{path} is a folder, not a file. {remedy(path, 'the folder')}") from None
    except UnicodeDecodeError:
        raise UnusableSecret(f"{path} is not text in UTF-8. {remedy(path)}") from None
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})."
        raise UnusableSecret(f"{reason} Run chown {this_user()}: {path} and chmod 600 {path}, as root.") from None
    if not value:
        raise UnusableSecret(f"{path} is empty. {remedy(path)}")
    return value


def read_named_secret(variable: str, path: Path) -> str:
    """Return the secret in the file that `<variable>_FILE` names. Nothing ever makes such a file.

    Raises:
        UnusableSecret: it is missing, empty, unreadable, or not text.
    """
    try:
        value = read_secret_text(path)
    except (FileNotFoundError, NotADirectoryError):
        reason = "does not exist"
    except IsADirectoryError:
        reason = "is a folder"
    except UnicodeDecodeError:
        reason = "is not text in UTF-8"
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    else:
        reason = "" if value else "is empty"
    if reason:
        raise UnusableSecret(
            f"{variable}_FILE names {path}, which {reason}. "
            "Write the secret there, readable for the user that runs the site, or correct the path."
        )
    return value


def remedy(path: Path, what: str = "the file") -> str:
    """Say what to do about a file that exists but holds no usable secret."""
    return (
        f"Restore the key from your backup: without it, {LOST[path.name]}. "
        f"If this site has never stored anything, delete {what} and run {MAKE_KEYS} to make a new one."
    )


def make_missing(instance: Path, given: Collection[str] = ()) -> list[str]:
    """Make the secrets that an instance folder lacks, readable only by their owner. Return the names of those made.

    Each gets its name only when it is complete and synced to disk, and never replaces an existing file. `given`: names
    of secrets that come from elsewhere, so that they are not made.

    Raises:
        OSError: the folder cannot be made or written.
    """
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = [name for name in LOST if name not in given and not (instance / name).exists()]
    return [name for name in wanted if _make(instance / name)]


def new_key() -> str:
    """Return a new secret: 32 random bytes in Fernet's form."""
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def read_secret_text(path: Path) -> str:
    """Return what a secret's file holds, without surrounding spaces."""
    # Some editors begin a file with a byte order mark.
    return path.read_text(encoding="utf-8-sig").strip()


def write_synced(handle: int, value: str) -> None:
    """Write a secret to an open file, on disk when this returns, and close it."""
    with os.fdopen(handle, "w") as file:
        file.write(value + "\n")
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to disk."""
    opened = os.open(folder, os.O_RDONLY)
    os.fsync(opened)
    os.close(opened)


def _make(path: Path) -> bool:
    """Make a secret, and return whether no other process was first."""
    handle, temporary = mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        write_synced(handle, new_key())
        # Unlike a rename, a hard link fails if another process was first.
        path.hardlink_to(temporary)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink()
    return True
