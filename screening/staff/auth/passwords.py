"""Which passwords are refused: those that are easy to guess, here above all, and those that were stolen elsewhere.

No rule says which kinds of characters a password must have, and nothing is asked over the network.
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

# Of 0 to 4: about 10^8 guesses.
LEAST_SCORE = 3
# zxcvbn refuses more than 72 characters, and needs seconds for as many random ones; 40 are enough to see.
MOST_SCORED = 40
# Shorter words are part of too many others.
SHORTEST_WORD = 3
YEAR = re.compile("(?:19|20)[0-9]{2}")
LOOK_ALIKES = str.maketrans("01345@$!7", "oieasasit")
REPEATED = re.compile(r"(.+?)\1+")
# What this site and any place where it runs is called, who works there, and what a page for passwords is about.
EASY_WORDS = (
    *("screening", "ketamine", "ketamina", "therapy", "therapist", "clinic", "clinica", "hospital", "localhost"),
    *(*ROLES, "staff", "frontdesk", "desk", "reception", "receptionist", "admin", "doctor", "nurse", "patient"),
    *("password", "contrasena", "passwort", "motdepasse", "welcome", "letmein", "changeme", "iloveyou"),
)
# zxcvbn keeps the words that it is given where all threads find them.
ONE_AT_A_TIME = Lock()
# Rows of keyboards that zxcvbn does not know.
ROWS = ("azertyuiop", "qsdfghjklm", "wxcvbn", "qwertzuiop", "yxcvbnm")
EASY = "This password is easy to guess. Choose another, such as five words that have nothing to do with each other."
EASY_HERE = (
    "This password is easy to guess: names of this site and its people, roles and years do not count. "
    "Choose another, such as five words that have nothing to do with each other."
)
STOLEN = "This password is in a list of stolen ones, though perhaps not stolen from you. Choose another."
UNCHECKED = (
    "No password can be changed now, because the list of stolen ones cannot be read. "
    "Tell whoever runs this site, and try again later."
)


class PasswordRules:
    """What one installation refuses.

    `names`: what it is called. `breached`: its list of stolen passwords, if it has one.
    """

    def __init__(self, names: Iterable[str], breached: BreachedPasswords | None) -> None:
        self.names = tuple(names)
        self.breached = breached

    def why_refused(self, password: str, name: str) -> str:
        """Say why the account of this name cannot have a password, and what to do; "" if it can.

        Raises:
            OSError: the list of stolen passwords cannot be read.
        """
        plain, words = _plain(password), self._words(name)
        left = _without(plain, words)
        # The whole too: "istrator1" is hard, but only because "admin" was taken out.
        if not all(_is_hard(text, words) for text in {plain, left, _without(left.translate(LOOK_ALIKES), words)}):
            return EASY if left == plain else EASY_HERE
        return STOLEN if self.breached and self.breached.has(password) else ""

    def _words(self, name: str) -> list[str]:
        """Everything that somebody would try first for this account, the longest first."""
        parts = chain.from_iterable(re.split(r"[\W_]+", _plain(one)) for one in (name, *self.names))
        found = {*parts, *map(_plain, (name, *self.names)), *EASY_WORDS}
        return sorted((word for word in found if len(word) >= SHORTEST_WORD), key=lambda word: (-len(word), word))


class Passwords(PasswordUtil):
    """Flask-Security's checks of a new password, and ours."""

    def validate(self, password: str, is_register: bool, **kwargs: User) -> tuple[list[str] | None, str]:
        """Return why a password is refused, or None, and the form in which it is hashed."""
        errors, normalized = super().validate(password, is_register, **kwargs)
        if errors:
            return errors, normalized
        try:
            why = site().password_rules.why_refused(normalized, kwargs["user"].email)
        except OSError:
            why = UNCHECKED
        return [why] if why else None, normalized


def is_refused_now(password: str, user: User) -> bool:
    """Whether the password of somebody who signs in would not be taken today. An unreadable list keeps nobody out."""
    try:
        return bool(site().password_rules.why_refused(password, user.email))
    except OSError:
        return False


def _plain(text: str) -> str:
    """Small letters without accents: what is as easy to guess is the same."""
    signs = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in signs if not unicodedata.combining(sign))


def _without(text: str, words: Iterable[str]) -> str:
    """What remains of a text without words and years, also those that come about by it."""
    either = re.compile("|".join([*map(re.escape, words), YEAR.pattern]))
    before = ""
    while text != before:
        text, before = either.sub("", text), text
    return text


def _is_hard(text: str, words: list[str]) -> bool:
    """Whether a text takes many guesses, and also the same text with everything once that it repeats at once."""
    # 14 MB of word lists, which the workers of patients' pages never need.
    from zxcvbn import zxcvbn

    for written in {text, REPEATED.sub(r"\1", text)}:
        # A password is at least as hard as any part of it.
        parts = {written[:MOST_SCORED], written[-MOST_SCORED:]}
        with ONE_AT_A_TIME:
            scores = [zxcvbn(part, [*words, *ROWS])["score"] for part in parts if part]
        if not scores or max(scores) < LEAST_SCORE:
            return False
    return True
