"""What a clinic sets, read once from the environment and frozen. No secret has a default."""

from __future__ import annotations

import os
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from babel.dates import get_timezone
from cryptography.fernet import Fernet

ROOT = Path(__file__).parent
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
# Five to fifteen digits: no number that is for emergencies, and none that nobody could call.
PHONE = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){4,14}")
CONTACT = re.compile(r"mailto:[^\s@]+@[^\s@]+\.[^\s@]+|https://[^\s/]+\.\S+")
SECRETS = ("draft-keys", "form-key", "code-keys", "staff-keys", "audit-key")


class ConfigError(Exception):
    """The environment cannot be used; the message says all that is wrong and what to set."""


@dataclass(frozen=True)
class Config:
    """One installation.

    `draft_keys`, `code_keys` and `staff_keys` are Fernet keys, newest first; older ones still open what they sealed,
    and find what they named. `support_confirmed` is the day on which the clinic compared the support lines of its
    country with their sources. `retention_days` count from the Monday of a submission's week, `backup_days` from the
    day of the backup. Of the clinic's name, accent, logo, phone and contact for security, what is empty is not shown;
    the accent is then the stylesheet's own. `time_zone` is that of the clock on the staff's wall; weeks are of UTC.
    """

    instance: Path
    draft_keys: tuple[str, ...] = field(repr=False)
    form_key: str = field(repr=False)
    code_keys: tuple[str, ...] = field(repr=False)
    staff_keys: tuple[str, ...] = field(repr=False)
    audit_key: str = field(repr=False)
    database_url: str = field(repr=False)
    questions: Path = ROOT / "questions"
    country: str = "US"
    support_confirmed: date | None = None
    exit_page: str = "https://www.wikipedia.org/"
    is_production: bool = False
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    workers: int = 2
    retention_days: int = 90
    backup_days: int = 30
    shares_per_hour: int = 60
    metrics_token: str = field(default="", repr=False)
    clinic_name: str = ""
    accent: str = ""
    logo: Path | None = None
    clinic_phone: str = ""
    security_contact: str = ""
    time_zone: str = "UTC"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """Read the variables that README lists, and the secrets that are files in the instance folder.

        Raises:
            ConfigError: with every variable that is missing or cannot be read.
        """
        reader = _Reader(environment)
        instance = Path(environment.get("INSTANCE") or ROOT / "instance").resolve()
        is_production = environment.get("PRODUCTION") == "1"
        config = cls(
            instance=instance,
            draft_keys=reader.keys("draft-keys", instance),
            form_key=reader.secret("form-key", instance),
            code_keys=reader.keys("code-keys", instance),
            staff_keys=reader.keys("staff-keys", instance),
            audit_key=reader.secret("audit-key", instance),
            database_url=environment.get("DATABASE_URL") or f"sqlite:///{instance / 'screening.sqlite'}",
            questions=Path(environment.get("QUESTIONS") or cls.questions).resolve(),
            country=reader.given("COUNTRY", "" if is_production else cls.country, "the clinic's country, such as US"),
            support_confirmed=reader.day("SUPPORT_CONFIRMED"),
            exit_page=reader.address("EXIT_PAGE", cls.exit_page),
            is_production=is_production,
            trusted_hosts=tuple(environment.get("TRUSTED_HOSTS", "").replace(",", " ").split()),
            proxy_hops=reader.number("PROXY_HOPS", cls.proxy_hops),
            workers=reader.number("WORKERS", cls.workers, least=1),
            retention_days=reader.number("RETENTION_DAYS", cls.retention_days, least=7),
            backup_days=reader.number("BACKUP_DAYS", cls.backup_days, least=1),
            shares_per_hour=reader.number("SHARES_PER_HOUR", cls.shares_per_hour, least=1),
            metrics_token=environment.get("METRICS_TOKEN", ""),
            clinic_name=environment.get("CLINIC_NAME", ""),
            accent=reader.like("ACCENT", COLOUR, "a colour, such as #0e5555"),
            logo=Path(environment["LOGO"]).resolve() if environment.get("LOGO") else None,
            clinic_phone=reader.like("CLINIC_PHONE", PHONE, "a phone number as patients read it, such as 555-010-0199"),
            security_contact=reader.like("SECURITY_CONTACT", CONTACT, "an address, from mailto: or https:// on"),
            time_zone=reader.zone("TIME_ZONE", cls.time_zone),
        )
        if is_production and not config.trusted_hosts:
            reader.wrong.append("TRUSTED_HOSTS is not set. Set it to the names that this site answers to.")
        if reader.wrong:
            raise ConfigError("\n".join(reader.wrong))
        return config


@dataclass(frozen=True)
class TestConfig(Config):
    """What tests run with: secrets of their own and, unless they say otherwise, a database in memory."""

    __test__ = False

    instance: Path = ROOT / "instance"
    draft_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(32)).decode(),)
    form_key: str = "the form key of the tests"
    code_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(range(32))).decode(),)
    staff_keys: tuple[str, ...] = (urlsafe_b64encode(bytes(range(1, 33))).decode(),)
    audit_key: str = "the audit key of the tests"
    database_url: str = "sqlite://"
    exit_page: str = "https://exit.test/"
    workers: int = 1


def make_secrets(instance: Path) -> None:
    """Give an instance folder each secret that it does not have yet, readable by its owner alone."""
    instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in SECRETS:
        path = instance / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(urlsafe_b64encode(secrets.token_bytes(32)).decode() + "\n")


class _Reader:
    """Reads variables one by one and gathers what is wrong, so that it can be told all at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.wrong: list[str] = []

    def secret(self, name: str, instance: Path) -> str:
        variable = name.replace("-", "_").upper()
        path = instance / name
        value = self.environment.get(variable) or (path.read_text().strip() if path.exists() else "")
        if not value:
            self.wrong.append(f"{variable} is not set and {path} is not there. Run make run once: it makes it.")
        return value

    def keys(self, name: str, instance: Path) -> tuple[str, ...]:
        keys = tuple(self.secret(name, instance).replace(",", " ").split())
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                variable = name.replace("-", "_").upper()
                self.wrong.append(f"A key of {variable} is not 32 bytes in URL-safe base64. Make it with Fernet.")
        return keys

    def given(self, name: str, default: str, meaning: str) -> str:
        value = self.environment.get(name) or default
        if not value:
            self.wrong.append(f"{name} is not set. Set it to {meaning}.")
        return value

    def like(self, name: str, form: re.Pattern[str], meaning: str) -> str:
        value = self.environment.get(name, "")
        if value and not form.fullmatch(value):
            self.wrong.append(f'{name} is "{value}". Write {meaning}.')
        return value

    def day(self, name: str) -> date | None:
        value = self.environment.get(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.wrong.append(f'{name} is "{value}". Write a date, such as 2026-03-31.')
            return None

    def zone(self, name: str, default: str) -> str:
        value = self.environment.get(name) or default
        try:
            get_timezone(value)
        except LookupError:
            self.wrong.append(f'{name} is "{value}". Write a place of the tz database, such as America/Chicago.')
        return value

    def number(self, name: str, default: int, least: int = 0) -> int:
        value = self.environment.get(name) or str(default)
        if value.isdecimal() and int(value) >= least:
            return int(value)
        self.wrong.append(f'{name} is "{value}". Write a whole number of {least} or more, such as {default or 1}.')
        return default

    def address(self, name: str, default: str) -> str:
        value = self.environment.get(name) or default
        if urlsplit(value).scheme != "https" or not urlsplit(value).netloc:
            self.wrong.append(f'{name} is "{value}". Write a whole address, from https:// on.')
        return value
