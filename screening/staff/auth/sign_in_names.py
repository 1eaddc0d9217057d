"""Sign-in names: their canonical form for storing and comparing, and which names are valid."""

from __future__ import annotations

import re
import unicodedata

# Bytes of UTF-8, as for e-mail addresses, so that a name fits the column and the QR code.
LONGEST_SIGN_IN_NAME = 254
WHAT_TO_WRITE = "Write an e-mail address, such as sam@clinic.example."
# Invisible characters that Unicode classes as letters or marks: names that look alike could differ by them.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def canonical_name(typed: str | None) -> str:
    """Return a name's canonical form: NFKC, case folded, without surrounding spaces or NUL, which no database stores.

    The function is idempotent.
    """
    name, before = (typed or "").replace("\0", ""), None
    while name != before:
        # Folding can undo normalizing, and the reverse, so repeat until it is stable.
        name, before = unicodedata.normalize("NFKC", name).casefold().strip(), name
    return name


def can_be_name(name: str) -> bool:
    """Return whether an account can have this canonical name: it looks like an e-mail address and works everywhere.

    It has no colon, which ends the issuer's name in authenticators, and nothing that is invisible or cannot be encoded.
    """
    return (
        name == canonical_name(name)
        and name.count("@") == 1
        and all(name.split("@"))
        and ":" not in name
        and not any(unicodedata.category(sign)[0] in "CZ" for sign in name)
        and not UNSEEN.search(name)
        and len(name.encode()) <= LONGEST_SIGN_IN_NAME
    )
