"""Password rules: refuse passwords that are easy to guess, especially here, and known stolen ones.

There is no rule on kinds of characters, and nothing is sent over the network.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import chain
from threading import Lock

from flask_security import PasswordUtil

from screening.settings.breached_passwords import BreachedPasswords
from screening.site import site
from screening.storage.accounts import ROLES, User

# zxcvbn score, from 0 to 4: 3 means about 10^8 guesses.
MIN_SCORE = 3
# Characters. zxcvbn refuses more than 72, and needs seconds for 72 random ones; 40 are enough to score.
MAX_SCORED = 40
# Shorter words occur inside too many others.
SHORTEST_WORD = 3
YEAR = re.compile("(?:19|20)[0-9]{2}")
LOOK_ALIKES = str.maketrans("01345@$!7", "oieasasit")
REPEATED = re.compile(r"(.+?)\1+")
# Words an attacker tries first: names of the site and its places, of its staff, and password clichés.
EASY_WORDS = (
    *("screening", "ketamine", "ketamina", "therapy", "therapist", "clinic", "clinica", "hospital", "localhost"),
    *(*ROLES, "staff", "frontdesk", "reception", "receptionist", "admin", "doctor", "nurse", "patient"),
    *("password", "contrasena", "passwort", "motdepasse", "welcome", "letmein", "changeme", "iloveyou"),
)
# zxcvbn keeps its word lists in global state, so it is not thread-safe.
ONE_AT_A_TIME = Lock()
# Keyboard rows that zxcvbn lacks.
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm")
EASY = "This password is easy to guess. Choose another, such as five unrelated words."
EASY_HERE = (
    "This password is easy to guess: names of this site and its people, roles and years do not count. "
    "Choose another, such as five unrelated words."
)
STOLEN = "This password is in a list of stolen passwords, though perhaps not stolen from you. Choose another."
UNCHECKED = (
    "Passwords cannot be changed now, because the list of stolen passwords cannot be read. "
    "Tell your server administrator, and try again later."
)


class PasswordRules:
    """Password rules of one installation.

    `names`: its names, which count as easy words. `breached`: its list of stolen passwords, if any.
    """

    def __init__(self, names: Iterable[str], breached: BreachedPasswords | None) -> None:
        self.names = tuple(names)
        self.breached = breached

    def why_refused(self, password: str, sign_in_name: str) -> str:
        """Return why an account cannot have the password and what to do, or "" if it can.

        Refuses breached passwords, and those that zxcvbn scores below 3, also without the words an attacker tries
        first. Flask-Security checks the length.

        Raises:
            OSError: the list of stolen passwords cannot be read.
        """
        plain, words = _plain(password), self._words(sign_in_name)
        left = _without(plain, words)
        # Check the whole too: "istrator1" scores well only because "admin" was removed.
        if not all(_is_hard(text, words) for text in {plain, left, _without(left.translate(LOOK_ALIKES), words)}):
            return EASY if left == plain else EASY_HERE
        return STOLEN if self.breached and self.breached.has(password) else ""

    def _words(self, name: str) -> list[str]:
        """Return the words an attacker would try first for this account, longest first."""
        parts = chain.from_iterable(re.split(r"[\W_]+", _plain(one)) for one in (name, *self.names))
        found = {*parts, *map(_plain, (name, *self.names)), *EASY_WORDS}
        return sorted((word for word in found if len(word) >= SHORTEST_WORD), key=lambda word: (-len(word), word))


class Passwords(PasswordUtil):
    """Flask-Security's checks of a new password, plus ours."""

    def validate(self, password: str, is_register: bool, **kwargs: User) -> tuple[list[str] | None, str]:
        """Return the reasons for refusal, or None, and the normalized password that is hashed."""
        errors, normalized = super().validate(password, is_register, **kwargs)
        if errors:
            return errors, normalized
        try:
            why = site().password_rules.why_refused(normalized, kwargs["user"].email)
        except OSError:
            why = UNCHECKED
        return [why] if why else None, normalized


def is_refused_now(password: str, user: User) -> bool:
    """Return whether a password used to sign in would be refused today. An unreadable list blocks nobody."""
    try:
        return bool(site().password_rules.why_refused(password, user.email))
    except OSError:
        return False


def _plain(text: str) -> str:
    """Fold case and remove accents, which add no strength."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _without(text: str, words: Iterable[str]) -> str:
    """Remove words and years repeatedly, because removing one can form another."""
    either = re.compile("|".join([*map(re.escape, words), YEAR.pattern]))
    before = ""
    while text != before:
        text, before = either.sub("", text), text
    return text


def _is_hard(text: str, words: list[str]) -> bool:
    """Return whether a text takes many guesses, also with adjacent repetitions collapsed."""
    # Import late: 14 MB of word lists, which workers for patient pages never need.
    from zxcvbn import zxcvbn

    for variant in {text, REPEATED.sub(r"\1", text)}:
        # A password is at least as hard as any part of it.
        parts = {variant[:MAX_SCORED], variant[-MAX_SCORED:]}
        with ONE_AT_A_TIME:
            scores = [zxcvbn(part, [*words, *ROWS])["score"] for part in parts if part]
        if not scores or max(scores) < MIN_SCORE:
            return False
    return True
