"""A patient's codes: the only name that a shared record or a saved draft has, known to the patient alone.

Twelve characters of Crockford's base 32 (https://www.crockford.com/base32.html), the last one a check character. No
code of one kind is one of the other. The database holds what is made of a code with a secret key, never the code.
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
# What is easily typed for something else.
_FORGIVEN = str.maketrans("OIL", "011")


class CodeKind(IntEnum):
    """What a code opens: a shared record or a saved draft. The value is what its characters leave as a remainder."""

    SHARED = 0
    RETURN = 21


class NoCode(ValueError):
    """What was typed cannot be a code of this kind, whatever is stored."""


class OtherKind(NoCode):
    """What was typed is a whole code of the other kind."""


def code_characters(typed: str) -> str:
    """The capital letters and digits of any code, a patient's or a recovery code, as they are compared.

    Whatever is neither letter nor digit is passed over; O is read as 0, I and L as 1.
    """
    # A keyboard for Chinese or Japanese types wide letters, which are the same ones.
    written = unicodedata.normalize("NFKC", typed).upper()
    return "".join(filter(str.isalnum, written)).translate(_FORGIVEN)


def make_code(kind: CodeKind = CodeKind.SHARED) -> str:
    """A new code: 55 random bits and their check character."""
    # In one go: every answer makes a code.
    number = secrets.randbits(BITS * (CODE_LENGTH - 1))
    bare = "".join([PACKING_DIGITS[number >> place & 31] for place in range(0, BITS * (CODE_LENGTH - 1), BITS)])
    # The last character adds itself to the remainder, so it must be what the others leave.
    return bare + PACKING_DIGITS[_remainder(bare + "0") ^ kind]


def parse_code(typed: str, kind: CodeKind = CodeKind.SHARED) -> str:
    """The code that was typed, as forgiving as `code_characters`.

    Raises:
        NoCode: it has another length, another character, or a mistake that its check character shows.
        OtherKind: it is a code, of the other kind.
    """
    code = code_characters(typed)
    if len(code) != CODE_LENGTH or not set(code) <= set(PACKING_DIGITS):
        raise NoCode
    remainder = _remainder(code)
    if remainder == kind:
        return code
    raise OtherKind if remainder in set(CodeKind) else NoCode


def format_code(code: str) -> str:
    """A code as it is shown, in three groups."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def code_refs(code: str, keys: Iterable[str]) -> tuple[bytes, ...]:
    """The keyed hashes of a code, one for each kept key, the newest key's first."""
    return tuple(
        hashlib.blake2b(code.encode(), digest_size=REF_BYTES, key=key.encode(), person=b"code").digest() for key in keys
    )


def _remainder(code: str) -> int:
    """What tells the kind of a code without a mistake.

    The characters are the coefficients of a polynomial over GF(32), taken at a generator of that field: one wrong
    character, or two that changed places, always leave something else.
    """
    remainder = 0
    for character in code:
        remainder <<= 1
        if remainder & 32:
            remainder ^= 0b100101
        remainder ^= PACKING_DIGITS.index(character)
    return remainder
