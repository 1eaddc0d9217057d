"""A reader of environment variables that collects all errors, so that an operator sees them together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from babel.dates import get_timezone
from cryptography.fernet import Fernet

from screening.settings.breached_passwords import BreachedPasswords, UnusableList
from screening.settings.database_url import database_address
from screening.settings.keys import UnusableSecret, read_named_secret, read_secret, remedy, variable_of
from screening.settings.trusted_hosts import host_name

YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
NEW_KEY_COMMAND = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class Reader:
    """Reads an environment. `errors` has a message with a remedy for each unusable value."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.errors: list[str] = []
        self.unusable: set[Path] = set()

    def text(self, name: str, default: str = "") -> str:
        """Return a value without surrounding spaces, or the default if it is empty."""
        return self.environment.get(name, "").strip() or default

    def folder(self, name: str, default: Path, is_made: bool = False) -> Path:
        """Return a folder. `is_made`: whether the site makes it if it is missing."""
        path = Path(self.text(name) or default).absolute()
        try:
            path = path.resolve()
            if path.is_dir() or (is_made and not path.exists()):
                return path
            reason = "is not a folder. Set it to one, such as /srv/screening."
        except (OSError, RuntimeError):
            reason = "cannot be opened. Give this user access to it, or set another folder."
        self.errors.append(f'{name} is "{path}", which {reason}')
        self.unusable.add(path)
        return path

    def secret(self, name: str, instance: Path) -> str:
        return self._secret(name, instance)[0]

    def given_secret(self, variable: str, default: str = "") -> str:
        """Return a secret from its variable, or from the file that `<variable>_FILE` names."""
        value, file = self.text(variable), self.text(f"{variable}_FILE")
        if value and file:
            self.errors.append(f"{variable} and {variable}_FILE are both set. Remove one of them.")
        elif file:
            try:
                return read_named_secret(variable, Path(file).absolute())
            except UnusableSecret as reason:
                self.errors.append(str(reason))
        return value or default

    def is_given(self, variable: str) -> bool:
        """Whether a secret comes from its variable or from a file that a variable names."""
        return bool(self.text(variable) or self.text(f"{variable}_FILE"))

    def keys(self, name: str, instance: Path) -> tuple[str, ...]:
        value, is_own_file = self._secret(name, instance)
        # Drop duplicates, which occur while keys are rotated.
        keys = tuple(dict.fromkeys(value.replace(",", " ").split()))
        if not all(map(_is_key, keys)) or (value and not keys):
            self.errors.append(
                f"A key in {instance / name} is not 32 bytes in URL-safe base64. {remedy(instance / name)}"
                if is_own_file
                else f"A key of {variable_of(name)} is not 32 bytes in URL-safe base64. Correct it, or make a new "
                f"one: {NEW_KEY_COMMAND}"
            )
        return keys

    def flag(self, name: str) -> bool:
        value = self.text(name).casefold()
        if value not in (*YES, *NO):
            self.errors.append(f'{name} is "{self.text(name)}". Write 1 for yes or 0 for no.')
        return value in YES

    def required(self, name: str, default: str, meaning: str) -> str:
        value = self.text(name, default)
        if not value:
            self.errors.append(f"{name} is not set. Set it to {meaning}.")
        return value

    def matching(self, name: str, pattern: re.Pattern[str], meaning: str) -> str:
        value = self.environment.get(name, "")
        if value and not pattern.fullmatch(value):
            self.errors.append(f'{name} is "{value}". Write {meaning}.')
        return value

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.errors.append(f'{name} is "{value}". Write a date, such as 2026-03-31.')
            return None

    def zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            get_timezone(value)
        except (LookupError, ValueError, OSError):
            self.errors.append(f'{name} is "{value}". Write a name from the tz database, such as America/Chicago.')
        return value

    def number(self, name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
        value = self.text(name, str(default))
        # Check the length first, because Python limits the digits that int() converts.
        if value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        is_more = value.isascii() and value.isdecimal() and (len(value) >= 10 or int(value) > most)
        bound = f"at most {most}" if is_more else f"{least} or more"
        self.errors.append(f'{name} is "{value}". Write a whole number of {bound}, such as {default or 1}.')
        return default

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            url = urlsplit(value)
            # `port` raises ValueError if it is not a number.
            is_complete = url.scheme == "https" and bool(url.hostname) and url.port != 0
        except ValueError:
            is_complete = False
        if not is_complete or not value.isprintable() or " " in value:
            self.errors.append(f'{name} is "{value}". Write a complete address, such as https://www.weather.gov/.')
        return value

    def hosts(self, name: str) -> tuple[str, ...]:
        names = []
        for entry in self.text(name).replace(",", " ").split():
            try:
                names.append(host_name(entry))
            except ValueError as reason:
                self.errors.append(f'{name} has "{entry}". {reason}')
        return tuple(names)

    def database(self, name: str, default: str) -> str:
        try:
            return database_address(self.given_secret(name, default))
        except ValueError as reason:
            self.errors.append(str(reason))
            return default

    def breached(self, name: str) -> BreachedPasswords | None:
        value = self.text(name)
        if not value:
            return None
        passwords = BreachedPasswords(Path(value).absolute())
        try:
            passwords.check()
        except UnusableList as reason:
            self.errors.append(f"{name} cannot be used: {reason}")
        return passwords

    def _secret(self, name: str, instance: Path) -> tuple[str, bool]:
        """Return the secret, and whether it comes from its file in the instance folder."""
        if self.is_given(variable_of(name)):
            return self.given_secret(variable_of(name)), False
        try:
            return read_secret(instance / name), True
        except UnusableSecret as reason:
            if instance not in self.unusable:
                self.errors.append(str(reason))
            return "", True


def _is_key(value: str) -> bool:
    try:
        Fernet(value)
    except ValueError:
        return False
    return True
