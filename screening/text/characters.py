"""Which signs a question file may hold: Latin letters, and nothing that cannot be seen.

The wording list reads letters: one that nobody sees, or that only looks like another, would carry a word past it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from screening.text.normalization import normalize

# Control characters, formats such as zero-width spaces and turns of direction, halves, and what is no character (yet).
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_BLANK = "\u2800\u3164\u115f\u1160\uffa0"  # called letters or signs, and drawn as nothing
_LETTERS = ("L", "M", "Nd", "Nl")
# Latin-1 with its ª, º, µ and ², the letters of Europe, and those with two accents; what comes between is phonetic.
_LATIN = re.compile("[ -\u024f\u1e00-\u1eff]+")
_UNCOMMON = re.compile("[^ -~\n]")
# Escapes of half a character, and of what lies beyond the last one.
_NO_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]..|\\U(?!000|0010)[0-9a-fA-F]{8}|\\U0000[dD][89a-fA-F]..")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#\w+|[A-Za-z][a-z]+\d*);")


class Slip(NamedTuple):
    """A sign that may not stand in a text, at this position of it, and what to do about it."""

    at: int
    wrong: str
    remedy: str


def find_hidden(text: str) -> Slip | None:
    """The first sign of a text, or of a whole file, that cannot be seen. Line ends and tabs are white space."""
    for sign in _UNCOMMON.finditer(text):
        if sign[0] != "\t" and (unicodedata.category(sign[0]) in _HIDDEN or sign[0] in _BLANK):
            wrong = f"A character here cannot be seen: {_name(sign[0])}."
            return Slip(sign.start(), wrong, "Delete it: retype this line.")
    return None


def find_impossible(text: str) -> Slip | None:
    """The first escape of a file that stands for no character."""
    escape = _NO_CHARACTER.search(text)
    if escape is None:
        return None
    return Slip(escape.start(), f'"{escape[0]}" stands for no character.', "Write the character itself.")


def find_foreign(text: str) -> Slip | None:
    """The first letter, accent or digit of a text that is not of the Latin script."""
    text = unicodedata.normalize("NFC", text)
    for sign in _UNCOMMON.finditer(text):
        if unicodedata.category(sign[0]).startswith(_LETTERS) and not _LATIN.fullmatch(sign[0]):
            before, after = text[: sign.start()].split(" ")[-1], text[sign.end() :].split(" ")[0]
            like = normalize(sign[0])
            looks = f', which only looks like "{like}"' if like.isascii() and like else ""
            wrong = f'"{before}{sign[0]}{after}" holds {_name(sign[0])}{looks}.'
            return Slip(sign.start(), wrong, "Retype it in Latin letters.")
    return None


def find_markup(text: str) -> Slip | None:
    """What a browser would take for markup in a text, and our pages do not."""
    found = _MARKUP.search(text)
    if found is None:
        return None
    return Slip(found.start(), f'"{found[0]}" is shown as it stands.', "Take it away: there is no markup here.")


def has_words(text: str) -> bool:
    """Whether a text holds a letter or digit that can be seen; `null` is how YAML writes nothing."""
    return text.lower() != "null" and any(sign.isalnum() and sign not in _BLANK for sign in text)


def _name(sign: str) -> str:
    return f"U+{ord(sign):04X}, {unicodedata.name(sign, 'a control character').lower()}"
