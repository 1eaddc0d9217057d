"""Reads variables one by one and gathers what is wrong, so that an operator is told everything at once."""

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
from screening.settings.keys import Unusable, read_secret, remedy
from screening.settings.trusted_hosts import host_name

YES, NO = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
ANOTHER = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"


class Reader:
    """Reads an environment; `wrong` has a sentence with a remedy for each value that cannot be used."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.wrong: list[str] = []
        self.unusable: set[Path] = set()

    def text(self, name: str, default: str = "") -> str:
        """A value without the spaces around it; the default if nothing is left."""
        return self.environment.get(name, "").strip() or default

    def folder(self, name: str, default: Path) -> Path:
        path = Path(self.text(name) or default).absolute()
        try:
            path = path.resolve()
            if path.is_dir() or not path.exists():
                return path
            reason = "is not a folder. Set it to one."
        except (OSError, RuntimeError):
            reason = "cannot be opened. Let this user open it, or set another."
        self.wrong.append(f'{name} is "{path}", which {reason}')
        self.unusable.add(path)
        return path

    def secret(self, name: str, instance: Path) -> str:
        return self._secret(name, instance)[0]

    def keys(self, name: str, instance: Path) -> tuple[str, ...]:
        value, is_file = self._secret(name, instance)
        # A key that is listed twice, as can happen while keys are rotated, is one.
        keys = tuple(dict.fromkeys(value.replace(",", " ").split()))
        if not all(map(_is_key, keys)) or (value and not keys):
            variable = _variable(name)
            self.wrong.append(
                f"A key in {instance / name} is not 32 bytes in URL-safe base64. {remedy(instance / name)}"
                if is_file
                else f"A key of {variable} is not 32 bytes in URL-safe base64. Put the right one back, or make a new "
                f"one: {ANOTHER}"
            )
        return keys

    def flag(self, name: str) -> bool:
        value = self.text(name).casefold()
        if value not in (*YES, *NO):
            self.wrong.append(f'{name} is "{self.text(name)}". Write 1 for yes or 0 for no.')
        return value in YES

    def given(self, name: str, default: str, meaning: str) -> str:
        value = self.text(name, default)
        if not value:
            self.wrong.append(f"{name} is not set. Set it to {meaning}.")
        return value

    def like(self, name: str, form: re.Pattern[str], meaning: str) -> str:
        value = self.environment.get(name, "")
        if value and not form.fullmatch(value):
            self.wrong.append(f'{name} is "{value}". Write {meaning}.')
        return value

    def day(self, name: str) -> date | None:
        value = self.text(name)
        try:
            return date.fromisoformat(value) if value else None
        except ValueError:
            self.wrong.append(f'{name} is "{value}". Write a date, such as 2026-03-31.')
            return None

    def zone(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            get_timezone(value)
        except (LookupError, ValueError, OSError):
            self.wrong.append(f'{name} is "{value}". Write a place of the tz database, such as America/Chicago.')
        return value

    def number(self, name: str, default: int, least: int = 0, most: int = 1_000_000) -> int:
        value = self.text(name, str(default))
        # Longer ones are refused before Python would count their digits.
        if value.isascii() and value.isdecimal() and len(value) < 10 and least <= int(value) <= most:
            return int(value)
        is_more = value.isascii() and value.isdecimal() and (len(value) >= 10 or int(value) > most)
        wanted = f"at most {most}" if is_more else f"{least} or more"
        self.wrong.append(f'{name} is "{value}". Write a whole number of {wanted}, such as {default or 1}.')
        return default

    def address(self, name: str, default: str) -> str:
        value = self.text(name, default)
        try:
            read = urlsplit(value)
            # Reading the port raises an error for one that is not a number.
            is_whole = read.scheme == "https" and bool(read.hostname) and read.port != 0
        except ValueError:
            is_whole = False
        if not is_whole or not value.isprintable() or " " in value:
            self.wrong.append(f'{name} is "{value}". Write a whole address, from https:// on.')
        return value

    def hosts(self, name: str) -> tuple[str, ...]:
        found = []
        for written in self.text(name).replace(",", " ").split():
            try:
                found.append(host_name(written))
            except ValueError as reason:
                self.wrong.append(f'{name} has "{written}". {reason}')
        return tuple(found)

    def database(self, name: str, default: str) -> str:
        try:
            return database_address(self.text(name, default))
        except ValueError as reason:
            self.wrong.append(str(reason))
            return default

    def breached(self, name: str) -> BreachedPasswords | None:
        value = self.text(name)
        if not value:
            return None
        passwords = BreachedPasswords(Path(value).absolute())
        try:
            passwords.check()
        except UnusableList as reason:
            self.wrong.append(f"{name} cannot be used: {reason}")
        return passwords

    def _secret(self, name: str, instance: Path) -> tuple[str, bool]:
        """The secret, and whether it comes from a file."""
        value = self.text(_variable(name))
        if value:
            return value, False
        try:
            return read_secret(instance / name), True
        except Unusable as reason:
            if instance not in self.unusable:
                self.wrong.append(str(reason))
            return "", True


def _is_key(value: str) -> bool:
    try:
        Fernet(value)
    except ValueError:
        return False
    return True


def _variable(name: str) -> str:
    return name.replace("-", "_").upper()
