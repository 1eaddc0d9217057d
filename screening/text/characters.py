"""The characters that a question file may contain: Latin letters, and no invisible characters.

The wording list compares letters. An invisible letter, or a lookalike (homoglyph), would carry a word past it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from screening.text.normalization import normalize

# Control and format characters (zero-width spaces, bidi controls), surrogates, private use, unassigned, separators.
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
_BLANK = "\u2800\u3164\u115f\u1160\uffa0"  # letters or symbols by category, but drawn blank
_LETTERS = ("L", "M", "Nd", "Nl")
# Latin-1 with ª, º, µ and ², European letters, and letters with two accents; the blocks in between are phonetic.
_LATIN = re.compile("[ -\u024f\u1e00-\u1eff]+")
_UNCOMMON = re.compile("[^ -~\n]")
# Escapes of surrogates, and of code points above U+10FFFF.
_NO_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]..|\\U(?!000|0010)[0-9a-fA-F]{8}|\\U0000[dD][89a-fA-F]..")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:#\w+|[A-Za-z][a-z]+\d*);")


class CharacterFault(NamedTuple):
    """A character that is not allowed: its offset in the text, what is wrong, and what to do about it."""

    at: int
    wrong: str
    remedy: str


def find_hidden(text: str) -> CharacterFault | None:
    """Find the first invisible character of a text or a whole file. Line ends and tabs are allowed."""
    for sign in _UNCOMMON.finditer(text):
        if sign[0] != "\t" and (unicodedata.category(sign[0]) in _HIDDEN or sign[0] in _BLANK):
            wrong = f"There is an invisible character here: {_name(sign[0])}."
            return CharacterFault(sign.start(), wrong, "Delete it by retyping this line.")
    return None


def find_impossible(text: str) -> CharacterFault | None:
    """Find the first escape of a file that encodes no valid character."""
    escape = _NO_CHARACTER.search(text)
    if escape is None:
        return None
    return CharacterFault(escape.start(), f'"{escape[0]}" is not a character.', "Write the character itself.")


def find_foreign(text: str) -> CharacterFault | None:
    """Find the first letter, accent or digit of a text that is not in the Latin script."""
    text = unicodedata.normalize("NFC", text)
    for sign in _UNCOMMON.finditer(text):
        if unicodedata.category(sign[0]).startswith(_LETTERS) and not _LATIN.fullmatch(sign[0]):
            before, after = text[: sign.start()].split(" ")[-1], text[sign.end() :].split(" ")[0]
            like = normalize(sign[0])
            looks = f', which only looks like "{like}"' if like.isascii() and like else ""
            wrong = f'"{before}{sign[0]}{after}" contains {_name(sign[0])}{looks}.'
            return CharacterFault(sign.start(), wrong, "Retype it in Latin letters.")
    return None


def find_markup(text: str) -> CharacterFault | None:
    """Find the first HTML tag or entity in a text. Our pages escape both, so readers would see the code."""
    markup = _MARKUP.search(text)
    if markup is None:
        return None
    return CharacterFault(
        markup.start(), f'"{markup[0]}" would be shown literally.', "Delete it: texts have no markup."
    )


def has_words(text: str) -> bool:
    """Whether a text contains a visible letter or digit. `null` does not count: YAML writes no value so."""
    return text.lower() != "null" and any(sign.isalnum() and sign not in _BLANK for sign in text)


def _name(sign: str) -> str:
    return f"U+{ord(sign):04X}, {unicodedata.name(sign, 'a control character').lower()}"
