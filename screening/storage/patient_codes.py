"""Patients' codes: the only name of a shared record or a saved draft, known only to the patient.

A code is twelve characters of Crockford's base 32 (https://www.crockford.com/base32.html); the last one is a check
character, which differs between kinds. The database stores a keyed hash of a code, never the code.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

from screening.questionnaire.packing import BITS, PACKING_DIGITS

CODE_LENGTH = 12
REF_BYTES = 16
# Letters that are easily confused with digits.
_LOOKALIKES = str.maketrans("OIL", "011")


class CodeKind(IntEnum):
    """What a code opens: a shared record or a saved draft. The value is the remainder of the check."""

    SHARED = 0
    RETURN = 21


class NoCode(ValueError):
    """The typed text is not a valid code of this kind."""


class OtherKind(NoCode):
    """The typed text is a valid code of the other kind."""


def code_characters(typed: str) -> str:
    """Normalize a patient's code or a recovery code for comparison.

    It drops characters other than letters and digits, turns letters to capitals, and reads O as 0, I and L as 1.
    """
    # Chinese and Japanese keyboards type full-width letters, which NFKC turns into ordinary ones.
    characters = filter(str.isalnum, unicodedata.normalize("NFKC", typed))
    # Capitals of some characters end in marks.
    return "".join(filter(str.isalnum, "".join(characters).upper())).translate(_LOOKALIKES)


def make_code(kind: CodeKind = CodeKind.SHARED) -> str:
    """Return a new code: 55 random bits and a check character."""
    # One call for all bits, because every answer makes a code.
    number = secrets.randbits(BITS * (CODE_LENGTH - 1))
    digits = "".join([PACKING_DIGITS[number >> shift & 31] for shift in range(0, BITS * (CODE_LENGTH - 1), BITS)])
    # The check character is XORed into the remainder of the others, and must turn it into the kind.
    return digits + PACKING_DIGITS[_remainder(digits + "0") ^ kind]


def parse_code(typed: str, kind: CodeKind = CodeKind.SHARED) -> str:
    """Return the typed code, normalized by `code_characters`.

    Raises:
        NoCode: its length, a character or the check character is wrong.
        OtherKind: it is a valid code of the other kind.
    """
    code = code_characters(typed)
    if len(code) != CODE_LENGTH or not set(code) <= set(PACKING_DIGITS):
        raise NoCode
    remainder = _remainder(code)
    if remainder == kind:
        return code
    raise OtherKind if remainder in set(CodeKind) else NoCode


def format_code(code: str) -> str:
    """Format a code for display, in three groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def code_refs(code: str, keys: Iterable[str]) -> tuple[bytes, ...]:
    """Return the keyed hash of a code for each key, in the keys' order: the newest first."""
    return tuple(
        hashlib.blake2b(code.encode(), digest_size=REF_BYTES, key=key.encode(), person=b"code").digest() for key in keys
    )


def _remainder(code: str) -> int:
    """Return the check remainder, which is the kind for a valid code.

    The characters are the coefficients of a polynomial over GF(32), evaluated at a generator of that field. One wrong
    character, or two that are swapped, always change the result.
    """
    remainder = 0
    for character in code:
        remainder <<= 1
        if remainder & 32:
            remainder ^= 0b100101
        remainder ^= PACKING_DIGITS.index(character)
    return remainder
