"""The patient's code: the only name that a shared record has, known to the patient alone.

Twelve characters of Crockford's base 32 (https://www.crockford.com/base32.html), the last one a check character. The
database holds a keyed hash of it, never the code.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable

from screening.questionnaire.packing import DIGITS

LENGTH = 12
REF_BYTES = 16
# What is easily typed for something else; what people put between groups is passed over.
_FORGIVEN = str.maketrans("OIL", "011", " -\N{EN DASH}\N{EM DASH}._")


class NoCode(ValueError):
    """What was typed cannot be a code, whatever is stored."""


def make() -> str:
    """A new code: 55 random bits and their check character."""
    bare = "".join(secrets.choice(DIGITS) for _ in range(LENGTH - 1))
    # The last character adds itself to the remainder, so it must be what the others leave.
    return bare + DIGITS[_remainder(bare + "0")]


def read(typed: str) -> str:
    """The code that was typed, forgiving of case, spaces, hyphens, O for 0, I and L for 1.

    Raises:
        NoCode: it has another length, another character, or a mistake that its check character shows.
    """
    code = typed.upper().translate(_FORGIVEN)
    if len(code) != LENGTH or not set(code) <= set(DIGITS) or _remainder(code):
        raise NoCode
    return code


def grouped(code: str) -> str:
    """A code as it is shown, in three groups."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def refs(code: str, keys: Iterable[str]) -> tuple[bytes, ...]:
    """The keyed hashes of a code, one for each kept key, the newest key's first."""
    return tuple(
        hashlib.blake2b(code.encode(), digest_size=REF_BYTES, key=key.encode(), person=b"code").digest() for key in keys
    )


def _remainder(code: str) -> int:
    """Zero for a code without a mistake.

    The characters are the coefficients of a polynomial over GF(32), taken at a generator of that field: one wrong
    character, or two that changed places, always leave something.
    """
    remainder = 0
    for character in code:
        remainder <<= 1
        if remainder & 32:
            remainder ^= 0b100101
        remainder ^= DIGITS.index(character)
    return remainder
