"""Settings for tests."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from config import Config


@dataclass(frozen=True)
class TestConfig(Config):
    """An installation with its own secrets and, by default, a database in memory."""

    __test__ = False

    # A test that writes to it fails: it needs a folder of its own.
    instance: Path = Path("/proc/no-instance")
    draft_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(32)).decode(),)
    form_key: str = "the form key of the tests"
    code_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(range(32))).decode(),)
    staff_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(range(1, 33))).decode(),)
    audit_key: str = "the audit key of the tests"
    database_url: str = "sqlite://"
    exit_page: str = "https://exit.test/"
    workers: int = 1
