"""The wording list reads every word of the files that a patient can see; citations are exempt, as others' words."""

from __future__ import annotations

from collections.abc import Iterator

from screening.questionnaire.checks import FileName, Finding
from screening.questionnaire.document import Data, Fault, Where
from screening.questionnaire.wording import Tier, WordingList

SHOWN = frozenset(
    "about ask ask_always bring closes hint limits name note opens say says title unknown warns why".split()
)

REMEDIES: dict[Tier, str] = {
    "refuse": "Say it otherwise; content is modest, attributed and never about the reader.",
    "refuse-unless-allowed": 'Say it otherwise, or put the sentence under "allow" in wording.yaml, with its reason.',
    "warn": "Look at it once more.",
}


def check(file: FileName, data: Data, wording: WordingList) -> Iterator[Finding]:
    """Yield each word or sentence of one file that must not, or perhaps should not, reach a patient."""
    for where, text in shown_words(data):
        if file == "sources" and where[-1] == "title":
            continue
        for hit in wording.find(text):
            verb = "must not" if hit.is_refused else "should perhaps not"
            wrong = f'"{hit.found}" {verb} reach a patient: {hit.reason}'
            yield Finding(file, Fault(where, wrong, REMEDIES[hit.tier]), is_warning=not hit.is_refused)


def shown_words(data: Data, where: Where = (), shown: bool = False) -> Iterator[tuple[Where, str]]:
    """Every text of a document that is shown, with its place."""
    if isinstance(data, str):
        if shown:
            yield where, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from shown_words(item, (*where, number), shown)
    else:
        for key, value in data.items():
            yield from shown_words(value, (*where, key), key in SHOWN)
