"""The wording list reads every word of the files that a patient can see; citations are exempt, as others' words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.questionnaire.checks import FileName, Finding
from screening.questionnaire.document import Data, Fault, Where
from screening.questionnaire.wording import Tier, WordingList

# Citations: an article's own title is shown as it is, in every language.
CITED: dict[FileName, frozenset[str]] = {"sources": frozenset({"title"})}

SHOWN = frozenset(
    "about ask ask_always bring closes hint limits name note opens say says title unknown warns why".split()
)

REMEDIES: dict[Tier, str] = {
    "refuse": "Say it otherwise; content is modest, attributed and never about the reader.",
    "refuse-unless-allowed": 'Say it otherwise, or put the sentence under "allow" in wording.yaml, with its reason.',
    "warn": "Look at it once more.",
}


def check(file: FileName, texts: Iterable[tuple[Where, str]], wording: WordingList) -> Iterator[Finding]:
    """Yield each word or sentence of one file's texts that must not, or perhaps should not, reach a patient."""
    for where, text in texts:
        for hit in wording.find(text):
            verb = "must not" if hit.is_refused else "should perhaps not"
            wrong = f'"{hit.found}" {verb} reach a patient: {hit.reason}'
            yield Finding(file, Fault(where, wrong, REMEDIES[hit.tier]), is_warning=not hit.is_refused)


def shown_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Every text of a file that is shown in its language, with its place. Citations are not among them."""
    return _shown(data, SHOWN - CITED.get(file, frozenset()), (), is_shown=False)


def _shown(data: Data, keys: frozenset[str], where: Where, is_shown: bool) -> Iterator[tuple[Where, str]]:
    if isinstance(data, str):
        if is_shown:
            yield where, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _shown(item, keys, (*where, number), is_shown)
    else:
        for key, value in data.items():
            yield from _shown(value, keys, (*where, key), key in keys)
