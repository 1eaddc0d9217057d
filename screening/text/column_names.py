"""Column names that R, SPSS, Stata and SAS all accept, made from the ids of questions and options.

An id has lowercase letters, digits and single hyphens between them. So a name always tells its two ids apart, and
is never a reserved word, since none of the four programs reserves a word with two underscores inside.
"""

from __future__ import annotations

from hashlib import sha256

# Stata and SAS accept no longer names.
LONGEST_NAME = 32
DIGEST_DIGITS = 8
# No name made of whole ids has three underscores in a row, so a shortened one never equals such a name.
SHORTENED = "___"


def column_name(question: str, option: str) -> str:
    """Return the name of an option's column, such as `bring_up__low_mood`. It depends on these two ids alone.

    A long one ends with digits of its SHA-256 instead: `what_would_you_like_t___1f0c9a2b`.
    """
    name = f"{question}.{option}".replace("-", "_").replace(".", "__")
    if len(name) <= LONGEST_NAME:
        return name
    start = name[: LONGEST_NAME - len(SHORTENED) - DIGEST_DIGITS].rstrip("_")
    return f"{start}{SHORTENED}{sha256(name.encode()).hexdigest()[:DIGEST_DIGITS]}"
