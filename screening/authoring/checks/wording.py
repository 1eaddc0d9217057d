"""The wording list reads every word of the files that a patient can see; citations are exempt, as others' words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.authoring.checks import FileName, Finding
from screening.authoring.field_types import NONE
from screening.authoring.wording_list import Tier, WordingList
from screening.authoring.yaml_document import Data, Fault, Where

# Citations: an article's own title is shown as it is, in every language.
CITED: dict[FileName, frozenset[str]] = {"sources": frozenset({"title"})}

SHOWN = frozenset(
    "about ask_always ask bring closes fine gone help hint interest lead limits name note opens paid_by protects "
    "reviewed_by say says title unknown warns why written_by".split()
)
# The word for nobody is no text.
_NONE_ALLOWED = frozenset({"paid_by", "reviewed_by"})
# What stands below these has ids of the author's for keys.
BY_ID = frozenset("ask_if choose_any choose_one countries emergency_ways gone headings ways".split())
# Shown as they are, in every language.
UNTRANSLATED: dict[FileName, frozenset[str]] = {
    "questionnaire": frozenset({"slug"}),
    "sources": frozenset({"by", "url"}),
    "support": frozenset({"ask_for", "call", "chat", "emergency", "press", "source", "text", "word"}),
}
# What the browser's tab, history and address show: the slug, and the titles of a questionnaire, section and pause.
_NAMED = frozenset({"slug", "title"})
_OPTIONS = frozenset({"choose_one", "choose_any"})

TOLD: dict[Tier, tuple[str, str]] = {
    "refuse": (
        "must not reach a patient",
        "Say it otherwise; content is modest, attributed and never about the reader.",
    ),
    "refuse-unless-allowed": (
        "must not reach a patient",
        'Say it otherwise, or put the sentence under "allow" in wording.yaml, with its reason.',
    ),
    "refuse-in-titles": ("must not stand in a title or an address", "Say it in the text instead."),
    "warn": ("should perhaps not reach a patient", "Look at it once more."),
    "require": ("Something is missing here", 'Say it in words listed under "require" in wording.yaml, or list yours.'),
}


def check(
    file: FileName, texts: Iterable[tuple[Where, str]], wording: WordingList, language: str = "en"
) -> Iterator[Finding]:
    """Yield what must not, or perhaps should not, reach a patient in one file's texts, and what must and does not."""
    texts = list(texts)
    places, said = [where for where, _ in texts], [text for _, text in texts]
    names = [number for number, where in enumerate(places) if _is_name(where)]
    named = wording.find_in([said[number] for number in names], ["refuse-in-titles"])
    for number, hit in (*wording.find_in(said), *((names[number], hit) for number, hit in named)):
        wrong, remedy = TOLD[hit.tier]
        yield Finding(file, Fault(places[number], f'"{hit.found}" {wrong}: {hit.reason}', remedy), not hit.is_refused)
    for end in dict.fromkeys(where[:2] for where in places if where[0] == "referral"):
        whole = " ".join(text for where, text in texts if where[:2] == end)
        for pattern in wording.missing(whole, language):
            wrong, remedy = TOLD[pattern.tier]
            yield Finding(file, Fault(end, f"{wrong}: {pattern.reason}", remedy, at_key=True))


def shown_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Every text of a file that is shown in its language, with its place. Citations are not among them."""
    return _shown(data, SHOWN - CITED.get(file, frozenset()), (), "")


def read_words(file: FileName, data: Data) -> Iterator[tuple[Where, str]]:
    """Every text of a file that must be read: what is shown in its language, and what is shown as it is in all."""
    keys = SHOWN - CITED.get(file, frozenset()) | UNTRANSLATED.get(file, frozenset())
    return _shown(data, keys, (), "")


def _is_name(where: Where) -> bool:
    """Whether a text of a questionnaire or its translation, there with the language last, is seen beside the page."""
    is_here = where[0] in ("slug", "title", "sections") and _OPTIONS.isdisjoint(where)
    return is_here and not _NAMED.isdisjoint(where[-2:])


def _shown(data: Data, keys: frozenset[str], where: Where, key: str) -> Iterator[tuple[Where, str]]:
    """`key` is the one of ours under which this stands; none, where an author's own id leads to it."""
    if isinstance(data, str):
        if key in keys and not (key in _NONE_ALLOWED and data == NONE):
            yield where, data
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _shown(item, keys, (*where, number), key)
    else:
        for name, value in data.items():
            # What has gone has words for values, where the other ids lead to parts.
            inner = "gone" if key == "gone" else "" if key in BY_ID else name
            yield from _shown(value, keys, (*where, name), inner)
