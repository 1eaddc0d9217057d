"""Text normalized for word lists: lower-case letters without accents, digits and sentence ends."""

from __future__ import annotations

import re
import unicodedata

# Homoglyphs of Latin letters, by shape: capital eta is an H, small eta an n.
_LOOKALIKES = str.maketrans(
    "АВЕЅКМНОРСТУХІЈҮаеѕкмнорстухіјүһԁԛԝвԌӏп" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχηγω" + "ıłŁøØđĐħɑɡɩ",
    "ABESKMHOPCTYXIJYaeskmhopctyxijyhdqwbGln" + "ABEZHIKMNOPTYXabeikvoptuxnyw" + "ilLoOdDhagi",
)
APOSTROPHES = "’‘‛ʼʹ′`´＇"  # noqa: RUF001
_VANISHING = '"“”„‟″«»()[]{}<>¿¡'
_SIGNS = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(_VANISHING, "") | {"&": " and "})
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc"})  # accents, zero-width and soft hyphen, control characters
# "Ud." is usted; candidato(a), candidato/a and candidat@ are gender-inclusive forms of one word.
_SHORTENED = re.compile(
    r"\b[UuVv]d(s?)\b\.?|(?<=[a-z]{2})(?:\((?:as?|os?)\)|/(?:as?|os?)\b)|(?<=[A-Za-z])(@)(?=s?(?!\w))"
)
_UNCOMMON = re.compile(r"[^ -~]")
_ABBREVIATION = re.compile(r"\b(dr|mrs?|ms|st|prof|sra?|dra|uds?|[a-z])\.", re.IGNORECASE)
_SIGN = re.compile(r"([.!?]+)(?=\s|$)(?!\s+[a-z])|(?!['%]|(?<=[^\W\d_])[*@#$](?=[^\W\d_]))[^\w\s]|_|(?<!\w)'|'(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")


def normalize(text: str) -> str:
    """Return a text in lower-case letters without accents, digits, %, inner apostrophes, single spaces, sentence ends.

    Full stop, exclamation and question mark remain where they end a sentence: at the end of the text, or before white
    space that no lower-case letter follows. *, @, # and $ between letters remain, since they can replace a letter.
    Every other character between words, hyphens included, becomes one space.
    """
    # Apostrophes come first: NFKD would decompose an acute accent used as an apostrophe into a space and an accent.
    text = unicodedata.normalize("NFKD", _SHORTENED.sub(_in_full, text).translate(_SIGNS))
    if not text.isascii():
        text = _UNCOMMON.sub(_if_seen, text).translate(_LOOKALIKES)
    text = _SIGN.sub(_end_or_space, _ABBREVIATION.sub(r"\1 ", text))
    return " ".join(text.casefold().split())


def _in_full(short: re.Match[str]) -> str:
    if short[2]:
        return "o"
    return ("ustedes" if short[1] else "usted") if short[0][0] in "UuVv" else ""


def _if_seen(sign: re.Match[str]) -> str:
    return sign[0] if sign[0].isspace() or unicodedata.category(sign[0]) not in _UNSEEN else ""


def _end_or_space(sign: re.Match[str]) -> str:
    end = sign[1]
    return f"{'?' if '?' in end else end[0]} " if end else " "


def sentences(text: str) -> list[str]:
    """Return the normalized sentences of a text, in order, each with its final punctuation mark."""
    return _SENTENCE_END.split(normalize(text))
