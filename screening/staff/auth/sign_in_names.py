"""Sign-in names: the one form in which they are stored and compared, and which of them can be used everywhere."""

from __future__ import annotations

import re
import unicodedata

# Bytes of UTF-8, as for e-mail addresses. So the column holds a name, and the authenticator's picture has room for it.
LONGEST_SIGN_IN_NAME = 254
WHAT_TO_WRITE = "Write an e-mail address, such as sam@clinic.example."
# Letters and marks by Unicode that show nothing: two names that look alike would differ by them.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def canonical_name(typed: str | None) -> str:
    """A name in the form in which it is stored and compared: NFKC with case folded, no spaces around it.

    Two ways to write one name have one form, and that form has itself. No database knows the sign NUL.
    """
    name, before = (typed or "").replace("\0", ""), None
    while name != before:
        # Folding can undo what normalizing did, and the other way round.
        name, before = unicodedata.normalize("NFKC", name).casefold().strip(), name
    return name


def can_be_name(name: str) -> bool:
    """Whether an account can have this canonical name: it looks like an e-mail address, and everything can use it.

    No colon, which authenticators would take for the end of the issuer's name; nothing that cannot be seen or encoded.
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
