"""Text in the one form that word lists read: small plain letters, digits and sentence ends."""

from __future__ import annotations

import re
import unicodedata

# Letters drawn like Latin ones, by shape: a capital eta is an H, a small one an n.
_LOOKALIKES = str.maketrans(
    "АВЕЅКМНОРСТУХІЈҮаеѕкмнорстухіјүһԁԛԝвԌӏп" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαβεικνορτυχηγω" + "ıłŁøØđĐħɑɡɩ",
    "ABESKMHOPCTYXIJYaeskmhopctyxijyhdqwbGln" + "ABEZHIKMNOPTYXabeikvoptuxnyw" + "ilLoOdDhagi",
)
APOSTROPHES = "’‘‛ʼʹ′`´＇"  # noqa: RUF001
_VANISHING = '"“”„‟″«»()[]{}<>¿¡'
_SIGNS = str.maketrans(dict.fromkeys(APOSTROPHES, "'") | dict.fromkeys(_VANISHING, "") | {"&": " and "})
_UNSEEN = frozenset({"Mn", "Me", "Cf", "Cc"})  # accents, zero-width and soft hyphen, control characters
# "Ud." is usted; candidato(a), candidato/a and candidat@ are one word for everybody.
_SHORTENED = re.compile(
    r"\b[UuVv]d(s?)\b\.?|(?<=[a-z]{2})(?:\((?:as?|os?)\)|/(?:as?|os?)\b)|(?<=[A-Za-z])(@)(?=s?(?!\w))"
)
_UNCOMMON = re.compile(r"[^ -~]")
_ABBREVIATION = re.compile(r"\b(dr|mrs?|ms|st|prof|sra?|dra|uds?|[a-z])\.", re.IGNORECASE)
_SIGN = re.compile(r"([.!?]+)(?=\s|$)(?!\s+[a-z])|(?!['%]|(?<=[^\W\d_])[*@#$](?=[^\W\d_]))[^\w\s]|_|(?<!\w)'|'(?!\w)")
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")


def normalize(text: str) -> str:
    """The text as forms read it: small plain letters, digits, % and inner apostrophes, single spaces, sentence ends.

    Full stop, exclamation and question mark stay where they end a sentence: at the very end, or before white space that
    no small letter follows. A sign that stands for a letter stays too. Every other sign between words is one space,
    hyphens too.
    """
    # Signs come first: Unicode folding would tear an acute accent that stands for an apostrophe into space and accent.
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
    """The normalized sentences of a text, in order, each with the sign that ends it."""
    return _SENTENCE_END.split(normalize(text))
