"""The wording list reads every word of the files that a patient can see; citations are exempt, as others' words."""

from __future__ import annotations

from collections.abc import Iterator

from screening.questionnaire.checks import FileName, Finding
from screening.questionnaire.document import Data, Fault, Where
from screening.questionnaire.wording import WordingList

SHOWN = frozenset(
    "about ask ask_always bring closes hint limits name note opens say says title unknown warns why".split()
)


def check(file: FileName, data: Data, wording: WordingList) -> Iterator[Finding]:
    """Yield each word or sentence of one file that must not, or perhaps should not, reach a patient."""
    for where, text in shown_words(data):
        if file == "sources" and where[-1] == "title":
            continue
        for hit in wording.find(text):
            wrong = f'"{hit.found}" must not reach a patient: {hit.reason}'
            fault = Fault(where, wrong, "Say it otherwise; content is modest, attributed and never about the reader.")
            yield Finding(file, fault, is_warning=hit.tier == "warn")


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
