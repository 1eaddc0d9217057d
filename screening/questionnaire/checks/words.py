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
# What stands below these has ids of the author's for keys.
BY_ID = frozenset("ask_if choose_any choose_one countries headings".split())

REMEDIES: dict[Tier, str] = {
    "refuse": "Say it otherwise; content is modest, attributed and never about the reader.",
    "refuse-unless-allowed": 'Say it otherwise, or put the sentence under "allow" in wording.yaml, with its reason.',
    "warn": "Look at it once more.",
}


def check(
    file: FileName, texts: Iterable[tuple[Where, str]], wording: WordingList, language: str = "en"
) -> Iterator[Finding]:
    """Yield each word or sentence of one file's texts that must not, or perhaps should not, reach a patient."""
    for where, text in texts:
        for hit in wording.find(text, language):
            verb = "must not" if hit.is_refused else "should perhaps not"
            wrong = f'"{hit.found}" {verb} reach a patient: {hit.reason}'
            yield Finding(file, Fault(where, wrong, REMEDIES[hit.tier]), is_warning=not hit.is_refused)


def shown_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Every text of a file that is shown in its language, with its place. Citations are not among them."""
    return _shown(data, SHOWN - CITED.get(file, frozenset()), (), "")


def _shown(data: Data, keys: frozenset[str], where: Where, key: str) -> Iterator[tuple[Where, str]]:
    """`key` is the one of ours under which this stands; none, where an author's own id leads to it."""
    if isinstance(data, str):
        if key in keys:
            yield where, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _shown(item, keys, (*where, number), key)
    else:
        for name, value in data.items():
            yield from _shown(value, keys, (*where, name), "" if key in BY_ID else name)
