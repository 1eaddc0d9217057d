"""The configuration: read once from the environment and frozen. No secret has a default."""

from __future__ import annotations

import hmac
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path

from sqlalchemy import URL
from werkzeug.sansio.utils import host_is_trusted

from screening.settings.breached_passwords import BreachedPasswords
from screening.settings.keys import LOST, make_missing, variable_of
from screening.settings.reader import Reader

ROOT = Path(__file__).parent
DEFAULT_INSTANCE = ROOT / "instance"
COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}){1,2}")
# Five to fifteen digits, which excludes emergency numbers and impossible ones.
PHONE = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){4,14}")
SIGN_IN_NAME = re.compile(r"[^\s@]+@[^\s@]+")
# Without path, query or fragment: the site has its own host name, and a QR code must not track anyone.
SITE_ADDRESS = re.compile(r"https://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]{1,5})?/?")
CONTACT = re.compile(r"mailto:[^\s@]+@[^\s@]+\.[^\s@]+|https://[^\s/]+\.\S+")
# A hundred years, which keeps dates far from Python's last one.
MAX_DAYS = 36_500


class ConfigError(Exception):
    """The environment is not usable; the message lists all errors and what to set."""


@dataclass(frozen=True)
class Config:
    """One installation's settings.

    `draft_keys`, `code_keys` and `staff_keys` are Fernet keys, newest first; older ones still decrypt and find existing
    data. `support_confirmed` is the day on which the clinic compared its country's support lines with their sources.
    `retention_days` count from the Monday of a submission's week, `backup_days` from the day of the backup. An empty
    clinic name, logo, phone or security contact is not shown; an empty accent means the stylesheet's color.
    `site_address` is the address on the waiting room's poster; without it, there is none. `time_zone`
    applies to the times that staff see; weeks are in UTC. `breached_passwords` is a checked list of passwords that
    nobody may choose, or None. `manager` is the first manager's sign-in name; if empty, it is asked for or generated.
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
    site_address: str = ""
    time_zone: str = "UTC"
    breached_passwords: BreachedPasswords | None = None
    manager: str = ""

    def fingerprint(self) -> str:
        """Return a keyed hash of all settings and keys, which tells whether two configurations are the same."""
        values = repr([getattr(self, each.name) for each in fields(self)])
        return hmac.digest(self.form_key.encode(), values.encode(), "sha256").hex()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """Read the variables that docs/configuration.md lists, and the secrets that are files in the instance folder.

        Raises:
            ConfigError: variables are missing or invalid; the message lists them all.
        """
        reader = Reader(environment)
        instance = reader.folder("INSTANCE", DEFAULT_INSTANCE, is_made=True)
        is_production = reader.flag("PRODUCTION")
        own_file = URL.create("sqlite", database=str(instance / "screening.sqlite")).render_as_string()
        config = cls(
            instance=instance,
            draft_keys=reader.keys("draft-keys", instance),
            form_key=reader.secret("form-key", instance),
            code_keys=reader.keys("code-keys", instance),
            staff_keys=reader.keys("staff-keys", instance),
            audit_key=reader.secret("audit-key", instance),
            database_url=reader.database("DATABASE_URL", own_file),
            questions=reader.folder("QUESTIONS", cls.questions),
            country=reader.required(
                "COUNTRY", "" if is_production else cls.country, "the clinic's country, such as US"
            ).upper(),
            support_confirmed=reader.day("SUPPORT_CONFIRMED"),
            exit_page=reader.address("EXIT_PAGE", cls.exit_page),
            is_production=is_production,
            trusted_hosts=reader.hosts("TRUSTED_HOSTS"),
            proxy_hops=reader.number("PROXY_HOPS", cls.proxy_hops, most=100),
            workers=reader.number("WORKERS", cls.workers, least=1, most=1_000),
            retention_days=reader.number("RETENTION_DAYS", cls.retention_days, least=7, most=MAX_DAYS),
            backup_days=reader.number("BACKUP_DAYS", cls.backup_days, least=1, most=MAX_DAYS),
            shares_per_hour=reader.number("SHARES_PER_HOUR", cls.shares_per_hour, least=1),
            metrics_token=reader.given_secret("METRICS_TOKEN"),
            clinic_name=reader.text("CLINIC_NAME"),
            accent=reader.matching("ACCENT", COLOR, "a color, such as #0e5555"),
            logo=Path(reader.text("LOGO")).absolute() if reader.text("LOGO") else None,
            clinic_phone=reader.matching(
                "CLINIC_PHONE", PHONE, "a phone number as patients read it, such as 555-010-0199"
            ),
            security_contact=reader.matching(
                "SECURITY_CONTACT", CONTACT, "an address, such as mailto:security@clinic.example"
            ),
            site_address=reader.matching(
                "SITE_ADDRESS",
                SITE_ADDRESS,
                "the address that patients open, without anything after the host, such as https://screening.clinic.example",
            ),
            time_zone=reader.zone("TIME_ZONE", cls.time_zone),
            breached_passwords=reader.breached("BREACHED_PASSWORDS"),
            manager=reader.matching("MANAGER", SIGN_IN_NAME, "a name to sign in with, such as sam@clinic.example"),
        )
        if is_production and not config.trusted_hosts:
            reader.errors.append("TRUSTED_HOSTS is not set. Set it to this site's host names, such as clinic.example.")
        if config.site_address and config.trusted_hosts:
            host = config.site_address.removeprefix("https://").rstrip("/")
            if not host_is_trusted(host, config.trusted_hosts):
                reader.errors.append(
                    f'SITE_ADDRESS is "{config.site_address}", which TRUSTED_HOSTS does not include, so it would not '
                    "open. Change one of the two."
                )
        if reader.errors:
            raise ConfigError("\n".join(reader.errors))
        return config


def make_secrets(instance: Path, environment: Mapping[str, str] | None = None) -> list[str]:
    """Make the secrets that neither an instance folder nor the environment has. Return the names of those made.

    Only their owner can read them. None replaces an existing file.

    Raises:
        ConfigError: the folder cannot be made or written.
    """
    reader = Reader(environment or {})
    try:
        return make_missing(instance, [name for name in LOST if reader.is_given(variable_of(name))])
    except OSError as error:
        reason = f"INSTANCE cannot be used: {error.filename or instance}: {error.strerror}."
        raise ConfigError(f"{reason} Set it to a folder that this user may write.") from None
